"""The days in a stage are those of all visits of it. Counts them again for opportunities that entered theirs again.

Going back does nothing: the days are right for the next visit by then.
"""

import datetime

from django.db import migrations
from django.db.models import Count, F

BATCH = 500


def count_all_visits(apps, schema_editor):
    visits = apps.get_model("opportunities", "StageVisit").objects
    of_active = visits.filter(instance__is_primary=True, stage=F("instance__active_stage"))
    again = of_active.order_by().values("opportunity").annotate(count=Count("pk")).filter(count__gt=1)
    ids = sorted(again.values_list("opportunity", flat=True))
    for start in range(0, len(ids), BATCH):
        _count(apps, of_active, ids[start : start + BATCH])


def _count(apps, of_active, ids):
    opportunities = apps.get_model("opportunities", "Opportunity").objects
    by_opportunity = {}
    for visit in of_active.filter(opportunity__in=ids).order_by("pk").prefetch_related("holds"):
        by_opportunity.setdefault(visit.opportunity_id, []).append(visit)
    for pk, of_one in by_opportunity.items():
        *earlier, last = of_one
        spent = sum((visit.left_at - visit.entered_at for visit in earlier if visit.left_at), datetime.timedelta())
        held = sum((_held(visit) for visit in of_one), datetime.timedelta())
        opportunities.filter(pk=pk).update(stage_counted_from=last.entered_at - spent + held)


def _held(visit):
    ended = (hold.until_at - hold.from_at for hold in visit.holds.all() if hold.until_at)
    return sum(ended, datetime.timedelta())


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0027_bulk_run")]
    operations = [migrations.RunPython(count_all_visits, migrations.RunPython.noop)]

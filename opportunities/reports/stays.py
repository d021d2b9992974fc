"""How long opportunities are in the stages: the stays that ended, and the one that goes on.

Time on hold is left out, and all stays of an opportunity in one stage are added up.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from opportunities.models import Hold, StageVisit
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.visit_conditions import IN_A_STAGE
from opportunities.reports import spreads
from opportunities.reports.spreads import Between, Part, Spread
from stages.models import Stage


def that_ended(opportunities: OpportunityQuerySet, stages: Sequence[Stage]) -> dict[int, Spread]:
    """By the id of each stage: the time in it, of those of these opportunities that are not in it any more. One query.

    `opportunities` has no joins, and its primary process is that of the stages.
    """
    ids = {stage.pk for stage in stages}
    # A subquery, because a join makes PostgreSQL read every visit there is to find those of a few holds.
    stage_of_hold = Subquery(StageVisit.objects.filter(pk=OuterRef("visit")).values("stage"))
    found = spreads.of_sums(
        opportunities,
        Part(StageVisit.objects.all(), F("stage"), Between("entered_at", "left_at")),
        less=Part(Hold.objects.all(), stage_of_hold, Between("from_at", "until_at")),
    )
    return {stage: spread for stage, spread in found.items() if stage in ids}


def that_go_on(opportunities: OpportunityQuerySet, today: datetime.date) -> dict[int, Counter[int]]:
    """By the id of each stage: how many of the open ones of these opportunities are in it for how many days. One query.

    Days of the calendar, all stays added up, without holds, as `Opportunity.days_in_stage` counts them. Without those
    on hold and the finished ones.
    """
    since = TruncDate("stage_counted_from", tzinfo=timezone.get_default_timezone())
    in_stages = opportunities.matching(IN_A_STAGE).order_by().annotate(since=since)
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for stage, day, count in in_stages.values_list("active_stage", "since").annotate(count=Count("*")):
        found[stage][max((today - day).days, 0)] += count
    return dict(found)


def days_begun(time: datetime.timedelta) -> int:
    """A time in whole days; a part of a day counts as one."""
    return -(-time // datetime.timedelta(days=1))

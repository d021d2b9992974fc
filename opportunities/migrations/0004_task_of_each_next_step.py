"""Each next step that was a field of an opportunity becomes a task.

Of an open opportunity it stays the next step, and its owner is the owner of the opportunity. Of a closed one it is
dropped with the deal. A date without a text gets a task named “Next step” in the owner's language, so that no date is
lost. One event for each opportunity tells of its task, in the name of the person who made the change before and at the
moment of that change: nobody has changed the opportunity now.

Going back does nothing: an open next step is still in its two columns, but the history tells of tasks.
"""

import datetime

from django.db import migrations
from django.db.models import F

from salesflow import safe_text

BATCH = 1000
NAMES = {"nb": "Neste steg"}


def convert(apps, schema_editor):
    opportunities = apps.get_model("opportunities", "Opportunity")
    last = 0
    planned = opportunities.objects.exclude(next_step="", next_step_due__isnull=True).order_by("pk")
    while batch := list(planned.filter(pk__gt=last).only(*COLUMNS).select_related("owner")[:BATCH]):
        last = batch[-1].pk
        with_task = [opportunity for opportunity in batch if _text(opportunity)]
        _add_tasks(apps, with_task)
        changed = opportunities.objects.filter(pk__in=[opportunity.pk for opportunity in with_task])
        changed.update(version=F("version") + 1)
        here = opportunities.objects.filter(pk__in=[opportunity.pk for opportunity in batch])
        here.exclude(status="open").update(next_step="", next_step_due=None)
        _correct_text(here, batch)


COLUMNS = (
    *("next_step", "next_step_due", "status", "version", "modified_at", "created_by"),
    *("owner__first_name", "owner__last_name", "owner__username", "owner__language"),
)


def _text(opportunity):
    """The text of its task; empty when there is nothing to do."""
    if safe_text.is_seen(opportunity.next_step):
        return opportunity.next_step
    return NAMES.get(opportunity.owner.language, "Next step") if opportunity.next_step_due else ""


def _add_tasks(apps, opportunities):
    task, event = apps.get_model("opportunities", "Task"), apps.get_model("opportunities", "Event")
    people = _people_of_last_change(event, opportunities)
    tasks = task.objects.bulk_create(task(**_task(each, people)) for each in opportunities)
    event.objects.bulk_create(event(**_event(each)) for each in tasks)


def _people_of_last_change(event, opportunities):
    """By id of the opportunity."""
    last = event.objects.filter(opportunity__in=[each.pk for each in opportunities], version=F("opportunity__version"))
    return {each.opportunity_id: each.by for each in last.select_related("by").only("opportunity_id", *BY)}


BY = ("by__first_name", "by__last_name", "by__username")


def _task(opportunity, people):
    return {
        "opportunity": opportunity,
        "text": _text(opportunity),
        "due": opportunity.next_step_due,
        "owner": opportunity.owner,
        "created_at": opportunity.modified_at,
        "created_by": people.get(opportunity.pk) or opportunity.created_by,
        "dropped_at": None if opportunity.status == "open" else opportunity.modified_at,
    }


def _event(task):
    values = {
        "text": task.text,
        "due": task.due and task.due.isoformat(),
        "owner": _logged(task.owner),
        "created_at": _moment(task.created_at),
        "created_by": _logged(task.created_by),
        "dropped_at": task.dropped_at and _moment(task.dropped_at),
    }
    changes = [{"field": name, "old": None, "new": value} for name, value in values.items() if value is not None]
    return {
        "opportunity": task.opportunity,
        "version": task.opportunity.version + 1,
        "at": task.created_at,
        "by": task.created_by,
        "kind": "converted",
        "children": [{"table": "task", "id": task.pk, "name": task.text, "what": "added", "changes": changes}],
    }


def _moment(moment):
    return moment.astimezone(datetime.UTC).isoformat()


def _logged(user):
    return {"id": user.pk, "name": f"{user.first_name} {user.last_name}".strip() or user.username}


def _correct_text(opportunities, batch):
    """The column holds the text of the task, where that is another."""
    for text in {"", *NAMES.values(), "Next step"}:
        named = [each.pk for each in batch if _text(each) == text != each.next_step]
        opportunities.filter(pk__in=named, status="open").update(next_step=text)


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0003_task")]
    operations = [migrations.RunPython(convert, migrations.RunPython.noop, elidable=False)]

"""Which steps hold up open opportunities now: how many, what these are expected to bring, and for how long.

The database expands `unmet_steps`, so that the cost does not depend on the number of steps.
"""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from opportunities.models import json_lists
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.totals import StageGroup
from opportunities.reports import sql

_MONEY = "money"
_BY_STEP = """
    WITH found AS MATERIALIZED ({found}),
    waiting AS MATERIALIZED (SELECT each_step.value AS step, found.* FROM found, {steps} AS each_step)
    SELECT 'money', step, CAST(stage AS VARCHAR(20)), CAST(own_probability AS VARCHAR(20)),
        COUNT(*), COUNT(cents), SUM(cents)
    FROM waiting GROUP BY step, stage, own_probability
    UNION ALL
    SELECT 'days', step, CAST(since AS VARCHAR(20)), CAST(until AS VARCHAR(20)), COUNT(*), 0, 0
    FROM waiting GROUP BY step, since, until
"""


@dataclass
class Blocked:
    """The opportunities that one step holds up."""

    groups: list[StageGroup] = field(default_factory=list)
    days: Counter[int] = field(default_factory=Counter)
    """How many of them are in their stage for how many days, by the calendar, without the time on hold."""


def by_step(opportunities: OpportunityQuerySet, today: datetime.date) -> dict[int, Blocked]:
    """By the id of the step: those that `conditions.is_blocked_by` finds. One query."""
    found: defaultdict[int, Blocked] = defaultdict(Blocked)
    for kind, step, one, other, count, with_revenue, cents in sql.rows(
        _BY_STEP, _columns(opportunities), steps=json_lists.each_of("found.unmet")
    ):
        waiting = found[int(step)]
        if kind == _MONEY:
            probability = None if other is None else int(other)
            waiting.groups.append(StageGroup(int(step), int(one), probability, count, with_revenue, cents))
        else:
            last = today if other is None else datetime.date.fromisoformat(other)
            waiting.days[max((last - datetime.date.fromisoformat(one)).days, 0)] += count
    return dict(found)


def _columns(opportunities: OpportunityQuerySet) -> QuerySet[Any]:
    """The columns of the open opportunities that `_BY_STEP` names."""
    open_hold = FilteredRelation("holds", condition=Q(holds__until_at__isnull=True))
    columns = {
        "unmet": F("unmet_steps"),
        "stage": F("active_stage_id"),
        "own_probability": F("probability"),
        "cents": totals.cents("estimated_revenue"),
        "since": _local_day("stage_counted_from"),
        "until": _local_day("open_hold__from_at"),
    }
    waiting = totals.each_once(opportunities.open()).annotate(open_hold=open_hold)
    return waiting.annotate(**columns).values_list(*columns)


def _local_day(moment: str) -> TruncDate:
    """The day of the moment for the organisation."""
    return TruncDate(moment, tzinfo=timezone.get_default_timezone())

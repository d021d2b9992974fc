"""How long opportunities are in the stages: the stays that ended, and the one that goes on.

Time on hold is left out, and all stays of an opportunity in one stage are added up.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from opportunities.models import Hold, StageVisit
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.conditions import midnight
from opportunities.pipeline.visit_conditions import IN_A_STAGE
from opportunities.reports import numbers, spreads
from opportunities.reports.spreads import Spread
from stages.models import Stage

DAY = datetime.timedelta(days=1)


def that_ended(opportunities: OpportunityQuerySet, stages: Sequence[Stage]) -> dict[int, Spread]:
    """By the id of each stage: the time in it, of those of these opportunities that are not in it any more. One query.

    `opportunities` has no joins, and its primary process is that of the stages.
    """
    ids, chosen = [stage.pk for stage in stages], opportunities.values("pk")
    visits = StageVisit.objects.filter(opportunity__in=chosen, stage__in=ids)
    held = Hold.objects.filter(opportunity__in=chosen, visit__stage__in=ids)
    return spreads.of_sums(
        (visits, "stage", "opportunity", spreads.between("entered_at", "left_at")),
        (held, "visit__stage", "opportunity", spreads.between("until_at", "from_at")),
    )


def that_go_on(opportunities: OpportunityQuerySet, today: datetime.date) -> dict[int, Spread]:
    """By the id of each stage: how long the open ones of these opportunities are in it, all stays added up. One query.

    Without the time on hold, and without those on hold and the finished ones. The times end with the day of today:
    `days_so_far` counts them.
    """
    in_stages = opportunities.matching(IN_A_STAGE)
    time = spreads.between("stage_counted_from", _end_of(today))
    return spreads.of_each(in_stages, by="active_stage", time=time)


def days_begun(time: datetime.timedelta) -> int:
    """A time in whole days; a part of a day counts as one."""
    return -(-time // DAY)


def days_so_far(time: datetime.timedelta, today: datetime.date) -> int:
    """A time of `that_go_on` in days of the calendar, as `Opportunity.days_in_stage` counts them."""
    counted_from = timezone.localdate(_end_of(today) - time, timezone.get_default_timezone())
    return max((today - counted_from).days, 0)


def median_so_far(spread: Spread, today: datetime.date) -> Decimal:
    """The median of `days_so_far`, with one place."""
    first, second = (spread.at[place] for place in ((spread.count + 1) // 2, spread.count // 2 + 1))
    return numbers.one_place(Decimal(days_so_far(first, today) + days_so_far(second, today)) / 2)


def _end_of(today: datetime.date) -> datetime.datetime:
    return midnight(today + DAY)

"""Conditions about the way of an opportunity through its stages. Reports count by them, and filters find by them.

All are about the primary process, whose active stage is that of the opportunity.
"""

import datetime

from django.db.models import Q

from opportunities.models import Opportunity, ProcessInstance
from opportunities.pipeline.conditions import midnight
from stages.models import Stage

DAY = datetime.timedelta(days=1)

NO_PHASE = "none"

IN_A_STAGE = Q(status=Opportunity.Status.OPEN, is_on_hold=False, is_finished=False)
"""Whose days in the stage count: as for `Opportunity.is_over_target`, neither on hold nor finished."""


def entered_between(first: datetime.date | None, last: datetime.date | None) -> Q:
    """The primary process was started from `first` to `last`, each included."""
    started = ProcessInstance.objects.filter(is_primary=True).order_by()
    if first:
        started = started.filter(started_at__gte=midnight(first))
    if last:
        started = started.filter(started_at__lt=midnight(last + DAY))
    return Q(pk__in=started.values("opportunity"))


def lost_from(stage_id: int) -> Q:
    """Lost, by the closing in force, from this stage: a closed opportunity stays in the stage it was closed in."""
    return Q(status=Opportunity.Status.LOST, active_stage=stage_id)


def days_in_stage_from(days: int, today: datetime.date) -> Q:
    """At least so many days in the active stage, by the calendar, without holds. See IN_A_STAGE."""
    return IN_A_STAGE & (Q(stage_counted_from__lt=midnight(_day_before(today, days - 1))) if days > 0 else Q())


def days_in_stage_to(days: int, today: datetime.date) -> Q:
    """At most so many days in the active stage, by the calendar, without holds. See IN_A_STAGE."""
    return IN_A_STAGE & Q(stage_counted_from__gte=midnight(_day_before(today, days)))


def _day_before(today: datetime.date, days: int) -> datetime.date:
    return today - days * DAY


def in_phase(phase: str) -> Q:
    """The stage that it entered last, through any process, has the phase with this id, or none (NO_PHASE)."""
    asked = {"phase__isnull": True} if phase == NO_PHASE else {"phase": int(phase)}
    return Q(pipeline_phase__in=Stage.objects.filter(**asked).order_by().values("pk"))

"""From stage to stage: Next Stage, Move here, Back, Finish."""

import datetime

from django.utils.translation import gettext as _

from opportunities.models import Event, Opportunity, StageVisit
from opportunities.standing import Standing
from opportunities.transitions.moving import NoSuchMove, end_process, move, moving, refuse_shut_gate, stage_of
from salesflow.users.models import User
from stages.models import Stage


def advance(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Next Stage: leave the active stage for the one after it. Refusals: GateClosed, AlreadyMoved, NoSuchMove."""
    with moving(opportunity, by=by, at=at, from_stage=from_stage, version=version, kind=Event.Kind.ADVANCED) as edit:
        target = edit.standing.next
        if target is None or edit.standing.instance.is_finished:
            raise NoSuchMove(_("There is no stage after %(stage)s.") % {"stage": edit.standing.active.name})
        refuse_shut_gate(edit, edit.standing.reached, target)
        return move(edit, target)


def jump(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    to_stage: Stage,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Move here: enter a later stage at once; every gate on the way opens, stages in between get no visit.

    Refusals: GateClosed, AlreadyMoved, NoSuchMove.
    """
    with moving(opportunity, by=by, at=at, from_stage=from_stage, version=version, kind=Event.Kind.JUMPED) as edit:
        standing = edit.standing
        target = stage_of(standing, to_stage)
        if standing.instance.is_finished:
            raise NoSuchMove(_("The process is already finished."))
        if standing.stages.index(target) <= standing.position:
            raise NoSuchMove(_("%(stage)s does not lie ahead.") % {"stage": target.name})
        refuse_shut_gate(edit, standing.before(target), target)
        return move(edit, target)


def go_back(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    to_stage: Stage | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
    reason: str = "",
) -> StageVisit:
    """Enter the previous stage again, or any that was visited; never gated.

    A finished process is so no longer, and may go back to its last stage too. Refusals: AlreadyMoved, NoSuchMove.
    """
    with moving(opportunity, by=by, at=at, from_stage=from_stage, version=version, kind=Event.Kind.WENT_BACK) as edit:
        target = _stage_behind(edit.standing, to_stage)
        edit.event.reason = reason
        return move(edit, target)


def _stage_behind(standing: Standing, to_stage: Stage | None) -> Stage:
    if to_stage is None:
        if standing.previous is None:
            raise NoSuchMove(_("There is no stage before %(stage)s.") % {"stage": standing.active.name})
        return standing.previous
    target = stage_of(standing, to_stage)
    ahead = standing.stages.index(target) - standing.position
    if ahead > 0 or (ahead == 0 and not standing.instance.is_finished):
        raise NoSuchMove(_("%(stage)s does not lie behind.") % {"stage": target.name})
    if target != standing.previous and target.pk not in standing.visited:
        raise NoSuchMove(_("%(stage)s was skipped: there is nothing to go back to.") % {"stage": target.name})
    return target


def finish(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """At the last stage: end its visit and finish the process. Returns the visit that ended.

    Refusals: GateClosed, AlreadyMoved, NoSuchMove.
    """
    with moving(opportunity, by=by, at=at, from_stage=from_stage, version=version, kind=Event.Kind.FINISHED) as edit:
        standing = edit.standing
        if not standing.is_last:
            raise NoSuchMove(_("Only the last stage can be finished."))
        if standing.instance.is_finished:
            raise NoSuchMove(_("The process is already finished."))
        refuse_shut_gate(edit, standing.stages, None)
        return end_process(edit)

"""What the moves of an opportunity have in common, and the refusals that more than one of them raises."""

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing import Edit
from opportunities.models import Event, Opportunity, ProcessInstance, StageVisit, StatusReason
from opportunities.rules import MoveRefused, listed
from opportunities.standing import Standing
from salesflow.users.models import User
from stages import gates
from stages.models import Stage, Step


class GateClosed(MoveRefused):
    """Required steps are missing: `unmet` lists each with its stage and why."""


class AlreadyMoved(MoveRefused):
    """The opportunity is not where the button was drawn: `event` says who moved it, when and where to."""

    def __init__(self, sentence: str, *, event: Event | None) -> None:
        super().__init__(sentence)
        self.event = event


class NoSuchMove(MoveRefused):
    """There is no such move from where the opportunity stands."""


class EntryMissing(MoveRefused):
    """The move asks for an answer, in `field`, that was not given or cannot be taken."""


@contextmanager
def moving(
    opportunity: Opportunity, *, by: User, at: datetime.datetime, from_stage: Stage | None, kind: Event.Kind
) -> Iterator[Edit]:
    """Hold the opportunity for a move from where its button was drawn; any move ends a hold."""
    drawn_for = from_stage.pk if from_stage else opportunity.active_stage_id
    with editing.holding(opportunity, by=by, at=at) as edit:
        if edit.record.active_stage_id != drawn_for:
            raise _already_moved(edit.record)
        edit.event.kind, edit.event.from_stage = kind, edit.standing.active
        end_hold(edit)
        yield edit


def _already_moved(record: Opportunity) -> AlreadyMoved:
    entered = record.events.filter(to_stage__isnull=False).exclude(kind=Event.Kind.WAIVED)
    event = entered.select_related("by", "to_stage").first()
    sentence = _("This opportunity is in %(stage)s now. Nothing was moved.") % {"stage": record.active_stage.name}
    return AlreadyMoved(sentence, event=event)


def stage_of(standing: Standing, stage: Stage) -> Stage:
    found = standing.find(stage)
    if found is None:
        raise NoSuchMove(_("%(stage)s is not a stage of this process.") % {"stage": stage.name})
    return found


def refuse_shut_gate(edit: Edit, stages: Iterable[Stage], target: Stage | None) -> None:
    unmet = edit.standing.unmet(list(stages), edit.record)
    if not unmet:
        return
    if target is None:
        raise GateClosed(_("Still needed to finish: %(steps)s.") % {"steps": listed(unmet)}, unmet=unmet)
    sentence = _("Still needed for %(stage)s: %(steps)s.") % {"stage": target.name, "steps": listed(unmet)}
    raise GateClosed(sentence, unmet=unmet)


def refuse_blank(text: str, sentence: str, *, field: str) -> None:
    if not gates.is_filled(text):
        raise EntryMissing(sentence, field=field)


def move(edit: Edit, target: Stage) -> StageVisit:
    edit.event.to_stage = target
    end_visits(edit, edit.standing.instance.visits)
    return enter(edit, edit.standing.instance, target)


def enter(edit: Edit, instance: ProcessInstance, stage: Stage) -> StageVisit:
    instance.active_stage, instance.finished_at = stage, None
    instance.save()
    edit.record.stage_entered_at = edit.record.stage_counted_from = edit.at
    edit.record.pipeline_phase = stage
    return begin_visit(edit, instance, stage)


def begin_visit(edit: Edit, instance: ProcessInstance, stage: Stage) -> StageVisit:
    return StageVisit.objects.create(
        opportunity=edit.record, instance=instance, stage=stage, entered_at=edit.at, entered_by=edit.by
    )


def end_visits(edit: Edit, visits: Any) -> None:
    """End the open visits among these, each with what its stage required and how that stood."""
    for visit in visits.filter(left_at__isnull=True).select_related("stage"):
        visit.left_at = max(edit.at, visit.entered_at)
        visit.left_by = edit.by
        visit.requirements = _requirements(edit, visit.stage)
        visit.save()


def _requirements(edit: Edit, stage: Stage) -> list[dict[str, Any]]:
    stage = edit.standing.find(stage) or stage
    missing = {unmet.step.pk for unmet in gates.unmet([stage], edit.record)}
    return [
        {"step": step.pk, "field": step.field, "state": _state(step, missing, edit.standing)}
        for step in gates.required_steps(stage)
    ]


def _state(step: Step, missing: set[int], standing: Standing) -> str:
    if step.pk not in missing:
        return "met"
    return "waived" if step.pk in standing.waived else "unmet"


def end_process(edit: Edit) -> StageVisit:
    instance = edit.standing.instance
    end_visits(edit, instance.visits)
    instance.finished_at = edit.at
    instance.save()
    return instance.visits.latest("pk")


def end_hold(edit: Edit) -> None:
    if not edit.record.is_on_hold:
        return
    hold = edit.record.holds.get(until_at__isnull=True)
    hold.until_at, hold.ended_by = max(edit.at, hold.from_at), edit.by
    hold.save()
    edit.record.is_on_hold = False
    edit.record.stage_counted_from += hold.until_at - hold.from_at
    edit.record.status_reason = shipped_reason("in_progress")


def shipped_reason(key: str) -> StatusReason:
    return StatusReason.objects.get(key=key)


def answer_request(edit: Edit, answer: str = "") -> None:
    """Whoever asked a manager to close the opportunity has an answer, if somebody did."""
    for request in edit.record.close_requests.filter(answered_at__isnull=True):
        request.answered_at, request.answered_by, request.answer = edit.at, edit.by, answer
        request.save()

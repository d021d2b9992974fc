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


class StaleMove(MoveRefused):
    """The form was drawn for something that has changed since. `event` says who changed it and when.

    `event` is None when no write to the opportunity changed it, such as a new definition of the process.
    `fact` is the sentence for a page whose heading says already that nothing was done; `undone` says that elsewhere.
    """

    def __init__(self, fact: str, *, event: Event | None, undone: str = "") -> None:
        super().__init__(f"{fact} {undone}".strip())
        self.fact = fact
        self.event = event


class AlreadyMoved(StaleMove):
    """The opportunity was moved, held, closed or reopened since the form was drawn."""


class NoSuchMove(MoveRefused):
    """There is no such move from where the opportunity stands."""


class EntryMissing(MoveRefused):
    """The move asks for an answer, in `field`, that was not given or cannot be taken."""


ENTRIES = (
    Event.Kind.STARTED,
    Event.Kind.ADVANCED,
    Event.Kind.JUMPED,
    Event.Kind.WENT_BACK,
    Event.Kind.REOPENED,
)
"""The events that enter a stage."""

MOVES = (*ENTRIES, Event.Kind.FINISHED, Event.Kind.WON, Event.Kind.LOST, Event.Kind.HELD, Event.Kind.RESUMED)
"""The events after which a form that was rendered earlier is out of date."""

REQUESTS = (Event.Kind.ASKED, Event.Kind.DECLINED)
"""The events after which a form is out of date too that ends an opportunity or answers a request to end it."""


@contextmanager
def moving(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None,
    version: int | None,
    kind: Event.Kind,
    stale_after: tuple[Event.Kind, ...] = MOVES,
) -> Iterator[Edit]:
    """As `unmoved`, for what moves or closes the opportunity. Ends any hold.

    `from_stage` is the stage of the object passed in, unless said.
    """
    from_stage = from_stage or Stage(pk=opportunity.active_stage_id)
    with unmoved(opportunity, by=by, at=at, from_stage=from_stage, version=version, stale_after=stale_after) as edit:
        edit.event.kind, edit.event.from_stage = kind, edit.standing.active
        end_hold(edit)
        yield edit


@contextmanager
def unmoved(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None,
    version: int | None,
    stale_after: tuple[Event.Kind, ...] = MOVES,
    closed: editing.Closed = "refuse",
) -> Iterator[Edit]:
    """Locks the opportunity and refuses if it changed in one of these ways since its page was rendered.

    The stage alone does not show that: an opportunity may leave a stage and enter it again. What is None is not
    compared.
    """
    with editing.holding(opportunity, by=by, at=at, closed="allow") as edit:
        record = edit.record
        if record.is_open and from_stage and record.active_stage_id != from_stage.pk:
            raise _already_moved(record, last_event(record, ENTRIES))
        if version is not None:
            refuse_changed_since(version, record, stale_after)
        if closed == "refuse":
            editing.refuse_closed(record)
        yield edit


def refuse_changed_since(version: int, record: Opportunity, kinds: tuple[Event.Kind, ...]) -> None:
    editing.refuse_unknown_version(version, record)
    event = last_event(record, kinds) if version < record.version else None
    if event and event.version > version:
        if answered := _answered(event):
            raise AlreadyMoved(answered, event=event)
        raise _already_moved(record, event)


def last_event(record: Opportunity, kinds: tuple[Event.Kind, ...]) -> Event | None:
    return record.events.filter(kind__in=kinds).select_related("by", "to_stage").first()


def _answered(event: Event) -> str:
    if event.kind == Event.Kind.ASKED:
        return _("A manager has been asked already.")
    return _("A manager has answered already.") if event.kind == Event.Kind.DECLINED else ""


def _already_moved(record: Opportunity, event: Event | None) -> AlreadyMoved:
    undone = _("Nothing was moved.") if record.is_open else _("Nothing was changed.")
    return AlreadyMoved(_where(record), event=event, undone=undone)


def _where(record: Opportunity) -> str:
    """Where the opportunity is now."""
    if not record.is_open:
        return _("This opportunity is closed now.")
    if record.is_on_hold:
        return _("This opportunity is on hold now.")
    if record.is_finished:
        return _("The process of this opportunity is finished now.")
    return _("This opportunity is in %(stage)s now.") % {"stage": record.active_stage.name}


def stage_of(standing: Standing, stage: Stage) -> Stage:
    found = standing.find(stage)
    if found is None:
        raise NoSuchMove(_("That stage is not part of this process."))
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

"""The common parts of all moves."""

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing import Edit
from opportunities.models import CloseRequest, Event, Opportunity, ProcessInstance, StageVisit, StatusReason
from opportunities.progress import Progress
from opportunities.transitions.refusals import AlreadyMoved, EntryMissing
from salesflow.users.models import User
from stages import gates
from stages.models import Stage, Step

STAGE_ENTRIES = (
    Event.Kind.STARTED,
    Event.Kind.ADVANCED,
    Event.Kind.JUMPED,
    Event.Kind.WENT_BACK,
    Event.Kind.REOPENED,
)
"""The events that enter a stage."""

MOVES = (*STAGE_ENTRIES, Event.Kind.FINISHED, Event.Kind.WON, Event.Kind.LOST, Event.Kind.HELD, Event.Kind.RESUMED)
"""The events after which a form that was rendered earlier is out of date."""

REQUESTS = (Event.Kind.ASKED, Event.Kind.DECLINED, Event.Kind.TOOK_BACK)
"""The events after which a form that closes the opportunity or answers a request is out of date, too."""


@contextmanager
def locked_for_move(
    opportunity: Opportunity,
    *,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None,
    version: int | None,
    stale_after: tuple[Event.Kind, ...] = MOVES,
) -> Iterator[Edit]:
    """Locks the opportunity. Refuses if an event of these kinds happened since its page was rendered.

    The stage alone does not show that: an opportunity may leave a stage and enter it again. Ignores `from_stage` or
    `version` if it is None.
    """
    with editing.locked(opportunity, by=by, at=at, closed="allow") as edit:
        edit.page_version = version
        refuse_stale(edit.record, from_stage, version, stale_after)
        yield edit


def active_stage_of(opportunity: Opportunity) -> Stage:
    """The active stage of the opportunity as it was read. No query."""
    return Stage(pk=opportunity.active_stage_id)


def refuse_stale(
    record: Opportunity, from_stage: Stage | None, version: int | None, stale_after: tuple[Event.Kind, ...] = MOVES
) -> None:
    if record.is_open and from_stage and record.active_stage_id != from_stage.pk:
        raise _already_moved(record, last_event(record, STAGE_ENTRIES))
    if version is not None:
        refuse_changed_since(version, record, stale_after)


def begin(edit: Edit, kind: Event.Kind) -> None:
    """Names the move in the event and ends any Hold."""
    edit.event.kind, edit.event.from_stage = kind, edit.progress.active
    end_hold(edit)


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
    return {
        Event.Kind.ASKED: _("A manager has been asked already."),
        Event.Kind.DECLINED: _("A manager has answered already."),
        Event.Kind.TOOK_BACK: _("The request was taken back."),
    }.get(Event.Kind(event.kind), "")


def _already_moved(record: Opportunity, event: Event | None) -> AlreadyMoved:
    undone = _("Nothing was moved.") if record.is_open else _("Nothing was changed.")
    return AlreadyMoved(_present_state(record), event=event, undone=undone)


def _present_state(record: Opportunity) -> str:
    """A sentence about the present state of the opportunity."""
    if not record.is_open:
        return _("This opportunity is closed now.")
    if record.is_on_hold:
        return _("This opportunity is on hold now.")
    if record.is_finished:
        return _("The process of this opportunity is finished now.")
    return _("This opportunity is in %(stage)s now.") % {"stage": record.active_stage.name}


def refuse_blank(text: str, sentence: str, *, field: str) -> None:
    if not gates.is_filled(text):
        raise EntryMissing(sentence, field=field)


def move(edit: Edit, target: Stage) -> StageVisit:
    edit.event.to_stage = target
    end_visits(edit, edit.progress.instance.visits)
    return enter(edit, edit.progress.instance, target)


def enter(edit: Edit, instance: ProcessInstance, stage: Stage) -> StageVisit:
    instance.active_stage, instance.finished_at = stage, None
    _save(edit, instance)
    edit.record.stage_entered_at = edit.at
    # In UTC: in local time, a day in which the clock is changed would count as 24 hours.
    earlier = _time_spent(edit, instance, stage)
    edit.record.stage_counted_from = edit.at.astimezone(datetime.UTC) - earlier
    edit.record.pipeline_phase = stage
    return begin_visit(edit, instance, stage)


def _time_spent(edit: Edit, instance: ProcessInstance, stage: Stage) -> datetime.timedelta:
    """How long the opportunity was in the stage in earlier visits, without holds. One query, and one for holds."""
    earlier: Iterable[StageVisit] = [visit for visit in edit.new_visits or [] if visit.stage_id == stage.pk]
    if edit.new_visits is None:
        earlier = instance.visits.filter(stage=stage, left_at__isnull=False).prefetch_related("holds")
    return sum((visit.time_spent for visit in earlier), datetime.timedelta())


def begin_visit(edit: Edit, instance: ProcessInstance, stage: Stage) -> StageVisit:
    visit = StageVisit(opportunity=edit.record, instance=instance, stage=stage, entered_at=edit.at, entered_by=edit.by)
    if edit.new_visits is not None:
        edit.new_visits.append(visit)
    _save(edit, visit)
    return visit


def end_visits(edit: Edit, visits: Any) -> None:
    """Ends the open visits among these and stores what the stage of each required and whether it was met."""
    for visit in _open_visits(edit, visits):
        visit.left_at = max(edit.at, visit.entered_at)
        visit.left_by = edit.by
        visit.requirements = _requirements(edit, visit.stage)
        _save(edit, visit)


def open_visit(edit: Edit) -> StageVisit:
    """The open visit of the primary process, saved, so that rows can point to it."""
    if edit.new_visits is None:
        return edit.progress.instance.visits.get(left_at__isnull=True)
    save_journey(edit)
    return next(visit for visit in edit.new_visits if visit.left_at is None)


def last_visit(edit: Edit) -> StageVisit:
    return edit.new_visits[-1] if edit.new_visits else edit.progress.instance.visits.latest("pk")


def _open_visits(edit: Edit, visits: Any) -> Iterable[StageVisit]:
    if edit.new_visits is not None:
        return [visit for visit in edit.new_visits if visit.left_at is None]
    return visits.filter(left_at__isnull=True).select_related("stage")


def _requirements(edit: Edit, stage: Stage) -> list[dict[str, Any]]:
    stage = edit.progress.find(stage) or stage
    missing = {unmet.step.pk for unmet in gates.unmet([stage], edit.record)}
    return [
        {"step": step.pk, "field": step.field, "state": _state(step, missing, edit.progress)}
        for step in gates.required_steps(stage)
    ]


def _state(step: Step, missing: set[int], progress: Progress) -> str:
    if step.pk not in missing:
        return "met"
    return "waived" if step.pk in progress.waived else "unmet"


def end_process(edit: Edit) -> None:
    instance = edit.progress.instance
    end_visits(edit, instance.visits)
    instance.finished_at = edit.at
    _save(edit, instance)


def _save(edit: Edit, row: ProcessInstance | StageVisit) -> None:
    """Saves the row. A new one is left to `save_journey` if the record is saved later, too."""
    if not (edit.is_saved_later and row._state.adding):
        row.save()


def save_journey(edit: Edit) -> None:
    """Saves the process instance and the visits of a new opportunity, as far as its moves left them unsaved."""
    edit.progress.instance.save()
    StageVisit.objects.add_rows([visit for visit in edit.new_visits or [] if visit._state.adding])


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


def end_request(edit: Edit, outcome: CloseRequest.Outcome, answer: str = "") -> None:
    """Ends the request to close the opportunity, if there is one without an answer."""
    if edit.new_visits is not None:
        return  # nobody can have asked for the closing of a new opportunity
    for request in edit.record.close_requests.filter(answered_at__isnull=True):
        request.answered_at, request.answered_by = edit.at, edit.by
        request.outcome, request.answer = outcome, answer
        request.save()

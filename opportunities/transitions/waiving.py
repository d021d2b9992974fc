"""Waives steps."""

import datetime
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from opportunities.editing import Edit, children
from opportunities.models import Event, Opportunity, Waiver
from opportunities.models.event import WaiverChange
from opportunities.transitions import conditions, waiver_conditions
from opportunities.transitions._about_a_step import about_a_step
from opportunities.transitions._move import refuse_blank
from opportunities.transitions.conditions import MoveKind
from opportunities.transitions.refusals import NoSuchMove, StaleMove
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import Stage, Step


class MissingChanged(StaleMove):
    """Other steps are missing now than the page listed."""


def waive(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    step: Step,
    reason: str,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> Waiver:
    """Waives a required step: it counts as met for this opportunity. Managers only.

    Refusals: NotAllowed, AlreadyMoved, RequestChanged, MissingChanged, EntryMissing, NoSuchMove.
    """
    with about_a_step(step, opportunity, by, at, from_stage, version) as edit:
        missing = [unmet for unmet in conditions.to_waive(edit) if unmet.step == step]
        waive_missing(edit, missing, reason=reason)
        if not missing:
            _refuse_met(edit.record, step, version)
        edit.event.kind, edit.event.reason = Event.Kind.WAIVED, reason
        edit.event.to_stage = missing[0].stage
        return edit.record.waivers.in_force().get(step=step)


def _refuse_met(record: Opportunity, step: Step, version: int | None) -> None:
    """Refuses to waive a step that is not missing. The page is stale if the step was missing when it was rendered."""
    sentence = waiver_conditions.why_not(MoveKind.WAIVE, step, record)
    event = _last_change([step], record)
    if version is not None and event and event.version > version:
        raise MissingChanged(sentence, event=event)
    raise NoSuchMove(sentence)


def refuse_other_steps(edit: Edit, missing: Iterable[Unmet], listed: Iterable[int]) -> None:
    """Refuses a form that lists other steps (by id) than those that are missing."""
    differing = {unmet.step.pk for unmet in missing} ^ set(listed)
    if differing:
        steps = Step.objects.filter(pk__in=differing)
        sentence = _("Other steps are missing now. Nothing was waived or closed. Look at the list again.")
        raise MissingChanged(sentence, event=_last_change(steps, edit.record))


def _last_change(steps: Iterable[Step], record: Opportunity) -> Event | None:
    """The last event that answered or waived one of these steps, or withdrew its waiver."""
    steps = list(steps)
    names = {step.field for step in steps} | {f"waived {step.pk}" for step in steps}
    names |= {name for step in steps for name in _evidence_names(step.evidence)}
    events = record.events.select_related("by", "to_stage")
    return next((event for event in events.iterator() if not names.isdisjoint(_touched(event))), None)


def _touched(event: Event) -> Iterator[str]:
    yield from (change["field"] for change in event.changes)
    yield from (row["table"] for row in event.children)
    yield from (f"waived {step['id']}" for step in event.waived_steps)
    withdrawn = (each["step"] for each in event.waiver_changes if each["what"] == WaiverChange.WITHDRAWN)
    yield from (f"waived {step['id']}" for step in withdrawn)


def _evidence_names(evidence: str) -> set[str]:
    """The names in events of what the evidence reads."""
    if evidence not in children.COUNTS:
        return set()
    table, count = children.COUNTS[evidence]
    return {table.name, count.denied_by}


def waive_missing(
    edit: Edit,
    missing: Iterable[Unmet],
    *,
    reason: str,
    field: str = "reason",
    kind: Waiver.Kind = Waiver.Kind.EXCEPTION,
) -> list[Waiver]:
    """Waives each of these steps for the same reason. Refusals: NotAllowed, EntryMissing."""
    waivers = given(edit, missing, reason=reason, field=field, kind=kind, at=edit.at)
    edit.waived += [waiver.step for waiver in waivers]
    return Waiver.objects.add_rows(waivers)


def given(
    edit: Edit,
    missing: Iterable[Unmet],
    *,
    reason: str,
    field: str = "reason",
    kind: Waiver.Kind,
    at: datetime.datetime,
) -> list[Waiver]:
    """The waivers of these steps. They count, and are not saved yet. An event of that moment must log them.

    Refusals: NotAllowed, EntryMissing.
    """
    conditions.refuse_no_right_to_waive(edit)
    refuse_blank(reason, _("Say why the step is waived."), field=field)
    steps = [unmet.step for unmet in missing]
    ids = {step.pk for step in steps}
    edit.progress.waived |= ids
    edit.progress.imported |= ids if kind == Waiver.Kind.IMPORTED else set()
    of_all = {"opportunity": edit.record, "kind": kind, "at": at, "by": edit.by, "reason": reason}
    return [Waiver(step=step, **of_all) for step in steps]

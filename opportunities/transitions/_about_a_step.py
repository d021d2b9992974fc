"""The common part of all moves that are about one step: its waiver, or a request for one."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing import Edit
from opportunities.models import Event, Opportunity
from opportunities.models.event import WaiverChange
from opportunities.transitions._move import locked_for_move
from opportunities.transitions.refusals import StaleMove
from salesflow.users.models import User
from stages.models import Stage, Step


class RequestChanged(StaleMove):
    """The request for a waiver, or the waiver, was made or ended since the form was rendered."""


@contextmanager
def about_a_step(
    step: Step,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    from_stage: Stage | None,
    version: int | None,
) -> Iterator[Edit]:
    """Locks the opportunity. Refuses if it was moved, or if a request or waiver of the step changed, since the page."""
    with locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version) as edit:
        editing.refuse_closed(edit.record)
        if version is not None and version < edit.record.version:
            _refuse_changed(edit.record, step, version)
        yield edit


def _refuse_changed(record: Opportunity, step: Step, version: int) -> None:
    for event in record.events.filter(version__gt=version).select_related("by", "to_stage"):
        found = [what for pk, what in _changes_of(event) if pk == step.pk]
        if found:
            raise RequestChanged(SENTENCES[found[-1]](), event=event, undone=_("Nothing was changed."))


def _changes_of(event: Event) -> Iterable[tuple[int, WaiverChange]]:
    yield from ((each["id"], WaiverChange.APPROVED) for each in event.waived_steps)
    yield from ((each["step"]["id"], WaiverChange(each["what"])) for each in event.waiver_changes)


def asked_already() -> str:
    return _("A manager has been asked to waive this step already.")


SENTENCES: dict[WaiverChange, Callable[[], str]] = {
    WaiverChange.ASKED: asked_already,
    WaiverChange.APPROVED: lambda: _("This step has been waived."),
    WaiverChange.DECLINED: lambda: _("A manager has answered already."),
    WaiverChange.TAKEN_BACK: lambda: _("The request was taken back."),
    WaiverChange.NOT_NEEDED: lambda: _("The request has ended, because the step is no longer missing."),
    WaiverChange.WITHDRAWN: lambda: _("The waiver of this step was withdrawn."),
}
"""What happened to the request or the waiver, for a page that was rendered before."""

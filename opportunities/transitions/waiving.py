"""Going on without a step: waivers, which managers give, and asking a manager for them."""

import datetime
from collections.abc import Iterable

from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.editing import Edit
from opportunities.models import CloseRequest, Event, Opportunity, Waiver
from opportunities.rules import NotAllowed
from opportunities.transitions.moving import NoSuchMove, answer_request, refuse_blank
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import Step


def waive(*, opportunity: Opportunity, by: User, at: datetime.datetime, step: Step, reason: str) -> Waiver:
    """Count a required step as met for this opportunity. Managers only.

    Refusals: NotAllowed, EntryMissing, NoSuchMove.
    """
    with editing.holding(opportunity, by=by, at=at) as edit:
        standing = edit.standing
        missing = [unmet for unmet in standing.unmet(standing.stages, edit.record) if unmet.step == step]
        waive_missing(edit, missing, reason=reason)
        if not missing:
            raise NoSuchMove(_("“%(step)s” is not missing.") % {"step": step.name})
        edit.event.kind, edit.event.reason = Event.Kind.WAIVED, reason
        edit.event.to_stage = missing[0].stage
        return edit.record.waivers.in_force().get(step=step)


def waive_missing(edit: Edit, missing: Iterable[Unmet], *, reason: str, field: str = "reason") -> list[Waiver]:
    """One waiver for each of these steps, all for the same reason. Refusals: NotAllowed, EntryMissing."""
    if not access.may_waive(edit.by):
        raise NotAllowed(_("Only managers may waive a step."))
    refuse_blank(reason, _("Say why the step is waived."), field=field)
    waivers = []
    for unmet in missing:
        given = {"step": unmet.step, "at": edit.at, "by": edit.by, "reason": reason}
        waivers.append(Waiver.objects.create(opportunity=edit.record, **given))
        edit.standing.waived |= {unmet.step.pk}
        edit.waived.append(unmet.step)
    return waivers


def ask_manager(*, opportunity: Opportunity, by: User, at: datetime.datetime, reason: str) -> CloseRequest:
    """Ask a manager to let an opportunity be closed as lost though steps are missing; it shows on their My day.

    Refusals: EntryMissing, NoSuchMove.
    """
    with editing.holding(opportunity, by=by, at=at) as edit:
        refuse_blank(reason, _("Say why it should be closed."), field="reason")
        if edit.record.request_waiting():
            raise NoSuchMove(_("A manager has been asked already."))
        edit.event.kind, edit.event.reason = Event.Kind.ASKED, reason
        return CloseRequest.objects.create(opportunity=edit.record, at=edit.at, by=by, reason=reason)


def decline_request(*, opportunity: Opportunity, by: User, at: datetime.datetime, answer: str) -> None:
    """Say no to whoever asked: the opportunity goes on. Managers only.

    Refusals: NotAllowed, EntryMissing, NoSuchMove.
    """
    with editing.holding(opportunity, by=by, at=at) as edit:
        if not access.may_waive(by):
            raise NotAllowed(_("Only managers may answer."))
        refuse_blank(answer, _("Say why not."), field="answer")
        if not edit.record.request_waiting():
            raise NoSuchMove(_("Nobody has asked, or there is an answer already."))
        edit.event.kind, edit.event.reason = Event.Kind.DECLINED, answer
        answer_request(edit, answer)

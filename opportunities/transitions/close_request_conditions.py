"""The conditions of the moves that ask a manager to close an opportunity, and that answer. As in `conditions`."""

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.models import CloseRequest
from opportunities.refusals import NotAllowed
from opportunities.transitions.conditions import Move, MoveContext, MoveKind, missing_to_lose
from opportunities.transitions.refusals import NoSuchMove


def to_ask(context: MoveContext) -> Move:
    """Only where closing as lost would be refused."""
    editing.refuse_closed(context.record)
    if context.progress.close_request:
        raise NoSuchMove(_("A manager has been asked already."))
    if not missing_to_lose(context.record, context.progress):
        raise NoSuchMove(_("Nothing is missing: you can close it yourself."))
    return Move(MoveKind.ASK_MANAGER)


def to_decline(context: MoveContext) -> Move:
    _to_answer(context)
    return Move(MoveKind.DECLINE_CLOSE_REQUEST)


def to_approve(context: MoveContext) -> Move:
    """Closes with the answers of the request. One from before answers were stored has none."""
    if not _to_answer(context).has_answers:
        raise NoSuchMove(_("This request has no answers. Open the form and fill them in."))
    return Move(MoveKind.APPROVE_CLOSE_REQUEST)


def _to_answer(context: MoveContext) -> CloseRequest:
    if not context.may_waive:
        raise NotAllowed(_("Only managers may answer."))
    return _waiting(context)


def to_take_back(context: MoveContext) -> Move:
    """Anyone who may edit the opportunity may take a request back."""
    _waiting(context)
    return Move(MoveKind.TAKE_BACK_CLOSE_REQUEST)


def _waiting(context: MoveContext) -> CloseRequest:
    editing.refuse_closed(context.record)
    if context.progress.close_request is None:
        raise NoSuchMove(_("No request is waiting. It may have been answered already."))
    return context.progress.close_request

"""Who may do what with an opportunity: what `access` allows, in words."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.access import Relation
from opportunities.transitions import MoveKind


@dataclass(frozen=True)
class Right:
    """Some moves, and who may make them."""

    label: Promise
    relations: Collection[Relation]
    moves: Collection[MoveKind] = ()

    @property
    def people(self) -> list[str]:
        return [str(relation.value) for relation in self.relations]


RIGHTS = (
    Right(_("Read it, with its notes and files"), access.READ),
    Right(
        _("Answer its steps, move it on, go back, put it on hold, close it"),
        access.EDIT,
        (
            MoveKind.ADVANCE,
            MoveKind.JUMP,
            MoveKind.GO_BACK,
            MoveKind.FINISH,
            MoveKind.CLOSE_AS_WON,
            MoveKind.CLOSE_AS_LOST,
            MoveKind.HOLD,
            MoveKind.RESUME,
        ),
    ),
    Right(_("Copy or renew it; the new one is theirs"), access.EDIT),
    Right(
        _("Ask a manager for an exception, take the request back"),
        access.EDIT,
        (
            MoveKind.ASK_MANAGER,
            MoveKind.TAKE_BACK_CLOSE_REQUEST,
            MoveKind.ASK_FOR_WAIVER,
            MoveKind.TAKE_BACK_WAIVER_REQUEST,
        ),
    ),
    Right(_("Write notes, also when it is closed"), access.EDIT),
    Right(_("Upload files, also when it is closed"), access.EDIT),
    Right(_("Send mails to its people, also when it is closed"), access.EDIT),
    Right(_("Change its owner and sales team"), access.LEAD),
    Right(_("Reopen it"), access.REOPEN, (MoveKind.REOPEN,)),
    Right(_("Import it while it is open"), access.IMPORT),
    Right(
        _("Waive a step, answer a request, withdraw a waiver"),
        access.WAIVE,
        (
            MoveKind.WAIVE,
            MoveKind.WAIVE_AND_CLOSE,
            MoveKind.APPROVE_CLOSE_REQUEST,
            MoveKind.DECLINE_CLOSE_REQUEST,
            MoveKind.APPROVE_WAIVER_REQUEST,
            MoveKind.DECLINE_WAIVER_REQUEST,
            MoveKind.WITHDRAW_WAIVER,
        ),
    ),
    Right(_("Import it as closed, or in its stage although steps are missing"), access.IMPORT_CLOSED),
)

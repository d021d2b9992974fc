"""Who may do what with an opportunity: what `access` allows, in words."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.access import Relation
from opportunities.transitions import Kind


@dataclass(frozen=True)
class Right:
    """Some moves, and who may make them."""

    label: Promise
    relations: Collection[Relation]
    moves: Collection[Kind] = ()

    @property
    def people(self) -> list[str]:
        return [str(relation.value) for relation in self.relations]


RIGHTS = (
    Right(
        _("Answer its steps, move it on, go back, put it on hold, close it"),
        access.EDIT,
        (
            Kind.ADVANCE,
            Kind.JUMP,
            Kind.GO_BACK,
            Kind.FINISH,
            Kind.CLOSE_AS_WON,
            Kind.CLOSE_AS_LOST,
            Kind.HOLD,
            Kind.RESUME,
        ),
    ),
    Right(_("Ask a manager for an exception"), access.EDIT, (Kind.ASK_MANAGER,)),
    Right(_("Change its owner and sales team, reopen it"), access.LEAD, (Kind.REOPEN,)),
    Right(
        _("Waive a step, answer a request"),
        access.WAIVE,
        (Kind.WAIVE, Kind.WAIVE_AND_CLOSE, Kind.DECLINE_REQUEST),
    ),
)

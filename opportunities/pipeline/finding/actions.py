"""What a person may do with the opportunity that is on the screen: the actions that quick find offers for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access, transitions
from opportunities.editing.child_table import ChildTable
from opportunities.editing.children import CHILDREN, NOTE, TASK
from opportunities.models import Opportunity
from opportunities.transitions import MoveKind
from salesflow.users.models import User

OFTEN = (TASK, NOTE)
"""The tables to which rows are added most often. They come first."""

PAGES_OF_MOVES: dict[MoveKind, tuple[str | Promise, str | Promise, str, str]] = {
    MoveKind.CLOSE_AS_WON: (_("Close as Won"), _("win this"), "close", "?outcome=won"),
    MoveKind.CLOSE_AS_LOST: (_("Close as Lost"), _("lose this"), "close", "?outcome=lost"),
    MoveKind.REOPEN: (_("Reopen"), "", "reopen", ""),
    MoveKind.HOLD: (_("Put on hold"), _("pause this"), "hold", ""),
}
"""The moves that have a page of their own: their label, other words for them, and the page."""


@dataclass(frozen=True)
class Action:
    """A page on which something is done. Opening it changes nothing. `also` are other words by which it is found."""

    label: str | Promise
    address: str
    also: str | Promise = ""


def of(opportunity: Opportunity, user: User) -> list[Action]:
    """The actions that the user has now, those that are needed most first."""
    reads = [_page(opportunity, _("Who can see this"), "who_sees")]
    if not access.may_edit(user, opportunity):
        return reads
    rest = [table for table in CHILDREN.values() if table not in OFTEN]
    return [
        *_adding(opportunity, OFTEN),
        *_editing(opportunity),
        *_moves(opportunity, user),
        *_adding(opportunity, rest),
        _page(opportunity, _("Copy…"), "opportunity_copy"),
        *reads,
    ]


def _adding(opportunity: Opportunity, tables: tuple[ChildTable, ...] | list[ChildTable]) -> Iterator[Action]:
    for table in tables:
        if opportunity.is_open or table.is_open_when_closed:
            yield _page(opportunity, table.says.add_title, f"{table.name}_add")


def _editing(opportunity: Opportunity) -> Iterator[Action]:
    if opportunity.is_open:
        yield _page(opportunity, _("Edit"), "opportunity_edit")


def _moves(opportunity: Opportunity, user: User) -> Iterator[Action]:
    kinds = {move.kind for move in transitions.available(opportunity, by=user)}
    for kind, (label, also, name, query) in PAGES_OF_MOVES.items():
        if kind in kinds:
            yield _page(opportunity, label, name, query, also)


def _page(
    opportunity: Opportunity, label: str | Promise, name: str, query: str = "", also: str | Promise = ""
) -> Action:
    return Action(label, f"{reverse(name, args=[opportunity.pk])}{query}", also)

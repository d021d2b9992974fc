"""The views of one person: those that ship, their own, and those that others share with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.models.saved_views import ROWS_A_PAGE, SavedView, ViewChoice
from opportunities.pipeline.lists import columns
from opportunities.pipeline.lists.columns import Columns
from opportunities.pipeline.saved_views import rights
from salesflow.users.models import User

MINE, PLAIN, FIRST = "mine", "", "first"
SHIPPED: dict[str, tuple[Promise, str]] = {
    PLAIN: (_("All opportunities"), ""),
    MINE: (_("My open deals"), "owner=me"),
}
"""The views that ship: the name and the query of each. The first is the list without a view."""

MOST_PINNED = 5
ROWS = 50


@dataclass(frozen=True)
class View:
    """A view with what the person has chosen for it. `key` is its value in an address."""

    key: str
    name: str | Promise
    query: str
    saved: SavedView | None = None
    choice: ViewChoice | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        """The list with the filters of the view."""
        parts = [part for part in (self.query, f"view={self.key}" if self.key else "") if part]
        return f"{reverse('opportunity_list')}?{'&'.join(parts)}" if parts else reverse("opportunity_list")

    @property
    def columns(self) -> Columns:
        """The person's own choice, or that of the view, or the default."""
        own = self.choice.columns if self.choice else []
        return columns.chosen(own or (self.saved.columns if self.saved else []))

    @property
    def rows_a_page(self) -> int:
        chosen = self.choice.rows_a_page if self.choice else None
        return chosen if chosen in ROWS_A_PAGE else ROWS

    @property
    def is_pinned(self) -> bool:
        return self.choice is not None and self.choice.is_pinned

    @property
    def is_default(self) -> bool:
        return self.choice is not None and self.choice.is_default


@dataclass(frozen=True)
class Views:
    """The views that a list shows: those that ship and those that are pinned; and the one that the address names."""

    links: list[View]
    present: View


def of_list(user: User, key: str) -> Views:
    """The views beside the list that shows the view with this key.

    One query; a second for one that is not pinned, and two if a view of another person is pinned.
    """
    choices = _choices(user).filter(Q(is_pinned=True) | Q(view=None) | Q(view=fields.clean_id(key)))
    found = {_key(choice): choice for choice in _seen(user, choices)}
    shipped = [_shipped(name, found.get(name)) for name in SHIPPED]
    pinned = [_saved(choice.view, choice) for choice in found.values() if choice.view_id and choice.is_pinned]
    links = [*shipped, *sorted(pinned, key=lambda view: view.saved.sort_text if view.saved else "")[:MOST_PINNED]]
    present = next((view for view in links if view.key == key), None) or _found(user, key, found.get(key))
    return Views(links, present or shipped[0])


def find(user: User, key: str) -> View | None:
    """The view with this key, if the user may see it. At most two queries."""
    pk = fields.clean_id(key)
    if pk is None and key not in SHIPPED:
        return None
    choice = _choices(user).filter(view=pk, key="" if pk is not None else key).first()
    return _found(user, key, choice)


def first(user: User) -> View:
    """The view with which the person begins: the chosen one, or My open deals for those who own opportunities."""
    choice = _choices(user).filter(is_default=True).first()
    if choice and (view := _found(user, _key(choice), choice)):
        return view
    return _shipped(MINE if user.is_salesperson else PLAIN, None)


def every(user: User) -> list[View]:
    """All views of the user, the ones that ship first. Two queries, and one for the units above."""
    choices = {_key(choice): choice for choice in _choices(user)}
    shipped = [_shipped(name, choices.get(name)) for name in SHIPPED]
    return [*shipped, *(_saved(view, choices.get(str(view.pk))) for view in rights.visible(user))]


def _choices(user: User) -> QuerySet[ViewChoice]:
    return ViewChoice.objects.filter(user=user).filter(view__deleted_at__isnull=True).select_related("view")


def _seen(user: User, choices: Iterable[ViewChoice]) -> list[ViewChoice]:
    """Those of views that the user may still see: another person may have ended the sharing since."""
    found = list(choices)
    of_others = {each.view.pk for each in found if each.view is not None and each.view.owner_id != user.pk}
    if not of_others:
        return found
    unseen = of_others - set(rights.visible(user).filter(pk__in=of_others).values_list("pk", flat=True))
    return [each for each in found if each.view_id not in unseen]


def _key(choice: ViewChoice) -> str:
    return str(choice.view_id) if choice.view_id else choice.key


def _shipped(key: str, choice: ViewChoice | None) -> View:
    name, query = SHIPPED[key]
    return View(key, name, query, choice=choice)


def _saved(view: Any, choice: ViewChoice | None) -> View:
    return View(str(view.pk), view.name, view.query, saved=view, choice=choice)


def _found(user: User, key: str, choice: ViewChoice | None) -> View | None:
    if key in SHIPPED:
        return _shipped(key, choice)
    pk = fields.clean_id(key)
    view = rights.visible(user).filter(pk=pk).first() if pk is not None else None
    return _saved(view, choice) if view else None

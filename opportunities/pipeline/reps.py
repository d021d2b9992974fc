"""For managers: the open opportunities of each owner, and how many of them are late, slipped and stuck.

Stuck is the group of My day: what its owner sees there. A late or slipped opportunity is counted as that, not as stuck.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Aggregate, Count, Exists, OuterRef, QuerySet, Window
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import pgettext_lazy

from opportunities import access
from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.conditions import OVERDUE, PAST, Reasons, to_catch_up
from opportunities.pipeline.day_groups import DayGroup, Reason
from opportunities.views.paging import ROWS_OF_A_PART
from salesflow.users.models import User

MOST_PAGES = 100_000  # so that the offset is a number for both databases

Shown = Mapping[str, tuple[Promise, dict[str, str], str]]
"""Figures by name."""

FIGURES: Shown = {
    "open": (pgettext_lazy("opportunities", "Open"), {}, ""),
    "late": (pgettext_lazy("opportunities", "Late"), {"due": OVERDUE}, "late"),
    "slipped": (pgettext_lazy("opportunities", "Slipped"), {"closing": PAST}, "over"),
    "stuck": (pgettext_lazy("opportunities", "Stuck"), {"day": DayGroup.STUCK}, "over"),
}
"""Each figure: its label, the filter of the list that shows the same opportunities, and the state of its colour."""

CATCH_UP: Shown = {"catch_up": (pgettext_lazy("opportunities", "Imported"), {"catch_up": "1"}, "")}
"""What was imported and still lacks a step. It is shown only where an owner has some."""


@dataclass(frozen=True)
class Figure:
    """One number of a row, and the address of the list with exactly these opportunities."""

    count: int
    label: Promise
    address: str
    state: str


@dataclass(frozen=True)
class Rep:
    """One owner with the figures, in the order of FIGURES. `shown` has those that are shown."""

    person: User
    counts: Mapping[str, int]
    shown: Shown

    @property
    def figures(self) -> list[Figure]:
        return [
            Figure(self.counts.get(name, 0), label, self._address(asked), state)
            for name, (label, asked, state) in self.shown.items()
        ]

    def _address(self, asked: dict[str, str]) -> str:
        return f"{reverse('opportunity_list')}?{urlencode({'owner': str(self.person.pk), **asked})}"


@dataclass(frozen=True)
class Reps:
    """A page of the owners of open opportunities, by name."""

    page: Page[Any]
    rows: list[Rep]

    @property
    def labels(self) -> list[Promise]:
        """The heading of each figure."""
        return [label for label, _asked, _state in self.shown.values()]

    @property
    def shown(self) -> Shown:
        return self.rows[0].shown


def of(reader: User, *, page: str | None, today: datetime.date, targets: Mapping[int, int]) -> Reps | None:
    """The people with open opportunities whom this manager sees; None for other readers and if there are none.

    Two queries, of the opportunities of the owners on this page only.
    """
    if not access.may_compare_owners(reader):
        return None
    open_ones = Opportunity.objects.open().filter(owner=OuterRef("pk"))
    shown = _page(access.owners(reader).filter(Exists(open_ones.order_by())), page)
    people = list(shown)
    if not people:
        return None
    counts = _counts(people, Reasons(today, targets))
    figures = {**FIGURES, **CATCH_UP} if any(each["catch_up"] for each in counts.values()) else FIGURES
    return Reps(shown, [Rep(person, counts.get(person.pk, {}), figures) for person in people])


def _page(owners: QuerySet[User], page: str | None) -> Page[User]:
    """The page of these people. One query, which also counts them; three for a page that there is not."""
    number = min(fields.clean_id(page) or 1, MOST_PAGES)
    first = (number - 1) * ROWS_OF_A_PART
    found: list[Any] = list(owners.annotate(of_all=Window(Count("pk")))[first : first + ROWS_OF_A_PART])
    paginator = Paginator(owners, ROWS_OF_A_PART)
    if not found:
        return paginator.get_page(page)
    paginator.count = found[0].of_all
    return Page(found, number, paginator)


def _counts(people: list[User], reasons: Reasons) -> dict[int, dict[str, int]]:
    """The figures of people all of whose opportunities the reader sees."""
    theirs = Opportunity.objects.filter(owner__in=[person.pk for person in people])
    more = {"catch_up": Count("pk", filter=to_catch_up())}
    names = (*FIGURES, *more)
    found = counted(theirs, reasons, by=("owner",), more=more)
    return {owner: dict(zip(names, figures, strict=True)) for owner, *figures in found}


def counted(
    opportunities: OpportunityQuerySet,
    reasons: Reasons,
    *,
    by: Collection[str],
    more: Mapping[str, Aggregate] = MappingProxyType({}),
) -> QuerySet[Opportunity, tuple[Any, ...]]:
    """The columns `by`, the FIGURES and `more` of the open ones of these opportunities, for each value of the columns.

    `opportunities` has no joins. One query.
    """
    grouped = opportunities.open().order_by().values(*by)
    return grouped.annotate(
        open=Count("pk"),
        late=Count("pk", filter=reasons.of(Reason.LATE)),
        slipped=Count("pk", filter=reasons.of(Reason.SLIPPED)),
        stuck=Count("pk", filter=reasons.in_group(DayGroup.STUCK)),
        **more,
    ).values_list(*by, *FIGURES, *more)

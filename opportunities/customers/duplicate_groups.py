"""Groups of accounts, contacts or competitors that are probably one: those with the same key, number or mail address.

    page = Paginator(duplicate_groups.keys(Account, "name"), 20).get_page(1)
    groups = duplicate_groups.of(Account, "name", page)

It compares equal keys by an index, and no row with each other one, so its cost grows with the number of rows. A name
with a typo is found when its row is saved or merged (`duplicates`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, Expression, F, QuerySet, Window
from django.db.models.functions import Lower, RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.customers.erased import ERASED
from opportunities.customers.models import Account, Competitor, Contact

MOST_ROWS = 6
"""The most rows of a group that are read."""


@dataclass(frozen=True)
class DuplicateRule:
    """One way to compare: an expression whose equal values make a group, and the columns that must be equal, too."""

    label: str | Promise
    key: str | Expression
    column: str
    also: tuple[str, ...] = ()


NAME, NUMBER, EMAIL = _("Same name"), _("Same organisation number"), _("Same e-mail address")

SORTS: dict[type[Any], dict[str, DuplicateRule]] = {
    Account: {
        "name": DuplicateRule(NAME, "name_key", "name_key"),
        "number": DuplicateRule(NUMBER, "organisation_number", "organisation_number"),
    },
    Contact: {
        "name": DuplicateRule(_("Same name and account"), "name_key", "name_key", also=("account_id",)),
        "email": DuplicateRule(EMAIL, Lower("email", output_field=CharField()), "email"),
    },
    Competitor: {"name": DuplicateRule(NAME, "name_key", "name_key")},
}
"""The ways to compare the rows of each model, by their names in an address."""


@dataclass(frozen=True)
class DuplicateGroup:
    """Rows that are probably one, the oldest first. `more`: how many others there are."""

    rows: list[Any]
    more: int

    @property
    def first(self) -> Any:
        return self.rows[0]

    @property
    def others(self) -> list[Any]:
        return self.rows[1:]


def keys(model: type[Any], by: str) -> QuerySet[Any, dict[str, Any]]:
    """The values that several rows have, each with the number of rows, in order."""
    sort = SORTS[model][by]
    rows = _with_key(model, sort).values("key", *sort.also)
    return rows.annotate(number=Count("pk")).filter(number__gt=1).order_by("key", *sort.also)


def _with_key(model: type[Any], sort: DuplicateRule) -> QuerySet[Any]:
    key = F(sort.key) if isinstance(sort.key, str) else sort.key
    rows = model._default_manager.order_by().annotate(key=key).filter(key__gt="").exclude(name=ERASED)
    return rows.exclude(account=None) if "account_id" in sort.also else rows


def of(model: type[Any], by: str, found: Iterable[dict[str, Any]]) -> list[DuplicateGroup]:
    """The groups of these values. One query."""
    sort, wanted = SORTS[model][by], list(found)
    rows = _with_key(model, sort).filter(key__in={each["key"] for each in wanted})
    place = Window(RowNumber(), partition_by=["key", *sort.also], order_by="pk")
    rows = rows.annotate(place=place).filter(place__lte=MOST_ROWS).order_by("pk")
    if model is Contact:
        rows = rows.select_related("account")
    by_key: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows if wanted else ():
        by_key.setdefault((row.key, *(getattr(row, name) for name in sort.also)), []).append(row)
    groups = [(by_key.get((each["key"], *(each[name] for name in sort.also)), []), each["number"]) for each in wanted]
    return [DuplicateGroup(rows, number - len(rows)) for rows, number in groups if len(rows) > 1]

"""Two rows side by side, for the page that merges them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext

from opportunities import formats
from opportunities.customer_pages import values
from opportunities.customers import entered
from opportunities.customers.models import Account, Merge
from opportunities.editing import replacing_customers
from opportunities.merging import columns, locking
from opportunities.models import Note


@dataclass(frozen=True)
class Compared:
    """One column: the value of the row that stays and of the one that goes, and which is chosen."""

    name: str
    label: str
    survivor: str
    gone: str
    is_same: bool
    is_taken: bool

    @property
    def field(self) -> str:
        """The name of its radio buttons."""
        return f"of_{self.name}"


def compared(survivor: Any, gone: Any, taken: Collection[str] | None = None) -> list[Compared]:
    """The columns that either row has filled in. `taken`: those posted for the row that goes; None on a GET."""
    rows = (survivor, gone)
    filled = [each for each in columns.of(type(survivor)) if any(columns.is_filled(each, row) for row in rows)]
    given = [(each.name, entered.value(row, each.name)) for each in filled for row in rows]
    names = values.names_of(type(survivor), given)
    return [_compared(column, survivor, gone, taken, names) for column in filled]


def _compared(column: Any, survivor: Any, gone: Any, taken: Collection[str] | None, names: values.Names) -> Compared:
    is_taken = columns.is_taken_by_default(column, survivor, gone) if taken is None else column.name in taken
    return Compared(
        name=column.name,
        label=entered.label(type(survivor), column.name),
        survivor=_shown(column, survivor, names),
        gone=_shown(column, gone, names),
        is_same=not columns.differ(column, survivor, gone),
        is_taken=is_taken,
    )


def _shown(column: Any, row: Any, names: values.Names) -> str:
    value, country = entered.value(row, column.name), getattr(row, "country", "")
    return values.shown(type(row), column.name, value, names=names, country=country) or formats.NOTHING


@dataclass(frozen=True)
class Has:
    """How many rows of one table each of the two has."""

    label: str
    survivor: int
    gone: int


def has(survivor: Any, gone: Any) -> list[Has]:
    """What refers to each of the two, table by table, and the notes on the opportunities of two accounts.

    One query for each foreign key.
    """
    model, ids = type(survivor), (survivor.pk, gone.pk)
    fields = [*replacing_customers.fields_of(model), *locking.own_references(model)]
    counted = [(_plural(field), _counts(field.model._base_manager.all(), field.name, ids)) for field in fields]
    if model is Account:
        notes = _counts(Note.objects.all(), "opportunity__account", ids)
        counted.append((capfirst(gettext("notes on its opportunities")), notes))
    return [Has(label, *(counts.get(pk, 0) for pk in ids)) for label, counts in counted if counts]


def _plural(field: Any) -> str:
    """What rows that refer by this foreign key are called."""
    if field.model is Account:
        return gettext("Accounts below")
    return capfirst(str(field.model._meta.verbose_name_plural))


def _counts(rows: QuerySet[Any], name: str, ids: tuple[int, ...]) -> dict[int, int]:
    found = rows.filter(**{f"{name}__in": ids}).order_by().values_list(name).annotate(count=Count("pk"))
    return dict(found)


def moved_by(merge: Merge) -> list[tuple[str, int]]:
    """How many rows of each table the merge wrote, with the names of the tables. No query."""
    counts = Counter(each["model"] for each in merge.moved)
    metas = {label: apps.get_model(label)._meta for label in counts}
    return [(capfirst(str(metas[label].verbose_name_plural)), count) for label, count in counts.items()]

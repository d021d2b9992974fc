"""Finds accounts, contacts and competitors that are probably there already.

    found = duplicates.like(Account, {"name": "Fjord AS", "organisation_number": "923 609 016"})

Each query reads a few rows by an index. Nearly the same name: on PostgreSQL its key has mostly the same trigrams; on
SQLite it has the same key (`name_keys`).
"""

import enum
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import PostgresOperatorLookup
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.customers import erased, organisation_numbers
from opportunities.refusals import Refused
from salesflow import folding

MOST = 5
"""The most candidates that are shown at once."""

SIMILAR = 0.6
"""The share of trigrams that nearly the same names have in common; also in `salesflow.database`, for the index."""

READ = 4 * MOST
"""The most rows that are read for one reason."""


class LikelyReason(enum.Enum):
    """Why two rows are probably one, the strongest reason first."""

    NUMBER = gettext_lazy("same organisation number")
    EMAIL = gettext_lazy("same e-mail address")
    NAME = gettext_lazy("same name")
    NEARLY = gettext_lazy("nearly the same name")


ORDER = list(LikelyReason)


@dataclass(frozen=True)
class LikelyRow:
    """A row that is probably the same, and why."""

    row: Any
    why: tuple[LikelyReason, ...]

    @property
    def reasons(self) -> str:
        """“Same organisation number and nearly the same name”."""
        said = get_text_list([str(each.value) for each in self.why], _("and"))
        return said[:1].upper() + said[1:]


class LikelyDuplicate(Refused):
    """The row is probably there already, and the user has not seen it.

    `field` is the name of the form field of a picker, `found` has all candidates.
    """

    code = "name_taken"

    def __init__(self, *, name: str, field: str, found: list[LikelyRow]) -> None:
        self.found = found
        values = {"found": found[0].row, "name": name}
        sentence = _("“%(found)s” is already there. Choose it, or create “%(name)s” all the same.")
        if found[0].row.is_archived:  # and so not among the answers
            sentence = _("“%(found)s” is already there, and archived. Restore it, or create “%(name)s” all the same.")
        super().__init__(sentence % values, field=field)


class _HasSimilarTrigrams(PostgresOperatorLookup):
    """More than `SIMILAR` of the trigrams are the same. PostgreSQL only."""

    lookup_name = "has_similar_trigrams"
    postgres_operator = "%%"


def like(model: type[Any], entries: Mapping[str, Any], *, but: int | None = None) -> list[LikelyRow]:
    """The rows that probably are the one with these entries, the strongest reason first; at most `MOST`.

    `but` is the id of the row itself. Of the entries only those are compared that are given: `name`,
    `organisation_number`, `email`. `account_id` narrows contacts of the same name to that account and to none.
    """
    why: dict[int, list[LikelyReason]] = {}
    rows: dict[int, Any] = {}
    for reason, row in _found(model, entries):
        if row.pk != but:
            rows.setdefault(row.pk, row)
            why.setdefault(row.pk, []).append(reason)
    found = [LikelyRow(row, tuple(why[pk])) for pk, row in rows.items()]
    return sorted(found, key=lambda each: [ORDER.index(reason) for reason in each.why])[:MOST]


def refuse(model: type[Any], entries: Mapping[str, Any], *, seen: Collection[int] = (), but: int | None = None) -> None:
    """Raises LikelyDuplicate if there is a candidate that the user has not seen. `seen` has the ids of those shown."""
    found = like(model, entries, but=but)
    news = {each.row.pk for each in found} - set(seen)
    if len(seen) >= MOST:  # more may have been there than were shown: only newer ones are news
        news = {pk for pk in news if pk > max(seen)}
    if news:
        raise LikelyDuplicate(name=entries.get("name", ""), field=model._meta.model_name, found=found)


def entries_of(row: Any, changed: Collection[str] | None = None) -> dict[str, Any]:
    """What is compared of a row: all, or only what was changed."""
    names = [name for name in ("name", *IDENTIFIERS) if hasattr(row, name) and (changed is None or name in changed)]
    entries = {name: getattr(row, name) for name in names}
    return entries | ({"account_id": row.account_id} if hasattr(row, "account_id") else {})


def _found(model: type[Any], entries: Mapping[str, Any]) -> Iterator[tuple[LikelyReason, Any]]:
    for column, (reason, of_value) in IDENTIFIERS.items():
        if entries.get(column) and hasattr(model, column):
            for row in _read(model, of_value(model._default_manager.all(), entries[column])):
                yield reason, row
    name = entries.get("name")
    if name:
        for row in _of_name(model, name, entries.get("account_id")):
            is_same = row.search_text == folding.folded(name)[: folding.LONGEST]
            yield (LikelyReason.NAME if is_same else LikelyReason.NEARLY), row


def _read(model: type[Any], rows: QuerySet[Any]) -> QuerySet[Any]:
    along = [name for name in ("account",) if hasattr(model, name)]
    return rows.select_related(*along)[:READ] if along else rows[:READ]


def _of_number(rows: QuerySet[Any], number: str) -> QuerySet[Any]:
    """A number is stored as it is read, or as it was typed."""
    read = organisation_numbers.compact(number) or number
    compact = "".join(filter(str.isalnum, number)).upper()
    grouped = " ".join(compact[place : place + 3] for place in range(0, len(compact), 3))
    return rows.filter(organisation_number__in={number, read, compact, grouped}).order_by("-pk")


def _of_email(rows: QuerySet[Any], address: str) -> QuerySet[Any]:
    return rows.alias(folded_email=Lower("email")).filter(folded_email=Lower(Value(address))).order_by("-pk")


IDENTIFIERS = {"organisation_number": (LikelyReason.NUMBER, _of_number), "email": (LikelyReason.EMAIL, _of_email)}
"""The columns whose equal values say that two rows are one."""


def _of_name(model: type[Any], name: str, account_id: int | None) -> list[Any]:
    """The rows of nearly the same name. Names with other digits are other names: “Store 1” and “Store 2”."""
    key = model._meta.get_field("name_key").key(name)
    rows = model._default_manager.exclude(name=erased.ERASED)
    order: list[Any] = ["-pk"]
    if account_id is not None and hasattr(model, "account"):
        rows = rows.filter(Q(account=account_id) | Q(account=None))
        order.insert(0, F("account_id").desc(nulls_last=True))  # those of the account before those of none
    if connection.vendor == "postgresql":
        similarity = Func(F("name_key"), Value(key), function="SIMILARITY", output_field=FloatField())
        is_similar = Q(name_key=key) | Q(_HasSimilarTrigrams(F("name_key"), Value(key)), similarity__gte=SIMILAR)
        rows = rows.alias(similarity=similarity).filter(is_similar).order_by("-similarity", *order)
    else:
        rows = rows.filter(name_key=key).order_by(*order)
    return [row for row in _read(model, rows) if _digits(row.name_key) == _digits(key)]


def _digits(key: str) -> str:
    return "".join(filter(str.isdigit, key))

"""Where the database has texts that people wrote: every text column and JSON column of opportunities and customers.

The list is derived from the models, so a new table or column belongs to it by itself. Definitions that managers write,
such as stages and mail templates, do not: they are about no person.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F, Func, Max, Q, QuerySet
from django.db.models.functions import Cast

from opportunities.customers.models import DERIVED, Contact
from opportunities.editing import children
from opportunities.editing.child_table import ChildTable
from opportunities.models import Opportunity
from opportunities.privacy.person import Person, last_name_first, like

MACHINES = {*DERIVED, "found_by", "page", "content_type", *children.ATTACHMENT.hidden}
"""The columns with the words of machines, and those that are derived from others."""


BATCH, SEARCHED_AT_ONCE = 500, 100_000


@dataclass(frozen=True)
class TextTable:
    """A table with texts. `root` is the column with the id of the opportunity or the customer that a row belongs to."""

    model: type[models.Model]
    root: str
    columns: tuple[str, ...]

    @property
    def is_of_opportunities(self) -> bool:
        return self.model in _of_opportunities()

    @property
    def customer(self) -> str:
        """The name of the model of the customer."""
        model = getattr(self.model, "instance_type", self.model)
        return str(model._meta.model_name)

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)


@dataclass(frozen=True)
class StoredText:
    """One text that the database has. `customer` and `opportunity`: what its row belongs to."""

    table: TextTable
    row: int
    column: str
    text: str
    opportunity: int | None = None
    customer: str = ""


def _of_opportunities() -> dict[type[models.Model], str]:
    tables: Iterable[ChildTable] = children.TABLES
    return {Opportunity: "id", **{table.model: "opportunity_id" for table in tables}}


@functools.cache
def tables() -> tuple[TextTable, ...]:
    """Every table with texts."""
    found = [_table(model, root) for model, root in _of_opportunities().items()]
    found += [_table(model, "id") for model in apps.get_app_config("customers").get_models()]
    return tuple(table for table in found if table.columns)


def _table(model: type[models.Model], root: str) -> TextTable:
    return TextTable(model, root, tuple(column.name for column in model._meta.concrete_fields if is_text(column)))


def is_text(column: Any) -> bool:
    """Whether the column may have words that people wrote."""
    is_column = isinstance(column, models.CharField | models.TextField | models.JSONField)
    return is_column and not column.choices and not column.primary_key and column.name not in MACHINES


def texts_about(person: Person, involved: Iterable[int]) -> Iterator[StoredText]:
    """Every text that names the person. One query for each table.

    Where the person has part (`involved`, ids of opportunities), a part of the name is enough.
    """
    ids = set(involved)
    for table in tables():
        for row in _candidates(table, person, ids):
            root = row[1]
            is_involved = table.is_of_opportunities and root in ids
            owner: dict[str, Any] = (
                {"opportunity": root} if table.is_of_opportunities else {"customer": f"{table.customer} {root}"}
            )
            if owner.get("customer") == f"contact {person.contact_id}":
                continue
            for column, value in zip(table.columns, row[2:], strict=True):
                for text in dict.fromkeys(strings(value)):
                    if person.names_in(text, is_involved=is_involved):
                        yield StoredText(table, row[0], column, text, **owner)


def strings(value: Any) -> Iterator[str]:
    """The texts in a value of a column, also those inside JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in MACHINES and value.get("field") not in MACHINES:
                yield from strings(each)


def _candidates(table: TextTable, person: Person, involved: set[int]) -> Iterator[tuple[Any, ...]]:
    condition = matches(table, [*person.everywhere, *map(last_name_first, person.names)])
    if table.is_of_opportunities and involved:
        condition |= matches(table, person.parts) & Q(**{f"{table.root}__in": involved})
    if not condition:
        return iter(())
    return _in_batches(table, condition)


def _in_batches(table: TextTable, condition: Q) -> Iterator[tuple[Any, ...]]:
    """Finds the ids first, so many rows at a time that no statement runs into the time limit of the database.

    PostgreSQL reads a large table with several processes for that, which it does not do for a cursor.
    """
    rows: QuerySet[Any] = QuerySet(table.model)
    last = rows.aggregate(last=Max("pk"))["last"] or 0
    for begin in range(0, last + 1, SEARCHED_AT_ONCE):
        of_range = rows.filter(pk__gte=begin, pk__lt=begin + SEARCHED_AT_ONCE)
        ids = sorted(of_range.filter(condition).values_list("pk", flat=True))
        for first in range(0, len(ids), BATCH):
            of_batch = rows.filter(pk__in=ids[first : first + BATCH]).order_by("pk")
            yield from of_batch.values_list("pk", table.root, *table.columns)


def matches(table: TextTable, words: list[str]) -> Q:
    """The condition of rows that may have one of these words in a column. Others match it, too."""
    patterns = list(dict.fromkeys(like(each) for each in words if each))
    columns = [Cast(F(column), models.TextField()) for column in table.columns]
    return Q(_LikeAny(*columns, patterns=patterns)) if patterns and columns else Q()


class _LikeAny(Func):
    """Whether the texts, one after the other, are LIKE one of the patterns, without case.

    PostgreSQL makes the text of a row in lower case once, not for each column and pattern. SQLite ignores the case of
    the letters A to Z by itself.
    """

    output_field = models.BooleanField()

    def __init__(self, *columns: Any, patterns: list[str]) -> None:
        super().__init__(*columns, patterns=patterns)

    def as_sql(self, compiler: Any, connection: Any, *_given: Any, **_extra: Any) -> Any:
        sql, params = self._joined(compiler, lambda each: f"COALESCE({each}, '')", " || ' ' || ")
        patterns = self.extra["patterns"]
        return "(" + " OR ".join([f"({sql}) LIKE %s"] * len(patterns)) + ")", self._with(params, patterns)

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        sql, params = self._joined(compiler, str, ", ")
        return f"(lower(concat_ws(' ', {sql})) LIKE ANY (%s))", [*params, self.extra["patterns"]]

    def _joined(self, compiler: Any, of_column: Callable[[str], str], joiner: str) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(each) for each in self.get_source_expressions()]
        return joiner.join(of_column(sql) for sql, _params in compiled), [
            p for _sql, params in compiled for p in params
        ]

    @staticmethod
    def _with(params: list[Any], patterns: list[str]) -> list[Any]:
        """The parameters of the text and each pattern in turn."""
        return [each for pattern in patterns for each in (*params, pattern)]


def involved_in(contact: Contact) -> list[int]:
    """The ids of the opportunities with a row about the contact. One query for each relation."""
    found: set[int] = set()
    for relation in Contact._meta.related_objects:
        if relation.related_model is Opportunity:
            found.update(Opportunity.objects.filter(**{relation.field.name: contact}).values_list("pk", flat=True))
        elif relation.related_model in _of_opportunities():
            rows: QuerySet[Any] = QuerySet(relation.related_model).filter(**{relation.field.name: contact})
            found.update(rows.values_list("opportunity_id", flat=True))
    return sorted(found)


def rows_or_texts_about(contact: Contact, person: Person) -> list[int]:
    """The ids of the opportunities that have a row about the contact, or a text that names the person, such as the log.

    In all of them the person has or had part, so that a part of the name is enough there.
    """
    involved = involved_in(contact)
    named = {text.opportunity for text in texts_about(person, involved) if text.opportunity is not None}
    return sorted(named.union(involved))

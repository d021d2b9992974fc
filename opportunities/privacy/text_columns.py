"""Where the database has texts that people wrote: every text column and JSON column of opportunities and customers.

The list is derived from the models, so a new table or column belongs to it by itself. Definitions that managers write,
such as stages and mail templates, do not: they are about no person.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from opportunities.customers.models import DERIVED, Contact
from opportunities.editing import children
from opportunities.editing.child_tables import ChildTable
from opportunities.models import Opportunity
from opportunities.privacy.person import Person, last_name_first, like

MACHINES = {*DERIVED, "page", "content_type", *children.ATTACHMENT.hidden}
"""The columns with the words of machines, and those that are derived from others."""


@dataclass(frozen=True)
class Table:
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
class Text:
    """One text that the database has. `customer` and `opportunity`: what its row belongs to."""

    table: Table
    row: int
    column: str
    text: str
    opportunity: int | None = None
    customer: str = ""


def _of_opportunities() -> dict[type[models.Model], str]:
    tables: Iterable[ChildTable] = children.TABLES
    return {Opportunity: "id", **{table.model: "opportunity_id" for table in tables}}


@functools.cache
def tables() -> tuple[Table, ...]:
    """Every table with texts."""
    found = [_table(model, root) for model, root in _of_opportunities().items()]
    found += [_table(model, "id") for model in apps.get_app_config("customers").get_models()]
    return tuple(table for table in found if table.columns)


def _table(model: type[models.Model], root: str) -> Table:
    return Table(model, root, tuple(column.name for column in model._meta.concrete_fields if is_text(column)))


def is_text(column: Any) -> bool:
    """Whether the column may have words that people wrote."""
    is_column = isinstance(column, models.CharField | models.TextField | models.JSONField)
    return is_column and not column.choices and not column.primary_key and column.name not in MACHINES


def texts_about(person: Person, involved: Iterable[int]) -> Iterator[Text]:
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
                        yield Text(table, row[0], column, text, **owner)


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


def _candidates(table: Table, person: Person, involved: set[int]) -> Iterator[tuple[Any, ...]]:
    condition = matches(table, [*person.everywhere, *map(last_name_first, person.names)])
    if table.is_of_opportunities and involved:
        condition |= matches(table, person.parts) & Q(**{f"{table.root}__in": involved})
    if not condition:
        return iter(())
    rows: QuerySet[Any] = QuerySet(table.model).order_by("pk").filter(condition)
    return rows.values_list("pk", table.root, *table.columns).iterator(chunk_size=500)


def matches(table: Table, words: list[str]) -> Q:
    """The condition of rows that may have one of these words in a column. Others match it, too."""
    patterns = list(dict.fromkeys(like(each) for each in words if each))
    found = Q()
    for column in table.columns:
        for pattern in patterns:
            found |= Q(_like(table, column, pattern))
    return found


def _like(table: Table, column: str, pattern: str) -> Func:
    is_json = isinstance(table.model._meta.get_field(column), models.JSONField)
    text: Any = Cast(F(column), models.TextField()) if is_json else F(column)
    return _Like(text, Value(pattern), output_field=models.BooleanField())


class _Like(Func):
    """LIKE without case. SQLite ignores the case of the letters A to Z by itself."""

    template = "(%(expressions)s)"

    arg_joiner = " LIKE "

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, arg_joiner=" ILIKE ", **extra)


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

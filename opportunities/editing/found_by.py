"""The column by which a list finds an opportunity: the folded names of itself, its account and its contact.

One column, because only then one index finds any part of the three (migration 0022). A write that changes one of the
names, or the account or the contact, fills it.

An account or contact that the opportunity gets is locked while its name is read, and a renamed one locks its
opportunities: so none of two writes at once is missed. Renaming a contact locks it first and its opportunities then,
erasing it the other way round; the database ends one of two that wait for each other, and it is tried again.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from opportunities.customers.models import Account, Contact, searched
from opportunities.models import Opportunity, write_guard
from opportunities.models.opportunity import OpportunityQuerySet

NAMED = {"account": Account, "contact": Contact}
OF_NAMES = ("name", "account_id", "contact_id")


def follow(before: Opportunity | None, record: Opportunity) -> None:
    """Fills the column if one of the names changed. No query otherwise."""
    if before is None or any(getattr(before, column) != getattr(record, column) for column in OF_NAMES):
        record.found_by = joined(record, *(_name_of(record, column, before) for column in NAMED))


def joined(record: Opportunity, *names: str) -> str:
    """The value of the column. `names` are the folded names of the account and the contact, empty for none."""
    return " ".join([searched(record), *names])


def follow_customer(row: Any) -> None:
    """Fills the column of the opportunities of a renamed account or contact. Writes no version and no event."""
    column = row._meta.model_name
    if column not in NAMED:
        return
    with transaction.atomic(), write_guard.guarded_every():
        theirs = Opportunity.objects.filter(**{column: row.pk}).order_by("pk")
        locked = list(theirs.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        fill(Opportunity.objects.filter(pk__in=locked))


def fill(opportunities: OpportunityQuerySet) -> None:
    """Fills the column of these rows, by one statement."""
    opportunities.order_by().update(found_by=right_value())


def right_value() -> Concat:
    """The value that the column must have, as the database computes it from the names."""
    parts: list[Any] = [F("search_text")]
    for column, model in NAMED.items():
        name = model._default_manager.filter(pk=OuterRef(f"{column}_id")).order_by().values("search_text")
        parts += [Value(" "), Coalesce(Subquery(name), Value(""))]
    return Concat(*parts)


def _name_of(record: Opportunity, column: str, before: Opportunity | None) -> str:
    """The folded name of the account or the contact; locks a new one."""
    pk = getattr(record, f"{column}_id")
    if pk is None:
        return ""
    rows = NAMED[column]._default_manager.filter(pk=pk).order_by()
    if before is None or getattr(before, f"{column}_id") != pk:
        rows = rows.select_for_update(no_key=True)
    return rows.values_list("search_text", flat=True).first() or ""

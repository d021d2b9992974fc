"""Checks accounts, contacts and competitors: their names, versions and merges."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F, OuterRef, Subquery

from opportunities.customers import nouns
from opportunities.customers.models import searched
from opportunities.verify import merge_checks
from opportunities.verify.faults import Fault, sentences
from stages import gates


def named_rows() -> Iterator[Fault]:
    """Accounts, contacts and competitors have a name that can be seen, and are found by it."""
    for model in nouns.MODELS.values():
        for row in model._default_manager.only("name", "search_text", "name_key").order_by("pk").iterator():
            for what in sentences(_name_faults, row):
                yield Fault(f"{model._meta.verbose_name} {row.pk}", what)


def _name_faults(row: Any) -> Iterator[str]:
    if not gates.is_filled(row.name):
        yield "has no name that can be seen"
    if row.search_text != searched(row):
        yield "is not found by its name: search_text does not follow from it"
    if row.name_key != row._meta.get_field("name_key").derived(row):
        yield "is not compared by its name: name_key does not follow from it"


def versions() -> Iterator[Fault]:
    """The version of an account, contact or competitor is that of the last entry in its history, if it has one."""
    for model in nouns.MODELS.values():
        history: Any = model.history
        last = history.filter(id=OuterRef("pk")).order_by("-history_id").values("version")[:1]
        rows: Any = model._default_manager.annotate(logged=Subquery(last)).exclude(logged=F("version"))
        for pk, version, logged in rows.order_by("pk").values_list("pk", "version", "logged"):
            if logged is not None:
                name = f"{model._meta.verbose_name} {pk}"
                yield Fault(name, f"is at version {version}, its history at {logged}")


def merges() -> Iterator[Fault]:
    """The rows that are part of others now have one that stayed, and nothing refers to them."""
    for name, what in merge_checks.merged():
        yield Fault(name, what)


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (named_rows, versions, merges)

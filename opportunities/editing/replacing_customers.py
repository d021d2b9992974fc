"""Writes merges of accounts, contacts and competitors into opportunities: replaces one row, and puts it back.

    moved = replacing_customers.replace(opportunity_id, swap, by=user, at=now)
    replacing_customers.put_back(opportunity_id, moved, swap, by=user, at=now)

It writes closed opportunities, too: no stage, figure or date of them changes, and no rule that follows from a new
account or contact applies, because the person or company is the same as before. Call it in the transaction of the whole
merge, with the opportunities locked in the order of their ids (`locks.lock_in_order`). Each opportunity gets one event.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from opportunities.customers import references
from opportunities.customers.models import Contact, Customer
from opportunities.editing import edit, joining, row_values
from opportunities.editing.edit import Edit
from opportunities.models import Event, Opportunity, Presentation
from opportunities.models.event import log_value
from opportunities.models.write_guard import Guarded
from salesflow.users.models import User

Moved = dict[str, Any]
"""A row that a merge wrote: `model`, `id`, `opportunity`, `what` (changed, removed), columns `before`, `after`."""


@dataclass(frozen=True)
class Swap:
    """The row that goes, and the one that takes its place. Both are locked."""

    gone: Any
    survivor: Any

    @property
    def model(self) -> type[Customer]:
        return type(self.gone)

    def logged(self) -> dict[str, Any]:
        """The merge as an event has it."""
        noun = self.model._meta.model_name
        return {"noun": noun, "gone": log_value(self.gone), "into": log_value(self.survivor)}


def fields_of(model: type[Customer]) -> list[Any]:
    """The foreign keys to the model from opportunities and their child rows."""
    return [field for field in references.to(model) if issubclass(field.model, Guarded)]


def opportunities_of(model: type[Customer], pk: int) -> set[int]:
    """The ids of all opportunities that refer to an account, contact or competitor. One query for each foreign key."""
    found: set[int] = set()
    for field in fields_of(model):
        rows = field.model._base_manager.filter(**{field.name: pk})
        found |= set(rows.values_list(field.model.opportunity_column, flat=True))
    if model is Contact:
        found |= {each.opportunity_id for each in _presented_to(pk)}
    return found


def _presented_to(contact: int, **of: Any) -> list[Presentation]:
    """The presentations that name the contact. SQLite cannot search inside JSON, so this searches its text first."""
    rows = Presentation.objects.filter(**of).annotate(text=Cast("attendees", TextField())).order_by("pk")
    named = rows.filter(Q(text__contains=f'"id": {contact},') | Q(text__contains=f'"id": {contact}}}'))
    return [row for row in named if any(each["id"] == contact for each in row.attendees)]


def replace(opportunity: int, swap: Swap, *, by: User, at: datetime.datetime) -> list[Moved]:
    """Replaces the row that goes everywhere in the opportunity. Returns the rows that were written, in order.

    Where the opportunity has a row about both, these are joined (`joining`). Refusals: those of `editing`.
    """
    moved: list[Moved] = []
    with _writing(opportunity, Event.Kind.MERGED, swap, by=by, at=at) as written:
        for field in fields_of(swap.model):
            if field.model is Opportunity:
                continue
            for row in _rows(field, written.record, swap.gone):
                moved += _replaced(field, row, swap)
        if swap.model is Contact:
            moved += _attendees_replaced(written.record, swap)
        for field in fields_of(swap.model):
            if field.model is Opportunity and getattr(written.record, field.attname) == swap.gone.pk:
                with _noted(written.record, (field.attname,), moved):
                    setattr(written.record, field.name, swap.survivor)
    return moved


def put_back(opportunity: int, moved: list[Moved], swap: Swap, *, by: User, at: datetime.datetime) -> None:
    """Gives the rows that `replace` wrote what they had before. The caller has checked that none changed since."""
    with _writing(opportunity, Event.Kind.UNMERGED, swap, by=by, at=at) as written:
        for each in reversed(moved):
            model = _model(each)
            if model is Opportunity:
                row_values.set_on(written.record, each["before"])
                _remember(written.record, swap)
                continue
            [row] = [model()] if each["what"] == "removed" else model._base_manager.filter(pk=each["id"])
            row_values.set_on(row, each["before"])
            row.opportunity = written.record
            row.save()


@contextmanager
def _writing(opportunity: int, kind: Event.Kind, swap: Swap, *, by: User, at: datetime.datetime) -> Iterator[Edit]:
    with edit.locked(Opportunity(pk=opportunity), by=by, at=at, closed="allow") as written:
        written.event = Event(kind=kind, merged=swap.logged())
        written.is_merged = True  # nothing follows from a new account or contact that is the same as before
        written.marks_seen = False
        for row in (written.record, written.before):
            _remember(row, swap)
        yield written


def _remember(record: Any, swap: Swap) -> None:
    """Gives the opportunity the rows that it refers to, so that the log need not read them for each opportunity."""
    known = {row.pk: row for row in (swap.gone, swap.survivor)}
    for field in fields_of(swap.model):
        if field.model is Opportunity and (row := known.get(getattr(record, field.attname))):
            field.set_cached_value(record, row)


def _rows(field: Any, record: Opportunity, subject: Any) -> list[Any]:
    rows = list(field.model._base_manager.filter(opportunity=record, **{field.name: subject.pk}).order_by("pk"))
    for row in rows:
        row.opportunity = record
    return rows


def _replaced(field: Any, row: Any, swap: Swap) -> list[Moved]:
    moved: list[Moved] = []
    is_once = _is_once(field)
    twins = _rows(field, row.opportunity, swap.survivor) if is_once else []
    if not twins:  # what is said about the person or company belongs to the move, so undoing compares the whole row
        with _noted(row, None if is_once else (field.attname,), moved):
            setattr(row, field.name, swap.survivor)
            row.save()
        return moved
    moved.append(_entry(row, "removed", before=row_values.of(row)))
    with _noted(twins[0], None, moved):
        joining.join(twins[0], row)
        row.delete()
        twins[0].save()
    return moved


def _is_once(field: Any) -> bool:
    """Whether an opportunity has one row at most for each value of the column."""
    constraints = field.model._meta.constraints
    return any(set(getattr(each, "fields", ())) == {"opportunity", field.name} for each in constraints)


def _attendees_replaced(record: Opportunity, swap: Swap) -> list[Moved]:
    moved: list[Moved] = []
    for row in _presented_to(swap.gone.pk, opportunity=record):
        row.opportunity = record
        others = [each for each in row.attendees if each["id"] not in (swap.gone.pk, swap.survivor.pk)]
        with _noted(row, ("attendees",), moved):
            row.attendees = sorted([*others, log_value(swap.survivor)], key=lambda each: each["id"])
            row.save()
    return moved


@contextmanager
def _noted(row: Any, names: tuple[str, ...] | None, moved: list[Moved]) -> Iterator[None]:
    """Adds what the block changes of these columns (None: all) of a row."""
    before = row_values.of(row, names)
    yield
    moved.append(_entry(row, "changed", before=before, after=row_values.of(row, names)))


def _entry(row: Any, what: str, *, before: dict[str, Any], after: dict[str, Any] | None = None) -> Moved:
    opportunity = getattr(row, row.opportunity_column)
    named = {"model": row._meta.label_lower, "id": row.pk, "opportunity": opportunity, "what": what}
    return {**named, "before": before, "after": after or {}}


def _model(entry: Moved) -> Any:
    return apps.get_model(entry["model"])

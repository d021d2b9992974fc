"""What an import does with a row about an opportunity: creates it, changes it, or leaves it as it is."""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access, transitions
from opportunities.customers import find_or_create
from opportunities.editing import answers
from opportunities.imports import arriving, known_rows, named_customers
from opportunities.imports.context import Context
from opportunities.imports.history import past_acts
from opportunities.imports.known_rows import Earlier, LeftOut
from opportunities.imports.typed_rows import TypedRow
from opportunities.models import Import, ImportRow, Opportunity
from opportunities.refusals import NotAllowed
from opportunities.transitions import arrivals
from salesflow.users.models import User

OPEN = Opportunity.Status.OPEN
Fate, Outcome = ImportRow.Fate, ImportRow.Outcome


def fate(context: Context, typed: TypedRow, history: list[Any], before: Earlier | None, at: datetime.datetime) -> str:
    """What will be done with the row. Writes nothing. Refusals: LeftOut, NotAllowed, EntryMissing and others."""
    if before is not None:
        return Fate.UPDATE if _changes(context, typed, before) else Fate.SAME
    customers = named_customers.found(context, typed.values)
    _refuse_no_right(context, typed)
    arrival = arriving.arrival(context, typed.values, past_acts.read(history), customers, at)
    if arrival.is_closed_in_its_past:
        _refuse_no_right_to_closed(context, arrival.owner)
    arrivals.refuse_impossible_moments(arrival, at=at)
    return Fate.CREATE


def _refuse_no_right(context: Context, typed: TypedRow) -> None:
    owner = arriving.owner_of(context, typed.values)
    if not access.may_own(owner):
        raise NotAllowed(_("%(person)s cannot have opportunities.") % {"person": owner}, field="owner")
    if not context.may_import(owner, is_closed=False):
        raise NotAllowed(_("Only the owner and managers may import this opportunity."), field="owner")
    if typed.values["status"] != OPEN:
        _refuse_no_right_to_closed(context, owner)


def _refuse_no_right_to_closed(context: Context, owner: User) -> None:
    if not context.may_import(owner, is_closed=True):
        raise NotAllowed(_("Only managers may import closed opportunities."), field="status")


def do(context: Context, row: ImportRow, typed: TypedRow, at: datetime.datetime) -> dict[str, Any]:
    """Does the row, in a transaction that is rolled back if it is refused. Returns the columns of its outcome."""
    find_or_create.lock(f"import {row.key}")  # another import may have the same row
    before = known_rows.known({row.key: typed}).get(row.key)
    return _create(context, row, typed, at) if before is None else _change(context, typed, before, at)


def _create(context: Context, row: ImportRow, typed: TypedRow, at: datetime.datetime) -> dict[str, Any]:
    history = past_acts.read(row.history)
    customers = named_customers.saved(context, typed.values, history, at)
    arrival = arriving.arrival(context, typed.values, history, customers, at)
    keep = context.run.keeps == Import.Keeps.MAPPED and arrival.closing is None
    opportunity = transitions.bring_in(by=context.by, at=at, arrival=arrival, keep=keep)
    is_short = arrival.stage is not None and opportunity.is_open and opportunity.active_stage_id != arrival.stage.pk
    return {
        "outcome": Outcome.CREATED,
        "opportunity": opportunity,
        "account": customers.new_account,
        "contact": customers.new_contact,
        "also_created": customers.also_created,
        "stage": arrival.stage if is_short else None,
        "written_version": opportunity.version,
    }


def _change(context: Context, typed: TypedRow, before: Earlier, at: datetime.datetime) -> dict[str, Any]:
    changes = _changes(context, typed, before)
    named = {"opportunity": before.opportunity}
    if not changes:
        return named | {"outcome": Outcome.SAME}
    customers = named_customers.saved(context, typed.values, [], at)
    rows = {"account": customers.account, "contact": customers.contact}
    entries = {name: rows.get(name, value) for name, value in changes.items()}
    how: dict[str, Any] = {"by": context.by, "at": at, "version": before.written_version}
    record = transitions.update(opportunity=before.opportunity, entries=entries, **how)
    new = {"account": customers.new_account, "contact": customers.new_contact, "also_created": customers.also_created}
    return named | new | {"outcome": Outcome.UPDATED, "written_version": record.version}


def _changes(context: Context, typed: TypedRow, before: Earlier) -> dict[str, Any]:
    """What the row would change of the opportunity. Refusals: NotAllowed, LeftOut."""
    record, values = before.opportunity, typed.values
    if "external_id" not in values:
        _refuse_no_right(context, typed)  # as if it were not there: nobody learns of the rows of others
        return {}  # the same row as before
    if not access.may_edit(context.by, record):
        raise NotAllowed(_("An opportunity with this id is here already, and you may not change it."))
    if not record.is_open:
        return {}
    if values["status"] != OPEN:
        raise LeftOut(_("It is open here. An import closes nothing that is there already: close it there."))
    changes = _differences(context, typed, record)
    if changes and record.version != before.written_version:
        raise LeftOut(_("It was changed here after it was imported. An import does not overwrite that."))
    return changes


def _differences(context: Context, typed: TypedRow, record: Opportunity) -> dict[str, Any]:
    """The fields of the row that the opportunity has differently. Names of customers are compared as rows."""
    values = typed.values
    names_owner = "owner" in values and not typed.has_default_owner
    rows = {"owner": context.owner(values["owner"])} if names_owner else {}
    plain = {name: values[name] for name in (*sorted(arriving.ENTRIES), "name") if name in values} | rows
    other = Opportunity(**{each.column.attname: getattr(record, each.column.attname) for each in answers.EDITABLE})
    found = {}
    for name, value in plain.items():
        answer = answers.of(name)
        answer.write(other, value)
        if answer.comparable(other) != answer.comparable(record):
            found[name] = value
    return found | _other_customers(context, values, record)


def _other_customers(context: Context, values: Any, record: Opportunity) -> dict[str, Any]:
    """The customers that the row names and the opportunity does not have; one that is new is None."""
    found = named_customers.found(context, values)
    named = {"account": found.account, "contact": found.contact}
    return {
        name: row
        for name, row in named.items()
        if _is_named(values, name) and (row is None or row.pk != getattr(record, f"{name}_id"))
    }


def _is_named(values: Any, name: str) -> bool:
    return name in values or f"{name}_id" in values or (name == "contact" and "contact_email" in values)

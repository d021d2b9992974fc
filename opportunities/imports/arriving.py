"""What a row of a file says about an opportunity, as the `Arrival` that `transitions.bring_in` takes."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from opportunities import transitions
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import answers
from opportunities.imports import customer_rows, past_stages
from opportunities.imports.context import Context
from opportunities.models import Opportunity
from opportunities.transitions import Arrival, EntryMissing, LostAnswers, PastVisit, WonAnswers
from salesflow.users.models import User

LOST = Opportunity.Status.LOST

RELATIONS = ("account", "contact", "owner")
"""The fields that people fill in, whose values are rows."""

ENTRIES = answers.EDITABLE_NAMES - {"name", *RELATIONS}

FIELDS = {"created_at": "created_on", "stage_entered_at": "stage_entered_on", "description": "close_description"}
"""The field of a file that fills the field that a refusal names, where they have different names."""


@dataclass
class NamedCustomers:
    """The rows that an opportunity names, and which of them its row has created."""

    account: Account | None = None
    contact: Contact | None = None
    competitors: tuple[Competitor, ...] = ()
    new_account: Account | None = None
    new_contact: Contact | None = None


def owner_of(context: Context, values: Mapping[str, Any]) -> User:
    """The owner that the file says, else the person who imports. Refusal: NotThere."""
    return context.owner(values["owner"]) if "owner" in values else context.by


def arrival(
    context: Context,
    values: Mapping[str, Any],
    visits: list[dict[str, Any]],
    customers: NamedCustomers,
    at: datetime.datetime,
) -> Arrival:
    """The row as an arrival. Refusals: NotThere, EntryMissing."""
    stage = context.stage(values["stage"].stage) if "stage" in values else None
    past = _visits(context, visits, at)
    created = _created(values, past, at)
    return Arrival(
        name=values["name"],
        owner=owner_of(context, values),
        created_at=created,
        process=stage.process if stage else (past[0].stage.process if past else None),
        entries=entries(values, customers),
        stage=stage or _last_of_closed(values, past),
        stage_entered_at=_entered(values, created, at),
        visits=past,
        closing=_closing(context, values, customers),
        competitors=customers.competitors,
        next_step=values.get("next_step", ""),
        next_step_due=values.get("next_step_due"),
        note=values.get("note", ""),
    )


def entries(values: Mapping[str, Any], customers: NamedCustomers) -> dict[str, Any]:
    """The fields that people fill in, but for name and owner."""
    rows = {"account": customers.account, "contact": customers.contact}
    return {name: values[name] for name in sorted(ENTRIES & values.keys())} | {n: r for n, r in rows.items() if r}


# Moments


def _visits(context: Context, stored: list[dict[str, Any]], at: datetime.datetime) -> tuple[PastVisit, ...]:
    found = (past_stages.from_json(each) for each in stored)
    return tuple(
        PastVisit(
            context.stage(each.stage), _moment(each.entered_on, at), each.estimated_revenue, each.estimated_close_date
        )
        for each in found
    )


def _created(values: Mapping[str, Any], visits: tuple[PastVisit, ...], at: datetime.datetime) -> datetime.datetime:
    """When it was created. Without a day in the file: when the first thing happened that the file knows."""
    if "created_on" in values:
        return _moment(values["created_on"], at)
    known = [_moment(values[name], at) for name in ("stage_entered_on", "closed_on") if name in values]
    return min([*known, *(visit.entered_at for visit in visits)], default=at)


def _entered(values: Mapping[str, Any], created: datetime.datetime, at: datetime.datetime) -> datetime.datetime | None:
    """When it entered its stage. On the day on which it was created, after that."""
    day = values.get("stage_entered_on")
    if day is None:
        return None
    entered = _moment(day, at)
    is_same_day = not isinstance(day, datetime.datetime) and transitions.organisation_date(created) == day
    return max(entered, created) if is_same_day else entered


def _moment(day: datetime.date, at: datetime.datetime) -> datetime.datetime:
    return day if isinstance(day, datetime.datetime) else transitions.moment_of(day, at=at)


# Closing


def _last_of_closed(values: Mapping[str, Any], visits: tuple[PastVisit, ...]) -> Any:
    """The stage in which it was lost, if only the file of stages says it."""
    is_lost = values["status"] == LOST and visits
    return max(visits, key=lambda visit: visit.entered_at).stage if is_lost else None


def _closing(context: Context, values: Mapping[str, Any], customers: NamedCustomers) -> WonAnswers | LostAnswers | None:
    if values["status"] == Opportunity.Status.OPEN:
        return None
    reason = context.reason(values["status_reason"]) if "status_reason" in values else None
    closed_on, text = values["closed_on"], values.get("close_description", "")
    if values["status"] != LOST:
        return WonAnswers(reason, closed_on, text, values.get("actual_revenue"))
    if reason is None:
        raise EntryMissing(_("Say why it was lost: choose a reason for this status."), field="status_reason")
    competitor = customers.competitors[0] if reason.asks_competitor and customers.competitors else None
    return LostAnswers(reason, closed_on, text, competitor, values.get("actual_revenue"))


# NamedCustomers


def found_customers(context: Context, values: Mapping[str, Any]) -> NamedCustomers:
    """Those that are there, for a preview: nothing is created. Refusal: Ambiguous."""
    account = _look_up(context, Account, {"name": values.get("account")}, "account")
    known = {"name": values.get("contact"), "email": values.get("contact_email")}
    known |= {"account_id": account.pk} if account else {}
    return NamedCustomers(account, _look_up(context, Contact, known, _field_of_contact(values)))


def _look_up(context: Context, model: type[Any], given: Mapping[str, Any], field: str) -> Any:
    known = {name: value for name, value in given.items() if value}
    if not known.keys() - {"account_id"}:
        return None
    key = (model, tuple(known.items()))
    return context.looked_up(key, lambda: customer_rows.found(model, known, field=field))


def _field_of_contact(values: Mapping[str, Any]) -> str:
    return "contact" if "contact" in values else "contact_email"


def saved_customers(values: Mapping[str, Any], *, by: User, at: datetime.datetime) -> NamedCustomers:
    """Those that the row names, found or created. Refusals: Ambiguous, EntriesInvalid, EntryMissing."""
    stamp: dict[str, Any] = {"by": by, "at": at}
    saved = NamedCustomers()
    if "account" in values:
        saved.account, is_new = customer_rows.found_or_created(
            Account, {"name": values["account"]}, field="account", **stamp
        )
        saved.new_account = saved.account if is_new else None
    _save_contact(saved, values, stamp)
    _save_competitors(saved, values.get("competitor", ()), stamp)
    return saved


def _save_competitors(saved: NamedCustomers, names: tuple[str, ...], stamp: Mapping[str, Any]) -> None:
    """In one order, so that two transactions do not wait for each other; the first one stays the first."""
    rows = {
        name: customer_rows.found_or_created(Competitor, {"name": name}, field="competitor", **stamp)[0]
        for name in sorted(names)
    }
    saved.competitors = tuple(rows[name] for name in names)


def _save_contact(saved: NamedCustomers, values: Mapping[str, Any], stamp: Mapping[str, Any]) -> None:
    given = {"name": values.get("contact"), "email": values.get("contact_email")}
    known = {name: value for name, value in given.items() if value}
    if not known:
        return
    field = _field_of_contact(values)
    if "name" not in known:
        saved.contact = customer_rows.found(Contact, known, field=field)
        if saved.contact is None:
            raise EntryMissing(_("No contact has this e-mail address. Add a column with the names."), field=field)
        return
    account = {"account": saved.account} if saved.account else {}
    saved.contact, is_new = customer_rows.found_or_created(Contact, known | account, field=field, **stamp)
    saved.new_contact = saved.contact if is_new else None

"""What a row of a file says about an opportunity, as the `Arrival` that `transitions.bring_in` takes."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from opportunities.editing import answers
from opportunities.imports.context import Context
from opportunities.imports.history import past_acts
from opportunities.imports.history.past_acts import HistoryEntry
from opportunities.imports.moments import moment, moment_since
from opportunities.imports.named_customers import NamedCustomers
from opportunities.models import Opportunity
from opportunities.transitions import Arrival, EntryMissing, LostAnswers, PastAct, PastVisit, WonAnswers
from salesflow.users.models import User

LOST = Opportunity.Status.LOST

RELATIONS = ("account", "contact", "owner")
"""The fields that people fill in, whose values are rows."""

ENTRIES = answers.EDITABLE_NAMES - {"name", *RELATIONS}

FIELDS = {"created_at": "created_on", "stage_entered_at": "stage_entered_on", "description": "close_description"}
"""The field of a file that fills the field that a refusal names, where they have different names."""


def owner_of(context: Context, values: Mapping[str, Any]) -> User:
    """The owner that the file says, else the person who imports. Refusal: NotThere."""
    return context.owner(values["owner"]) if "owner" in values else context.by


def arrival(
    context: Context,
    values: Mapping[str, Any],
    history: list[HistoryEntry],
    customers: NamedCustomers,
    at: datetime.datetime,
) -> Arrival:
    """The row as an arrival. Refusals: NotThere, EntryMissing."""
    stage = context.stage(values["stage"].stage) if "stage" in values else None
    past = past_acts.of(context, history, customers.rivals, at)
    created = _created(values, past, at)
    visits = [act for act in past if isinstance(act, PastVisit)]
    return Arrival(
        name=values["name"],
        owner=owner_of(context, values),
        created_at=created,
        process=stage.process if stage else (visits[0].stage.process if visits else None),
        entries=entries(values, customers),
        stage=stage or _last_of_closed(values, visits),
        stage_entered_at=_entered(values, created, at),
        past=past,
        closing=_closing(context, values, customers),
        on_hold_because=_("It was on hold when it was imported.") if _is_on_hold(context, values) else "",
        stakeholders=customers.stakeholders,
        competitors=customers.competitors,
        team=past_acts.team(context, history),
        next_step=values.get("next_step", ""),
        next_step_due=values.get("next_step_due"),
        note=values.get("note", ""),
    )


def entries(values: Mapping[str, Any], customers: NamedCustomers) -> dict[str, Any]:
    """The fields that people fill in, but for name and owner."""
    rows = {"account": customers.account, "contact": customers.contact}
    return {name: values[name] for name in sorted(ENTRIES & values.keys())} | {n: r for n, r in rows.items() if r}


# Moments


def _created(values: Mapping[str, Any], past: tuple[PastAct, ...], at: datetime.datetime) -> datetime.datetime:
    """When it was created. Without a day in the file: when the first thing happened that the file knows."""
    if "created_on" in values:
        return moment(values["created_on"], at)
    known = [moment(values[name], at) for name in ("stage_entered_on", "closed_on") if name in values]
    return min([*known, *(act.at for act in past)], default=at)


def _entered(values: Mapping[str, Any], created: datetime.datetime, at: datetime.datetime) -> datetime.datetime | None:
    """When it entered its stage. On the day on which it was created, after that."""
    day = values.get("stage_entered_on")
    return None if day is None else moment_since(created, day, at)


# On hold, and closed


def _is_on_hold(context: Context, values: Mapping[str, Any]) -> bool:
    reason = values.get("status_reason")
    return bool(values.get("is_on_hold") or (reason is not None and context.reason(reason).key == "on_hold"))


def _last_of_closed(values: Mapping[str, Any], visits: list[PastVisit]) -> Any:
    """The stage in which it was lost, if only the file of history says it."""
    is_lost = values["status"] == LOST and visits
    return max(visits, key=lambda visit: visit.at).stage if is_lost else None


def _closing(context: Context, values: Mapping[str, Any], customers: NamedCustomers) -> WonAnswers | LostAnswers | None:
    if values["status"] == Opportunity.Status.OPEN:
        return None
    reason = context.reason(values["status_reason"]) if "status_reason" in values else None
    closed_on, text = values["closed_on"], values.get("close_description", "")
    if values["status"] != LOST:
        return WonAnswers(reason, closed_on, text, values.get("actual_revenue"))
    if reason is None:
        raise EntryMissing(_("Say why it was lost: choose a reason for this status."), field="status_reason")
    competitor = customers.competitors[0].competitor if reason.asks_competitor and customers.competitors else None
    return LostAnswers(reason, closed_on, text, competitor, values.get("actual_revenue"))

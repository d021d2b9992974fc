"""How the values of an opportunity are written for a reader: those it has, and those that its log kept."""

import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext

from opportunities import money
from opportunities.differences import NOUNS
from opportunities.models import Opportunity
from opportunities.templatetags import formats
from stages.texts import readers_language


def label(name: str, *, noun: str = "") -> str:
    """The name of a field of the opportunity, or of a `noun` that hangs on it."""
    return capfirst(str(_column(name, noun).verbose_name))


def value(name: str, given: Any, *, noun: str = "") -> str:
    """A value, as it is in Python or as the log kept it, in the reader's language; "–" for none."""
    if given is None or given == "":
        return formats.NOTHING
    if isinstance(given, bool):
        return gettext("Yes") if given else gettext("No")
    if isinstance(given, dict):
        return logged_name(given)
    return _of_column(_column(name, noun), given)


def logged_name(logged: dict[str, Any]) -> str:
    """What the log calls a row, in the reader's language where it has two names."""
    return str(logged.get("name") or logged.get(f"name_{readers_language()}"))


def _of_column(column: "models.Field[Any, Any]", given: Any) -> str:
    if isinstance(column, models.DecimalField):
        return money.shown(Decimal(given))
    if isinstance(column, models.DateField):
        return formats.day(given if isinstance(given, datetime.date) else datetime.date.fromisoformat(given))
    return str(dict(column.flatchoices).get(given, given))


def _column(name: str, noun: str) -> "models.Field[Any, Any]":
    model: type[models.Model] = NOUNS[noun].model if noun in NOUNS else Opportunity
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


DEAL = (
    "account",
    "contact",
    "owner",
    "estimated_revenue",
    "estimated_close_date",
    "probability",
    "rating",
    "forecast_category",
    "next_step",
    "next_step_due",
)
CUSTOMER = (
    "purchase_timeframe",
    "estimated_budget",
    "purchase_process",
    "decision_date",
    "customer_need",
    "proposed_solution",
    "description",
)


def summary(record: Opportunity) -> list[list[tuple[str, str]]]:
    """The general fields and the main answers of the process, with their labels, in two columns."""
    return [[(label(name), _in_summary(record, name)) for name in column] for column in (DEAL, CUSTOMER)]


def _in_summary(record: Opportunity, name: str) -> str:
    given = getattr(record, name)
    if name == "probability":
        share = record.active_stage.probability if given is None else given
        return gettext("%(share)d %%") % {"share": share}
    return str(given) if isinstance(given, models.Model) else value(name, given)

"""Formats the values of an opportunity and of its log for the reader."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from opportunities.customers.models import Customer
from opportunities.editing import answers
from opportunities.models import Opportunity


def label(name: str, *, table: str = "") -> str:
    """The label of a field of the opportunity, or of the child table with that name in the log."""
    return capfirst(answers.of(name, table).label)


def value(name: str, given: Any, *, table: str = "") -> str:
    """A value, from a record or from the log, in the reader's language; “–” for none."""
    return answers.of(name, table).display(given)


def logged(name: str, given: Any, table: str = "") -> str:
    """A value from the log; empty for none."""
    return "" if given in (None, "") else value(name, given, table=table)


FACTS = (
    "contact",
    "forecast_category",
    "purchase_timeframe",
    "estimated_budget",
    "purchase_process",
    "decision_date",
    "customer_need",
    "proposed_solution",
    "description",
)


@dataclass(frozen=True)
class Fact:
    """An answer with its label, and the page of the row that it names."""

    label: str
    value: str
    address: str


def facts(record: Opportunity) -> list[Fact]:
    """The main answers that are given."""
    given = [name for name in FACTS if answers.of(name).is_given(record)]
    return [Fact(label(name), value_of(record, name), address(record, name)) for name in given]


def address(record: Opportunity, name: str) -> str:
    """The page of the account or contact that a field names; empty for other fields."""
    row = getattr(record, name)
    return row.get_absolute_url() if isinstance(row, Customer) else ""


def probability(record: Opportunity) -> int:
    """In percent: its own, or that of its stage."""
    return record.active_stage.probability if record.probability is None else record.probability


def value_of(record: Opportunity, name: str) -> str:
    """The value of a field; of the probability, that of the stage where none is set."""
    given = getattr(record, name)
    if name == "probability":
        return gettext("%(share)d %%") % {"share": probability(record)}
    return value(name, given)

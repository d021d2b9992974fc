"""How the values of an opportunity are displayed: those of the record, and those of its log."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from opportunities.editing import answers
from opportunities.models import Opportunity


def label(name: str, *, table: str = "") -> str:
    """The name of a field of the opportunity, or of the child table that the log calls `table`."""
    return capfirst(answers.of(name, table).label)


def value(name: str, given: Any, *, table: str = "") -> str:
    """A value, from a record or from the log, in the reader's language; “–” for none."""
    return answers.of(name, table).display(given)


DEAL = (
    "account",
    "contact",
    "owner",
    "estimated_revenue",
    "estimated_close_date",
    "probability",
    "rating",
    "forecast_category",
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
    return value(name, given)

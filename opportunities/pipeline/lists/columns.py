"""The columns of a list of opportunities: for the table, for the sort order, and for export.

    for column in columns.chosen(["name", "revenue"]):
        column.label, column.value(row, at)

`value` is typed: a Decimal, a date, a number, a text, or None. `columns.related(chosen)` names the relations to read.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from opportunities import display
from opportunities.models import Opportunity
from opportunities.pipeline import totals
from opportunities.pipeline.lists import cells, readiness
from opportunities.pipeline.lists.cells import Drawing

Value = Decimal | datetime.date | int | str | None
Read = Callable[[Opportunity, datetime.datetime], Value]
Cell = Callable[[Opportunity, Drawing], SafeString | str]


@dataclass(frozen=True)
class Column:
    """One column. `name` is stored with the choice of a person, so it never changes."""

    name: str
    label: Promise
    value: Read
    cell: Cell | None = None
    order: str = ""
    """What the head of the column sorts by: a key of `orders.SORTED_BY`, with a minus if the largest comes first."""
    related: tuple[str, ...] = ()
    is_figure: bool = False

    def drawn(self, row: Opportunity, drawing: Drawing) -> SafeString:
        """The cell of the table."""
        cell = self.cell(row, drawing) if self.cell else cells.shown(self.value(row, drawing.now))
        if drawing.may_change(row, self.name):
            cell = cells.link_to_change(row, self.name, self.label, cell, drawing)
        if self.name == NAME:
            return format_html('<th scope="row" class="list-name">{}</th>', cell)
        css = f"list-{self.name} num" if self.is_figure else f"list-{self.name}"
        return format_html('<td data-label="{}" class="{}">{}</td>', self.label, css, cell)


Columns = tuple[Column, ...]
NAME = "name"


def _weighted(row: Opportunity) -> Decimal | None:
    if row.estimated_revenue is None:
        return None
    return totals.amount(row.estimated_revenue * display.probability(row))


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _industry(row: Opportunity) -> str | None:
    return _text(row.account.industry) if row.account else None


ALL: dict[str, Column] = {
    column.name: column
    for column in (
        Column(NAME, _("Name"), lambda row, at: row.name, cells.name, "name", ("account",)),
        Column("account", _("Account"), lambda row, at: _text(row.account), cells.account, "account", ("account",)),
        Column(
            "industry",
            _("Industry"),
            lambda row, at: _industry(row),
            None,
            "",
            ("account",),
        ),
        Column("contact", _("Contact"), lambda row, at: _text(row.contact), cells.contact, "", ("contact",)),
        Column(
            "process", _("Process"), lambda row, at: row.active_stage.process.name, None, "", ("active_stage__process",)
        ),
        Column("stage", _("Stage"), lambda row, at: row.active_stage.name, cells.stage, "stage", ("active_stage",)),
        Column("readiness", _("Readiness"), lambda row, at: readiness.words(row)),
        Column("status", _("Status"), lambda row, at: row.get_status_display(), None, "status"),
        Column("reason", _("Status reason"), lambda row, at: row.status_reason.name, None, "", ("status_reason",)),
        Column("revenue", _("Revenue"), lambda row, at: row.estimated_revenue, None, "-revenue", is_figure=True),
        Column(
            "probability",
            _("Probability"),
            lambda row, at: display.probability(row),
            lambda row, drawing: f"{display.probability(row)} %",
            "",
            ("active_stage",),
            is_figure=True,
        ),
        Column("weighted", _("Weighted"), lambda row, at: _weighted(row), None, "", ("active_stage",), is_figure=True),
        Column("actual", _("Actual revenue"), lambda row, at: row.actual_revenue, is_figure=True),
        Column("budget", _("Estimated budget"), lambda row, at: row.estimated_budget, is_figure=True),
        Column("close", _("Close date"), lambda row, at: row.estimated_close_date, cells.close_date, "close"),
        Column("closed", _("Closed on"), lambda row, at: row.closed_on, None, "-closed"),
        Column("next", _("Next step"), lambda row, at: row.next_step or None, cells.next_step, "due"),
        Column("due", _("Next step due"), lambda row, at: row.next_step_due, None, "due"),
        Column(
            "age",
            _("Days in stage"),
            lambda row, at: row.days_in_stage(at) if row.is_open else None,
            cells.days_in_stage,
            "age",
            ("active_stage",),
            is_figure=True,
        ),
        Column("owner", _("Owner"), lambda row, at: row.owner.shown_name, cells.owner, "owner", ("owner",)),
        Column("unit", _("Team"), lambda row, at: _text(row.owner.unit), None, "", ("owner__unit",)),
        Column("rating", _("Rating"), lambda row, at: row.get_rating_display(), cells.rating, "rating"),
        Column(
            "forecast", _("Forecast category"), lambda row, at: row.get_forecast_category_display(), None, "forecast"
        ),
        Column("created", _("Created"), lambda row, at: timezone.localdate(row.created_at), None, "-created"),
        Column("changed", _("Changed"), lambda row, at: timezone.localdate(row.modified_at)),
    )
}
"""Every column by its name, in the order in which people choose from them."""

DEFAULT: Columns = tuple(ALL[name] for name in (NAME, "stage", "revenue", "close", "next", "age", "owner"))

ORDERS: dict[str, Promise] = {"": _("Last changed")} | {
    column.order: column.label for column in ALL.values() if column.order and column.name != "due"
}
"""The label of each order of a list."""


def chosen(names: Iterable[str]) -> Columns:
    """The columns with these names, in their order; without any, the default.

    The name of the opportunity is always the first. A name that no column has is left out.
    """
    known = tuple(dict.fromkeys(name for name in names if name in ALL and name != NAME))
    return (ALL[NAME], *(ALL[name] for name in known)) if known else DEFAULT


def related(columns: Iterable[Column]) -> list[str]:
    """The relations that these columns read, for `select_related`."""
    return sorted({name for column in columns for name in column.related})

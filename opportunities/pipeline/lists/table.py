"""The table of a page of the list: its rows, read by key, and their cells."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString

from opportunities import access
from opportunities.activities import news
from opportunities.forms import cells
from opportunities.models import Opportunity
from opportunities.pipeline.lists import columns
from opportunities.pipeline.lists.cells import Drawing
from salesflow.users.models import User

LONG_TEXTS = ("description", "customer_need", "proposed_solution")  # no column shows them
ALWAYS = ("owner", "active_stage", "status_reason")
REVENUE = "revenue"
CHANGED_IN_PLACE = ("next", *cells.FIELDS)


@dataclass(frozen=True)
class TableRow:
    opportunity: Opportunity
    cells: list[SafeString]


@dataclass(frozen=True)
class ListTable:
    rows: list[TableRow]
    columns: columns.Columns

    @property
    def before_total(self) -> int:
        """How many columns are before that of the revenue, in which the total is; all, if the table has none."""
        names = [column.name for column in self.columns]
        return names.index(REVENUE) if REVENUE in names else len(names)

    @property
    def has_total(self) -> bool:
        """Whether the total has a column of its own."""
        return self.before_total < len(self.columns)

    @property
    def after_total(self) -> int:
        """How many columns are after that of the revenue."""
        return max(len(self.columns) - self.before_total - 1, 0)

    @property
    def is_wide(self) -> bool:
        """Whether it has more columns than the widths of the style sheet provide for."""
        return len(self.columns) > len(columns.DEFAULT)


def read(pks: list[int], shown: columns.Columns) -> list[Opportunity]:
    """The opportunities with these ids, in their order. One query."""
    related = {*ALWAYS, *columns.related(shown)}
    rows = Opportunity.objects.select_related(*sorted(related)).defer(*LONG_TEXTS).in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def of(rows: Iterable[Opportunity], found: Any, *, at: datetime.datetime, reader: User, focus: str = "") -> ListTable:
    """The table of these rows of a filter. One query, and one for the tracks."""
    rows, shown = list(rows), found.shown_columns
    drawing = Drawing(
        now=at,
        today=found.about.today,
        tracks=found.tracks,
        news=news.among(reader, rows),
        names_account=columns.ALL["account"] not in shown,
        changes=CHANGED_IN_PLACE if access.may_write(reader) else (),
        owner_of=None if reader.is_manager else reader.pk,
        focus=focus,
    )
    if focus and rows and not (columns.ALL[focus] in shown and drawing.may_change(rows[0], focus)):
        drawing = replace(drawing, focus=columns.NAME)  # the owner was given away, so this cell has no link any more
    return ListTable([TableRow(row, [column.drawn(row, drawing) for column in shown]) for row in rows], shown)

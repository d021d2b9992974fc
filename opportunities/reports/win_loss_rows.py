"""The rows of the tables about won and lost opportunities, each figure with its filters."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from opportunities.reports import closed, numbers
from opportunities.reports.closed import LOST, WON, Outcomes
from opportunities.reports.tables import (
    Days,
    Definition,
    Filters,
    Measure,
    Number,
    ReportColumn,
    Row,
    Table,
    Text,
)

MOST_ROWS = 50
"""Of people, industries and competitors. The rest is one row."""

OUTCOMES = (
    ReportColumn("closed", pgettext_lazy("opportunities", "Closed"), is_bar=True),
    ReportColumn("won", pgettext_lazy("opportunities", "Won"), is_bar=True),
    ReportColumn("lost", pgettext_lazy("opportunities", "Lost")),
    ReportColumn("rate", _("Win rate"), Measure.PERCENT),
    ReportColumn("won_revenue", _("Won revenue"), Measure.MONEY),
    ReportColumn("lost_value", _("Lost value"), Measure.MONEY),
    ReportColumn("rate_by_value", _("Win rate by value"), Measure.PERCENT),
)
PART_OF_LOST = (
    ReportColumn("lost", pgettext_lazy("opportunities", "Lost"), is_bar=True),
    ReportColumn("share", _("Part of the lost"), Measure.PERCENT),
    ReportColumn("lost_value", _("Lost value"), Measure.MONEY),
)
PART_OF_WON = (
    ReportColumn("won", pgettext_lazy("opportunities", "Won"), is_bar=True),
    ReportColumn("share", _("Part of the won"), Measure.PERCENT),
    ReportColumn("won_revenue", _("Won revenue"), Measure.MONEY),
)
DEBRIEFS = (
    ReportColumn("debriefs", _("Debriefs"), is_bar=True),
    ReportColumn("say_why", _("Say why")),
    ReportColumn("price_gaps", _("Name a price gap")),
    ReportColumn("median_gap", _("Median price gap"), Measure.PERCENT),
    ReportColumn("lower_gap", _("Lower quartile"), Measure.PERCENT),
    ReportColumn("upper_gap", _("Upper quartile"), Measure.PERCENT),
    ReportColumn("mean_gap", _("Mean price gap"), Measure.PERCENT),
)

CLOSED = Definition(
    pgettext_lazy("opportunities", "Closed"),
    _("Won or lost, with a close date in the period. What was reopened counts only by the closing that holds now."),
)
RATE = Definition(_("Win rate"), _("The won in percent of the won and the lost."))
VALUE = Definition(
    _("Win rate by value"),
    _(
        "Won revenue in percent of won revenue and lost value. Won revenue is the actual revenue. Lost value is the "
        "estimated revenue of the lost; a lost opportunity without one adds nothing."
    ),
)
MEANING = (CLOSED, RATE, VALUE)
PRICE_GAP = Definition(
    _("Price gap"),
    _("How far our price was above theirs, in percent; with a minus if it was below."),
)
ABOUT_DEBRIEFS = (
    CLOSED,
    PRICE_GAP,
    Definition(_("Median"), _("The middle one in order; of an even number the mean of the two in the middle.")),
    Definition(
        _("Quartiles"),
        _("The spread of the price gaps: half of them are from the lower to the upper one. The nearest rank is used."),
    ),
)

NONE_CLOSED = _("Nothing was closed in this period.")
NONE_LOST = _("Nothing was lost in this period.")


@dataclass(frozen=True)
class Line:
    """One value of a dimension: its label, its outcomes, and the filters that find it; None if there are none."""

    label: Text
    outcomes: Outcomes
    filters: Filters | None
    note: Text = ""


class Lines:
    """Makes rows of lines. `whole` has the outcomes of all that was closed in the period."""

    def __init__(self, period: Days, whole: Outcomes) -> None:
        self.period = period
        self.whole = Line(_("Total"), whole, {})

    def filters(self, status: str, line: Line, period: Days | None = None) -> Filters | None:
        if line.filters is None:
            return None
        return {"status": status, **(period or self.period).filters("closed"), **line.filters}

    def row(self, line: Line, period: Days | None = None) -> Row:
        both, won, lost = (self.filters(status, line, period) for status in ("all", WON, LOST))
        counted = line.outcomes
        figures = [
            Number(counted.count, both),
            Number(counted.won, won),
            Number(counted.lost, lost),
            Number(counted.rate),
            Number(counted.won_revenue, won),
            Number(counted.lost_value, lost),
            Number(counted.rate_by_value),
        ]
        return Row(line.label, figures, both, note=line.note)

    def table(
        self,
        key: str,
        title: Text,
        rows_are: Text,
        rows: list[Row],
        *,
        guide: Text = "",
        has_total: bool = True,
        is_whole: bool = False,
    ) -> Table:
        """`is_whole`: its rows are the total themselves."""
        total = self.row(self.whole) if has_total and rows and not is_whole else None
        return Table(key, title, rows_are, OUTCOMES, rows, total, guide, MEANING, NONE_CLOSED)

    def lost(self, key: str, title: Text, rows_are: Text, lines: Iterable[Line]) -> Table:
        rows = [self.lost_row(line) for line in lines]
        total = self.lost_row(self.whole) if rows else None
        return Table(key, title, rows_are, PART_OF_LOST, rows, total, "", MEANING, NONE_LOST)

    def lost_row(self, line: Line) -> Row:
        filters = self.filters(LOST, line)
        share = numbers.rate(line.outcomes.lost, self.whole.outcomes.lost)
        lost, value = line.outcomes.lost, line.outcomes.lost_value
        return Row(line.label, [Number(lost, filters), Number(share), Number(value, filters)], filters)


def most(lines: Iterable[Line], *, add_up: bool = True) -> list[Line]:
    """Those with the most opportunities first, then by name. The rest is one line, or left out."""
    in_order = sorted(lines, key=lambda line: (-line.outcomes.count, str(line.label).casefold()))
    rest = in_order[MOST_ROWS:]
    if not rest or not add_up:
        return in_order[:MOST_ROWS]
    label = ngettext("%(count)d other", "%(count)d others", len(rest)) % {"count": len(rest)}
    return [*in_order[:MOST_ROWS], Line(label, closed.total(line.outcomes for line in rest), None)]

"""The rows of the tables about won and lost opportunities, each figure with its filters."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from opportunities.reports import closed, numbers
from opportunities.reports.closed import LOST, WON, Outcomes
from opportunities.reports.tables import Column, Days, Definition, Figure, Filters, Row, Table, Text, Unit

MOST_ROWS = 50
"""Of people, industries and competitors. The rest is one row."""

OUTCOMES = (
    Column("closed", pgettext_lazy("opportunities", "Closed"), is_bar=True),
    Column("won", pgettext_lazy("opportunities", "Won"), is_bar=True),
    Column("lost", pgettext_lazy("opportunities", "Lost")),
    Column("rate", _("Win rate"), Unit.PERCENT),
    Column("won_revenue", _("Won revenue"), Unit.MONEY),
    Column("lost_value", _("Lost value"), Unit.MONEY),
    Column("rate_by_value", _("Win rate by value"), Unit.PERCENT),
)
PART_OF_LOST = (
    Column("lost", pgettext_lazy("opportunities", "Lost"), is_bar=True),
    Column("share", _("Part of the lost"), Unit.PERCENT),
    Column("lost_value", _("Lost value"), Unit.MONEY),
)
PART_OF_WON = (
    Column("won", pgettext_lazy("opportunities", "Won"), is_bar=True),
    Column("share", _("Part of the won"), Unit.PERCENT),
    Column("won_revenue", _("Won revenue"), Unit.MONEY),
)
DEBRIEFS = (
    Column("debriefs", _("Debriefs"), is_bar=True),
    Column("say_why", _("Say why")),
    Column("price_gaps", _("Name a price gap")),
    Column("median_gap", _("Median price gap"), Unit.PERCENT),
    Column("mean_gap", _("Mean price gap"), Unit.PERCENT),
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
ABOUT_DEBRIEFS = (
    CLOSED,
    Definition(
        _("Price gap"),
        _("How far our price was above theirs, in percent; with a minus if it was below."),
    ),
    Definition(_("Median"), _("The middle one in order; of an even number the mean of the two in the middle.")),
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
            Figure(counted.count, both),
            Figure(counted.won, won),
            Figure(counted.lost, lost),
            Figure(counted.rate),
            Figure(counted.won_revenue, won),
            Figure(counted.lost_value, lost),
            Figure(counted.rate_by_value),
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
        return Row(line.label, [Figure(lost, filters), Figure(share), Figure(value, filters)], filters)


def most(lines: Iterable[Line], *, add_up: bool = True) -> list[Line]:
    """Those with the most opportunities first, then by name. The rest is one line, or left out."""
    in_order = sorted(lines, key=lambda line: (-line.outcomes.count, str(line.label).casefold()))
    rest = in_order[MOST_ROWS:]
    if not rest or not add_up:
        return in_order[:MOST_ROWS]
    label = ngettext("%(count)d other", "%(count)d others", len(rest)) % {"count": len(rest)}
    return [*in_order[:MOST_ROWS], Line(label, closed.total(line.outcomes for line in rest), None)]

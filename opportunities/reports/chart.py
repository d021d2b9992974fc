"""A table of a report as the page draws it: each figure with its address and text, and its row with bars.

Bars are in integers, because SVG attributes take no localised decimals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.text import Truncator

from opportunities import formats, money, way_back
from opportunities.reports.filter import ReportFilter
from opportunities.reports.tables import Filters, Measure, Number, ReportColumn, Row, Table, Text, TextColumn

MANY_COLUMNS = 7
"""So many have no room beside each other on a tablet."""
BEGINNING = 280  # characters of a long text, so that twenty rows of three stay far below 100 kB
FULL = 1000  # the length of the longest bar, in units of the drawing
THICK, THIN = 20, 8  # the heights of the first bar of a row and of the second
SHORTEST = 4  # the length of the shortest bar that is not 0


@dataclass(frozen=True)
class DrawnCell:
    """One figure: its text, where it leads, and how it looks."""

    column: ReportColumn
    head: str
    text: str
    address: str
    state: str


@dataclass(frozen=True)
class DrawnText:
    column: TextColumn
    text: str


@dataclass(frozen=True)
class Bar:
    """One bar of a row. The bars of a row overlap: each is drawn over those before it."""

    place: int
    length: int
    is_less: bool
    """Whether its figure is below 0."""

    @property
    def height(self) -> int:
        """The second bar is thinner than the first, so that not only the colour says which is which."""
        return THIN if self.place else THICK

    @property
    def top(self) -> int:
        return (THICK - self.height) // 2


@dataclass(frozen=True)
class DrawnRow:
    row: Row
    texts: Sequence[DrawnText]
    cells: Sequence[DrawnCell]
    address: str
    bars: Sequence[Bar]

    @property
    def bars_say(self) -> str:
        """What the bars show, in words."""
        drawn = [cell for cell in self.cells if cell.column.is_bar]
        return f"{self.row.label}: {', '.join(f'{cell.head} {cell.text}' for cell in drawn)}"


@dataclass(frozen=True)
class DrawnTable:
    table: Table
    rows: Sequence[DrawnRow]
    total: DrawnRow | None
    bar_columns: Sequence[ReportColumn]
    heads: Sequence[str]
    address_of_all: str = ""
    """Where `more` leads."""

    @property
    def has_less(self) -> bool:
        """Whether a bar is that of a figure below 0."""
        return any(bar.is_less for row in self.rows for bar in row.bars)

    @property
    def is_wide(self) -> bool:
        return len(self.table.text_columns) + len(self.table.columns) >= MANY_COLUMNS

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return 1 + bool(self.bar_columns) + len(self.table.text_columns) + len(self.table.columns)


def drawn(table: Table, found: ReportFilter, report: str) -> DrawnTable:
    """`found` has the filters of the page, which the list behind each figure has, too; it leads back to `report`."""
    bars = [place for place, column in enumerate(table.columns) if column.is_bar]
    longest = max((abs(_number(row.figures[place])) for row in table.rows for place in bars), default=Decimal(0))

    def address(filters: Filters | None) -> str:
        query = None if filters is None else found.list_query(filters)
        return "" if query is None else f"{reverse(way_back.LIST)}?{urlencode({**query, way_back.REPORT: report})}"

    def as_drawn(row: Row, *, with_bars: bool) -> DrawnRow:
        cells = [_cell(column, figure, address) for column, figure in zip(table.columns, row.figures, strict=True)]
        lengths = [_bar(at, _number(row.figures[place]), longest) for at, place in enumerate(bars)] if with_bars else []
        texts = [_text(*each) for each in zip(table.text_columns, row.texts, strict=False)]
        return DrawnRow(row, texts, cells, row.address or address(row.filters), lengths)

    return DrawnTable(
        table,
        [as_drawn(row, with_bars=True) for row in table.rows],
        as_drawn(table.total, with_bars=False) if table.total else None,
        [table.columns[place] for place in bars],
        [_head(column) for column in table.columns],
        address(table.more.filters) if table.more else "",
    )


def shown(figure: Number, unit: Measure) -> str:
    """The figure in the reader's language."""
    value = figure.value
    if value is None:
        return formats.NOTHING
    match unit:
        case Measure.PERCENT:
            return f"{_one_place(value)}{money.NO_BREAK_SPACE}%"
        case Measure.DAYS:
            return _one_place(value)
    return money.grouped(value)


def _one_place(figure: Decimal | int) -> str:
    """`36.5`, `36,5`; a whole number without a decimal."""
    number = Decimal(figure)
    is_whole = number == number.to_integral()
    written = number_format(abs(number), decimal_pos=0 if is_whole else 1, force_grouping=True)
    return f"{money.MINUS}{written}" if number < 0 else written


def _text(column: TextColumn, text: Text) -> DrawnText:
    return DrawnText(column, Truncator(text).chars(BEGINNING) if column.is_long else str(text))


def _cell(column: ReportColumn, figure: Number, address: Callable[[Filters | None], str]) -> DrawnCell:
    leads_to, state = (address(figure.filters), column.state) if figure.value else ("", "")
    return DrawnCell(column, _head(column), shown(figure, column.unit), leads_to, state)


def _head(column: ReportColumn) -> str:
    """The head of a column. Of amounts it says the currency, which the figures leave out."""
    return f"{column.label}, {money.unit()}" if column.unit == Measure.MONEY else str(column.label)


def _bar(place: int, amount: Decimal, longest: Decimal) -> Bar:
    length = max(int(abs(amount) * FULL / longest), SHORTEST) if amount else 0
    return Bar(place, length, amount < 0)


def _number(figure: Number) -> Decimal:
    return Decimal(figure.value or 0)

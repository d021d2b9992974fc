"""The geometry of a chart, in integers, because SVG attributes take no localised decimals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from opportunities.pipeline.totals import Totals
from opportunities.reports import funnel

FULL = 1000  # the length of the longest bar, in units of the drawing
SHORTEST = 4  # the length of the shortest bar that is not 0
ROW_HEIGHT = 56  # pixels, as `.chart-links` has it


@dataclass(frozen=True)
class Bar:
    """One stage of a chart: its figures, the place and length of its bar, and the address of the list behind it."""

    row: funnel.FunnelRow
    position: int
    longest: Decimal
    address: str

    @property
    def name_at(self) -> int:
        return self.position * ROW_HEIGHT + 20

    @property
    def bar_at(self) -> int:
        return self.position * ROW_HEIGHT + 30

    @property
    def revenue(self) -> int:
        return self._length(self.row.revenue)

    @property
    def weighted(self) -> int:
        return self._length(self.row.weighted)

    def _length(self, amount: Decimal) -> int:
        return max(int(amount * FULL / self.longest), SHORTEST) if amount else 0


@dataclass(frozen=True)
class Chart:
    """The rows of a report as bars, scaled to the longest."""

    rows: Sequence[funnel.FunnelRow]
    address: Callable[..., str]
    """The address of the list with the filter of the funnel, and with more filters."""

    @property
    def bars(self) -> list[Bar]:
        longest = max((row.revenue for row in self.rows), default=Decimal(0))
        return [
            Bar(row, position, longest, f"{reverse('opportunity_list')}{self.address(stage=str(row.stage.pk))}")
            for position, row in enumerate(self.rows)
        ]

    @property
    def height(self) -> int:
        return len(self.rows) * ROW_HEIGHT

    @property
    def total(self) -> Totals:
        return funnel.total(self.rows)

    @property
    def spans_processes(self) -> bool:
        return len({row.stage.process_id for row in self.rows}) > 1

"""How the pipeline changed between two moments: which part each opportunity has in it.

The pipeline of a moment is what was open then; with a horizon, only that with an estimated close date in it. `PARTS` is
the rule. `bridge_rows` reads it for groups of opportunities, which the report adds up, and as a condition of the
database for the filter of the list, so that the two cannot differ.
"""

import datetime
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from opportunities.pipeline import periods
from opportunities.pipeline.conditions import midnight
from opportunities.pipeline.periods import Period


class Horizon(enum.StrEnum):
    """The fiscal quarter or year in which the time ends. The word is its value in an address."""

    QUARTER = Period.THIS_QUARTER.value
    YEAR = Period.THIS_YEAR.value


class Part(enum.StrEnum):
    """The word is its value in an address."""

    OPENING = "opening"
    NEW = "new"
    REOPENED = "reopened"
    PULLED_IN = "pulled_in"
    GROWN = "grown"
    SHRUNK = "shrunk"
    PUSHED_OUT = "pushed_out"
    LOST = "lost"
    WON = "won"
    CLOSING = "closing"


@dataclass(frozen=True)
class PipelineChange:
    """The time from the beginning of the first day to the end of the last, and the horizon of the pipeline."""

    first: datetime.date
    last: datetime.date
    horizon: Horizon | None = None

    @property
    def begins(self) -> datetime.datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime.datetime:
        return midnight(self.last + datetime.timedelta(days=1))

    @property
    def horizon_days(self) -> tuple[datetime.date, datetime.date] | None:
        """The first and the last day of the horizon."""
        if self.horizon is None:
            return None
        return periods.days(Period(self.horizon), self.last, first_month=settings.FISCAL_YEAR_FIRST_MONTH)


@dataclass(frozen=True)
class Flags:
    """What is true of an opportunity, before the time (at its beginning) and after it (at its end).

    Either booleans, or conditions of the database (Q). Both take `&` and `|`; so what is not true is a flag of its own.
    """

    absent_before: Any  # created later
    closed_before: Any
    open_before: Any
    dated_before: Any  # with an estimated close date in the horizon
    undated_before: Any
    open_after: Any
    lost: Any  # closed as lost during the time, and still closed after it
    won: Any
    dated_after: Any
    undated_after: Any
    grew: Any  # the estimated revenue of after is more than that of before
    shrank: Any

    @property
    def was_in(self) -> Any:
        return self.open_before & self.dated_before

    @property
    def came_in(self) -> Any:
        """It was in the pipeline in the end, or when it was closed."""
        return (self.open_after | self.lost | self.won) & self.dated_after


PARTS: Mapping[Part, Callable[[Flags], Any]] = {
    Part.OPENING: lambda flags: flags.was_in,
    Part.NEW: lambda flags: flags.absent_before & flags.came_in,
    Part.REOPENED: lambda flags: flags.closed_before & flags.came_in,
    Part.PULLED_IN: lambda flags: flags.open_before & flags.undated_before & flags.came_in,
    Part.GROWN: lambda flags: flags.was_in & flags.grew,
    Part.SHRUNK: lambda flags: flags.was_in & flags.shrank,
    Part.PUSHED_OUT: lambda flags: flags.was_in & flags.open_after & flags.undated_after,
    Part.LOST: lambda flags: flags.lost & (flags.was_in | flags.dated_after),
    Part.WON: lambda flags: flags.won & (flags.was_in | flags.dated_after),
    Part.CLOSING: lambda flags: flags.open_after & flags.dated_after,
}
"""Which opportunities each part has.

An opportunity that was not in the pipeline before comes in by one part (new, reopened, pulled in); one that is not in
it after leaves by one (pushed out, lost, won). One that was created and closed during the time has both. Grown and
shrunk have the difference of those that were in it before.
"""


@dataclass(frozen=True)
class ChangeGroup:
    """Opportunities with the same flags, and their estimated revenue before and after, in whole cents."""

    flags: Flags
    count: int
    cents_before: int
    cents_after: int

    def cents(self, part: Part) -> int:
        """What the group adds to the part; less than 0 for what the pipeline loses by it."""
        match part:
            case Part.OPENING:
                return self.cents_before
            case Part.GROWN | Part.SHRUNK:
                return self.cents_after - self.cents_before
            case Part.PUSHED_OUT | Part.LOST | Part.WON:
                return -self.cents_after
        return self.cents_after

"""Counts opportunities by their status. Counts only those that the reader may see."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import pgettext_lazy

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet

Status = Opportunity.Status

LABELS = {
    Status.OPEN: pgettext_lazy("opportunities", "Open"),
    Status.WON: pgettext_lazy("opportunities", "Won"),
    Status.LOST: pgettext_lazy("opportunities", "Lost"),
}
"""The names of the figures."""


@dataclass(frozen=True)
class StatusCounts:
    """How many opportunities there are, by their status."""

    open: int = 0
    won: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        return self.open + self.won + self.lost

    @property
    def win_rate(self) -> int | None:
        """Of the closed ones, those that were won, in whole percent. None if none is closed."""
        closed = self.won + self.lost
        return round(100 * self.won / closed) if closed else None

    def first_status(self, asked: str | None) -> str:
        """The status asked for, or the first that has any."""
        if asked in Status.values:
            return str(asked)
        return next((status for status in Status.values if getattr(self, status)), Status.OPEN.value)

    @property
    def tabs(self) -> list[tuple[str, object, int]]:
        """Each status with its name and its number."""
        return [(each.value, text, getattr(self, each)) for each, text in LABELS.items()]


def counted(opportunities: OpportunityQuerySet) -> StatusCounts:
    """One query."""
    return StatusCounts(**dict(opportunities.order_by().values_list("status").annotate(number=Count("pk"))))

"""How an opportunity ended, in figures."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import cached_property

from opportunities.models import Closing, Opportunity, Waiver
from opportunities.progress import Progress


@dataclass(frozen=True)
class Ended:
    """A closed opportunity, as the line on top of its page describes it."""

    opportunity: Opportunity
    closing: Closing
    progress: Progress

    @property
    def days(self) -> int:
        """From its creation to the close date. 0 if it was entered after it had been decided."""
        return max((self.closing.closed_on - timezone.localdate(self.opportunity.created_at)).days, 0)

    @property
    def stages(self) -> int:
        """How many stages it was in."""
        return len(self.progress.visited)

    @property
    def waived(self) -> int:
        """How many steps a manager waived to close it."""
        return self._kinds.count(Waiver.Kind.EXCEPTION)

    @property
    def imported(self) -> int:
        """How many steps its closing lacked when it was imported."""
        return self._kinds.count(Waiver.Kind.IMPORTED)

    @cached_property
    def _kinds(self) -> list[str]:
        """The kinds of the waivers of the closing. One query."""
        return list(self.closing.waivers.values_list("kind", flat=True))

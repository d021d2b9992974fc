"""How an opportunity ended, in figures."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import cached_property

from opportunities.models import Closing, Opportunity
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

    @cached_property
    def waived(self) -> int:
        """How many steps were waived to close it. One query."""
        return self.closing.waivers.count()

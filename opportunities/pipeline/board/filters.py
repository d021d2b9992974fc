"""The filter of the board: that of the list, with one process."""

from django.http import QueryDict

from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.pipeline.filters import OpportunityFilter
from stages.models import Process, Stage


class BoardFilter(OpportunityFilter):
    """The filter of the list. Without a process in the address it has that of the stage, or else the default one.

    `process_id` is the process. The rows are those of every process, so that one query sums them all.
    """

    process_id: int

    def read(self, query: QueryDict) -> None:
        stages = self.tracks.stages
        asked = fields.query_id(query, "stage")
        in_order = sorted((stage.process for stage in stages), key=lambda process: process.place)
        named = [stage.process for stage in stages if stage.pk == asked]
        first = next((process.pk for process in [*named, *in_order]), 0)
        self.defaults = {**self.defaults, "process": str(first)}
        super().read(query)
        self.process_id = int(self.values.pop("process"))

    @property
    def shows_closed(self) -> bool:
        """Whether the filter asks for closed opportunities only."""
        return self.given("status") in (Opportunity.Status.WON, Opportunity.Status.LOST)

    @property
    def stages(self) -> list[Stage]:
        """The stages of the process, also archived ones."""
        return [stage for stage in self.tracks.stages if stage.process_id == self.process_id]

    def find(self, stage: int) -> Stage | None:
        return next((each for each in self.tracks.stages if each.pk == stage), None)

    def processes(self, used: set[int]) -> list[Process]:
        """The processes in use, the default one first: those that are not archived, and those of the `used` stages."""
        found = {
            stage.process_id: stage.process
            for stage in self.tracks.stages
            if not stage.process.is_archived or stage.pk in used or stage.process_id == self.process_id
        }
        return sorted(found.values(), key=lambda process: process.place)

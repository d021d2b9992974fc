"""The processes and their stages, as the board needs them."""

from django.db.models import Exists, OuterRef
from django.utils.functional import cached_property

from opportunities.models import Opportunity
from stages.models import Process, Stage


class Definitions:
    """All stages with their processes, also archived ones. One query, when it is needed first."""

    @cached_property
    def stages(self) -> list[Stage]:
        """In the order of their process."""
        is_used = Exists(Opportunity.objects.open().filter(active_stage=OuterRef("pk")).order_by())
        return list(Stage.objects.select_related("process").annotate(is_used=is_used).order_by("order", "pk"))

    @cached_property
    def processes(self) -> list[Process]:
        """The processes in use, also an archived one in which an opportunity is open. The default one comes first."""
        found = {each.process_id: each.process for each in self.stages if self._is_in_use(each)}
        return sorted(found.values(), key=lambda process: process.place)

    def _is_in_use(self, stage: Stage) -> bool:
        return not stage.process.is_archived or bool(stage.is_used)  # type: ignore[attr-defined]

    def find(self, stage: int | None) -> Stage | None:
        return next((each for each in self.stages if each.pk == stage), None)

    def stages_of(self, process: int) -> list[Stage]:
        return [stage for stage in self.stages if stage.process_id == process]

    @property
    def probabilities(self) -> dict[int, int]:
        return {stage.pk: stage.probability for stage in self.stages}

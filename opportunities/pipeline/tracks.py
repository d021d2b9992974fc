"""The small track of each opportunity in a list, from the derived columns."""

from collections import defaultdict

from django.utils.functional import cached_property

from opportunities.models import Opportunity
from stages.models import Stage
from stages.track import SmallTrack


class Tracks:
    """Draws the track of any number of opportunities. One query, when the first is drawn."""

    def of(self, opportunity: Opportunity) -> SmallTrack:
        position, stages = self._places[opportunity.active_stage_id]
        return SmallTrack(
            position=position + opportunity.is_finished,
            stages=stages,
            met=opportunity.steps_met - opportunity.steps_waived,
            waived=opportunity.steps_waived,
            required=0 if opportunity.is_finished else opportunity.steps_required,
            is_open=opportunity.is_ready,
            is_missing_behind=bool(opportunity.missing_behind),
            is_closed=not opportunity.is_open,
        )

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        """By the id of each stage: how many stages in use come before it, and how many the process has, it included."""
        stages: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        rows = Stage.objects.order_by("process_id", "order", "pk").values_list("process_id", "pk", "is_archived")
        for process_id, pk, is_archived in rows:
            stages[process_id].append((pk, is_archived))
        places = {}
        for of_process in stages.values():
            in_use = sum(not is_archived for _pk, is_archived in of_process)
            before = 0
            for pk, is_archived in of_process:
                places[pk] = before, in_use + is_archived
                before += not is_archived
        return places

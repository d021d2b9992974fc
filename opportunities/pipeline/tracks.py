"""The small track of each opportunity in a list, from the derived columns."""

from collections import defaultdict

from django.utils.functional import cached_property

from opportunities.models import Opportunity
from stages.models import Stage
from stages.track import SmallTrack

_READ = (
    *("process_id", "phase_id", "order", "is_archived", "target_days", "probability", "name_en", "name_nb"),
    *("process__name_en", "process__name_nb", "process__is_default", "process__is_archived"),
)


class Tracks:
    """Draws the track of any number of opportunities, from all stages. One query, when it is needed first."""

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

    @property
    def targets(self) -> dict[int, int]:
        """The target of each stage with one, in days, by the id of the stage."""
        return {row.pk: row.target_days for row in self._rows if row.target_days is not None}

    @property
    def probabilities(self) -> dict[int, int]:
        """The probability of each stage in percent, by the id of the stage."""
        return {row.pk: row.probability for row in self._rows}

    def following(self, opportunity: Opportunity) -> Stage | None:
        """The stage in use after the active one; None after the last."""
        active = next(row for row in self._rows if row.pk == opportunity.active_stage_id)
        rows = [row for row in self._rows if row.process_id == active.process_id]
        later = rows[rows.index(active) + 1 :]
        return next((row for row in later if not row.is_archived), None)

    @property
    def in_use(self) -> list[Stage]:
        """The stages that are not archived, of processes that are not, in the order in which people read them."""
        found = [row for row in self._rows if not row.is_archived and not row.process.is_archived]
        return sorted(found, key=lambda row: row.process.place)

    @property
    def has_several_processes(self) -> bool:
        """Whether more than one process is in use."""
        return len({stage.process_id for stage in self.in_use}) > 1

    @property
    def stages(self) -> list[Stage]:
        """Every stage, also archived ones, in the order of its process."""
        return self._rows

    @cached_property
    def _rows(self) -> list[Stage]:
        return list(Stage.objects.select_related("process").order_by("process_id", "order", "pk").only(*_READ))

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        """By the id of each stage: how many stages in use come before it, and how many the process has, it included."""
        stages: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for row in self._rows:
            stages[row.process_id].append((row.pk, row.is_archived))
        places = {}
        for of_process in stages.values():
            in_use = sum(not is_archived for _pk, is_archived in of_process)
            before = 0
            for pk, is_archived in of_process:
                places[pk] = before, in_use + is_archived
                before += not is_archived
        return places

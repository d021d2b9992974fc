"""The filters that find what reports count: about the way through the stages."""

from django.utils.translation import gettext_lazy as _

from opportunities.pipeline import reached, visit_conditions
from opportunities.pipeline.filters import rows
from opportunities.pipeline.filters.kinds import Condition, DayCondition, DaysCondition, RowCondition

ANY = _("All")
PHASE_MAY_MISLEAD = _(
    "With several processes on one opportunity, the phase is that of the stage entered last, in any of them, and may "
    "mislead."
)


class PhaseCondition(RowCondition):
    """The pipeline phase. It is offered only where it says more than the stage does."""

    @property
    def is_offered(self) -> bool:
        return bool(self.parent.about.tracks.has_several_processes)


STAGES_PASSED: dict[str, Condition] = {
    "entered_from": DayCondition(
        label=_("Entered the process from"), where=lambda value, about: visit_conditions.entered_between(value, None)
    ),
    "entered_to": DayCondition(
        label=_("Entered the process until"), where=lambda value, about: visit_conditions.entered_between(None, value)
    ),
    "reached": RowCondition(
        label=_("Reached at least"),
        rows=rows.STAGES,
        empty_label=ANY,
        where=lambda value, about: reached.condition(int(value), about.tracks.stages),
    ),
    "lost_from": RowCondition(
        label=_("Lost from"),
        rows=rows.STAGES,
        empty_label=ANY,
        where=lambda value, about: visit_conditions.lost_from(int(value)),
    ),
    "phase": PhaseCondition(
        label=_("Pipeline phase"),
        note=PHASE_MAY_MISLEAD,
        rows=rows.PHASES,
        empty_label=ANY,
        where=lambda value, about: visit_conditions.in_phase(value),
    ),
    "days_from": DaysCondition(
        label=_("Days in the stage from"),
        where=lambda value, about: visit_conditions.days_in_stage_from(value, about.today),
    ),
    "days_to": DaysCondition(
        label=_("Days in the stage until"),
        where=lambda value, about: visit_conditions.days_in_stage_to(value, about.today),
    ),
}

OF_CLOSED = ("entered_from", "entered_to", "reached", "lost_from")
"""Filters that also find what is closed."""

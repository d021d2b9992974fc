"""The open opportunities by pipeline phase: by that of the stage entered last, through any process."""

from collections import defaultdict

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from opportunities.pipeline import totals
from opportunities.pipeline.filters.history import PHASE_MAY_MISLEAD
from opportunities.pipeline.totals import StageGroup
from opportunities.pipeline.visit_conditions import NO_PHASE
from opportunities.reports.cohorts import OPEN
from opportunities.reports.pipelines import ESTIMATED, SUMS, WEIGHTED, Pipeline, sums, without_revenue
from opportunities.reports.tables import Definition, Number, Row, Table
from stages.models import PipelinePhase

PHASE = Definition(
    gettext_lazy("Pipeline phase"),
    gettext_lazy(
        "Stages of several processes can have the same phase. A deal counts in the phase of the stage that it entered "
        "last, in any process."
    ),
)


def by_phase(pipeline: Pipeline) -> Table | None:
    """None where only one process is in use. Two queries, besides those of the pipeline."""
    if not pipeline.tracks.has_several_processes:
        return None
    in_phase: dict[int | None, list[StageGroup]] = defaultdict(list)
    phases_of_stages = {stage.pk: stage.phase_id for stage in pipeline.tracks.stages}
    for group in totals.groups(pipeline.opportunities, "pipeline_phase"):
        in_phase[phases_of_stages[group.by]].append(group)
    rows = [_row(pipeline, phase.name, str(phase.pk), in_phase[phase.pk]) for phase in PipelinePhase.objects.all()]
    if in_phase[None]:
        rows.append(_row(pipeline, gettext_lazy("Without a phase"), NO_PHASE, in_phase[None]))
    every = pipeline.total([group for groups in in_phase.values() for group in groups])
    return Table(
        key="phases",
        title=gettext_lazy("Pipeline by phase"),
        rows_are=gettext_lazy("Pipeline phase"),
        columns=SUMS,
        rows=rows,
        total=Row(gettext_lazy("Total"), sums(every, {"status": OPEN.value}), note=without_revenue(every)),
        guide=format_lazy(
            "{} {}",
            PHASE_MAY_MISLEAD,
            gettext_lazy("The deals by stage are counted in the primary process."),
        ),
        definitions=(PHASE, ESTIMATED, WEIGHTED),
        empty=gettext_lazy("There are no pipeline phases."),
    )


def _row(pipeline: Pipeline, label: object, phase: str, groups: list[StageGroup]) -> Row:
    total, filters = pipeline.total(groups), {"status": OPEN.value, "phase": phase}
    figures: list[Number] = sums(total, filters)
    return Row(label, figures, filters=filters, note=without_revenue(total))

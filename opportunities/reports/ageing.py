"""The ageing list: the open opportunities that are longest in their stage, one row each."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.day_groups import Reason
from opportunities.pipeline.lists import orders
from opportunities.reports.owners_now import LATE, SLIPPED
from opportunities.reports.pipelines import DAYS_IN_STAGE, WITHOUT_DAYS, Pipeline
from opportunities.reports.tables import Definition, Measure, More, Number, ReportColumn, Row, Scope, Table, TextColumn

MOST_ROWS = 25
ORDER = "age"
"""The order of the rows, and of the list of all: the most days in the stage first."""

TEXTS = (
    TextColumn("owner", gettext_lazy("Owner")),
    TextColumn("stage", gettext_lazy("Stage")),
    TextColumn("marks", gettext_lazy("Marks")),
)
COLUMNS = (
    ReportColumn("days", gettext_lazy("Days in the stage"), Measure.DAYS),
    ReportColumn("limit", gettext_lazy("More days than"), Measure.DAYS, is_limit=True),
    ReportColumn("over", gettext_lazy("Days over"), Measure.DAYS, state="over"),
    ReportColumn("days_open", gettext_lazy("Days open"), Measure.DAYS),
    ReportColumn("revenue", gettext_lazy("Estimated"), Measure.MONEY),
)
MARKS = {
    Reason.LATE: pgettext_lazy("opportunities", "Late"),
    Reason.SLIPPED: pgettext_lazy("opportunities", "Slipped"),
    Reason.UNPLANNED: gettext_lazy("Nothing planned"),
    Reason.READY: pgettext_lazy("opportunities", "Ready"),
}
DAYS_OPEN = Definition(gettext_lazy("Days open"), gettext_lazy("Days of the calendar since the deal was created."))

_READ = (
    *("name", "estimated_revenue", "stage_counted_from", "created_at", "status", "active_stage_id"),
    *("owner__username", "owner__first_name", "owner__last_name", "owner__is_active"),
)


def table(
    scope: Scope,
    pipeline: Pipeline,
    in_stages: OpportunityQuerySet,
    limits: Mapping[int, int],
    about_limits: Definition,
    count: int,
) -> Table:
    """The first of the opportunities whose days count; `count` is how many these are. One query.

    `limits` has the days of each stage after which an opportunity is in it too long, by the id of the stage.
    """
    stages = {stage.pk: stage.name for stage in pipeline.stages_of_process}
    return Table(
        key="ageing",
        title=gettext_lazy("Longest in the stage"),
        rows_are=gettext_lazy("Opportunity"),
        columns=COLUMNS,
        rows=[_row(row, scope, stages, limits) for row in _first(scope, pipeline, in_stages)],
        guide=_guide(count),
        definitions=(about_limits, DAYS_IN_STAGE, WITHOUT_DAYS, DAYS_OPEN, LATE, SLIPPED),
        empty=gettext_lazy("No open deal is in a stage."),
        text_columns=TEXTS,
        more=_more(pipeline, count),
    )


def _first(scope: Scope, pipeline: Pipeline, in_stages: OpportunityQuerySet) -> OpportunityQuerySet:
    """The ids are found by an index of the reports; only their rows are read. That takes a tenth of the time."""
    order = orders.order(ORDER)
    first = in_stages.order_by(*order).values("pk")[:MOST_ROWS]
    marks = Reasons(scope.today, pipeline.tracks.targets).as_columns(MARKS)
    rows = Opportunity.objects.filter(pk__in=first).select_related("owner").only(*_READ)
    return rows.annotate(**marks).order_by(*order)


def _row(row: Opportunity, scope: Scope, stages: Mapping[int, str], limits: Mapping[int, int]) -> Row:
    days, limit = _days_since(row.stage_counted_from, scope), limits.get(row.active_stage_id)
    return Row(
        row.name,
        [
            Number(days),
            Number(limit),
            Number(None if limit is None else max(days - limit, 0)),
            Number(_days_since(row.created_at, scope)),
            Number(row.estimated_revenue),
        ],
        address=row.get_absolute_url(),
        texts=(row.owner, stages[row.active_stage_id], ", ".join(_marks(row))),
    )


def _days_since(moment: Any, scope: Scope) -> int:
    return max((scope.today - timezone.localdate(moment)).days, 0)


def _marks(row: Opportunity) -> Iterator[str]:
    for reason, label in MARKS.items():
        if getattr(row, f"why_{reason}"):
            yield str(label)
    if row.has_disabled_owner:
        yield pgettext("opportunities", "Owner disabled")


def _guide(count: int) -> str:
    said = _("The %(most)d open deals with the most days in their stage; those on hold are left out.")
    return said % {"most": MOST_ROWS} if count > MOST_ROWS else _("The most days in the stage first.")


def _more(pipeline: Pipeline, count: int) -> More:
    label = ngettext("The list with this deal", "The list with all %(count)d deals", count) % {"count": count}
    return More(label, {**pipeline.filters_of_process, "days_from": "0", "sort": ORDER})

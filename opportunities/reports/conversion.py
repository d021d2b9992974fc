"""Conversion: of the opportunities that entered the process in a period, how far they got, and why some were lost."""

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from opportunities.models import StatusReason
from opportunities.reports import cohorts, numbers, spreads
from opportunities.reports.cohorts import LOST, OPEN, WON, Cohort, StageCounts
from opportunities.reports.tables import Definition, Filters, Measure, Number, ReportColumn, Row, Scope, Table

REACHED = (
    ReportColumn("reached", gettext_lazy("Reached"), is_bar=True),
    ReportColumn("of_entered", gettext_lazy("Of those that entered"), Measure.PERCENT),
    ReportColumn("of_before", gettext_lazy("Of the stage before"), Measure.PERCENT),
    ReportColumn("open", gettext_lazy("Still there")),
    ReportColumn("won", pgettext_lazy("opportunities", "Won")),
    ReportColumn("lost", gettext_lazy("Lost from here")),
)
DAYS = (
    ReportColumn("median", gettext_lazy("Median days"), Measure.DAYS),
    ReportColumn("p90", gettext_lazy("90th percentile"), Measure.DAYS),
)
ENTERED = Definition(
    gettext_lazy("Entered"),
    gettext_lazy(
        "The deal started in the process on a day of the period. A deal counts in the period in which it entered."
    ),
)
STAGE_REACHED = Definition(
    gettext_lazy("Reached"),
    gettext_lazy(
        "The deal was in the stage or in a later one, or its process is finished. Going back and forth counts once, "
        "and a stage that was skipped counts as reached."
    ),
)
LOST_FROM = Definition(
    gettext_lazy("Lost from here"),
    gettext_lazy(
        "The deal was in this stage when it was closed as lost. Of a reopened deal only the last closing counts."
    ),
)
DAYS_PASSED = Definition(
    gettext_lazy("Days in a stage"),
    gettext_lazy(
        "The time from entering the stage until leaving it. All stays of a deal in a stage are added up, and time on "
        "hold is left out. Deals that are still in the stage are left out."
    ),
)
NEAREST_RANK = Definition(
    gettext_lazy("90th percentile"), gettext_lazy("Nine of ten deals took no longer. The nearest rank is used.")
)


def tables(scope: Scope) -> list[Table]:
    """Three queries."""
    cohort = cohorts.of(scope, with_days=True)
    return [_reached(cohort), _lost(cohort), _days(cohort)] if cohort else []


def _reached(cohort: Cohort) -> Table:
    rows = cohort.stages
    before: list[int | None] = [None, *(row.reached for row in rows)]
    total = {status: sum(getattr(row, status) for row in rows) for status in (OPEN, WON, LOST)}
    closed_filters: Filters = {"process": str(cohort.process.pk), **cohort.filters}
    return Table(
        key="conversion",
        title=gettext_lazy("Conversion"),
        rows_are=gettext_lazy("Stage"),
        columns=REACHED,
        rows=[_stage_row(cohort, row, of) for row, of in zip(rows, before, strict=False)],
        total=Row(
            label=gettext_lazy("Entered, and won of them"),
            figures=[
                Number(cohort.entered, cohort.all_filters),
                Number(numbers.rate(total[WON], cohort.entered)),
                Number(None),
                *(Number(total[status], {"status": status, **closed_filters}) for status in (OPEN, WON, LOST)),
            ],
            filters=cohort.all_filters,
        ),
        guide=gettext_lazy("The deals that entered the process in the period, and how far they have got until now."),
        definitions=(ENTERED, STAGE_REACHED, LOST_FROM),
        empty=gettext_lazy("The process has no stages."),
    )


def _stage_row(cohort: Cohort, row: StageCounts, before: int | None) -> Row:
    pk, period = str(row.stage.pk), cohort.filters
    reached = {"status": "all", "reached": pk, **period}
    return Row(
        label=row.stage.name,
        figures=[
            Number(row.reached, reached),
            Number(numbers.rate(row.reached, cohort.entered)),
            Number(None if before is None else numbers.rate(row.reached, before)),
            Number(row.open, {"status": OPEN.value, "stage": pk, **period}),
            Number(row.won, {"status": WON.value, "stage": pk, **period}),
            Number(row.lost, lost_filters(cohort, row)),
        ],
        filters=reached,
        note=_("Archived") if row.stage.is_archived else "",
        between=went_on(cohort, row),
    )


def lost_filters(cohort: Cohort, row: StageCounts) -> dict[str, str]:
    """Of the list with those that were lost from this stage."""
    return {"status": LOST.value, "lost_from": str(row.stage.pk), **cohort.filters}


def went_on(cohort: Cohort, row: StageCounts) -> str:
    """`72 % went on to Develop · 11 lost`; empty after the last stage and if no deal reached this one."""
    following = cohorts.after(cohort.stages, row)
    if following is None or not row.reached:
        return ""
    percent = round_half_up(following.reached, row.reached)
    said = _("%(percent)s went on to %(stage)s") % {"percent": f"{percent} %", "stage": following.stage.name}
    lost = ngettext("%(count)d lost", "%(count)d lost", row.lost) % {"count": row.lost}
    return f"{said} · {lost}"


def round_half_up(part: int, whole: int) -> int:
    """In whole percent."""
    return (200 * part + whole) // (2 * whole)


def _lost(cohort: Cohort) -> Table:
    """The reasons in the order of the forms, with a column for each stage."""
    counts: Counter[tuple[int, int]] = Counter()
    for group in cohort.groups:
        if group.status == LOST:
            counts[group.reason, group.stage] += group.count
    reasons = StatusReason.objects.filter(pk__in={reason for reason, _stage in counts}).order_by("order", "pk")
    rows = cohort.stages
    columns = [ReportColumn(f"stage_{row.stage.pk}", row.stage.name) for row in rows]

    def figures(count_of_stage: dict[int, int], filters: Filters) -> list[Number]:
        found = [Number(count_of_stage.get(row.stage.pk, 0), {**lost_filters(cohort, row), **filters}) for row in rows]
        every = {"status": LOST.value, "process": str(cohort.process.pk), **cohort.filters, **filters}
        return [*found, Number(sum(count_of_stage.values()), every)]

    def row_of(reason: StatusReason) -> Row:
        of_stage = {stage: count for (pk, stage), count in counts.items() if pk == reason.pk}
        return Row(label=reason.name, figures=figures(of_stage, {"reason": str(reason.pk)}))

    lost = {row.stage.pk: row.lost for row in rows}
    return Table(
        key="lost",
        title=gettext_lazy("Lost by stage and reason"),
        rows_are=gettext_lazy("Reason"),
        columns=[*columns, ReportColumn("total", gettext_lazy("Total"), is_bar=True)],
        rows=[row_of(reason) for reason in reasons],
        total=Row(label=gettext_lazy("Total"), figures=figures(lost, {})),
        guide=gettext_lazy("Of the deals that entered in the period: from which stage they were lost, and why."),
        definitions=(LOST_FROM,),
        empty=gettext_lazy("None of these deals was lost."),
    )


def _days(cohort: Cohort) -> Table:
    found = cohort.spreads
    return Table(
        key="days",
        title=gettext_lazy("Days per stage"),
        rows_are=gettext_lazy("Stage"),
        columns=DAYS,
        rows=[Row(label=row.stage.name, figures=[*days_figures(found.get(row.stage.pk))]) for row in cohort.stages],
        guide=gettext_lazy("How long the deals that entered in the period were in each stage that they have left."),
        definitions=(DAYS_PASSED, NEAREST_RANK),
        empty=gettext_lazy("The process has no stages."),
    )


def days_figures(spread: spreads.Spread | None) -> list[Number]:
    """Median and 90th percentile."""
    if spread is None:
        return [Number(None), Number(None)]
    return [Number(spread.median), Number(spreads.days(spread.percentile(90)))]

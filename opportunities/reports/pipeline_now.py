"""Pipeline now: the open opportunities in each stage and of each owner, and the requests that wait for a manager."""

from collections import defaultdict
from typing import Any

from django.db.models import F, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import access
from opportunities.activities import unanswered
from opportunities.models import CloseRequest, WaiverRequest
from opportunities.pipeline import reps
from opportunities.pipeline.day_groups import DayGroup
from opportunities.pipeline.totals import StageGroup, Totals
from opportunities.reports import cohorts, conversion, numbers, sql, stays
from opportunities.reports.cohorts import OPEN
from opportunities.reports.owners_now import STUCK, STUCK_IN_MY_DAY, by_owner
from opportunities.reports.phases_now import by_phase
from opportunities.reports.pipelines import (
    DAYS_IN_STAGE,
    ESTIMATED,
    MEDIAN_DAYS,
    SUMS,
    WEIGHTED,
    WITHOUT_DAYS,
    Pipeline,
    sums,
    without_revenue,
)
from opportunities.reports.tables import Definition, Filters, Measure, Number, ReportColumn, Row, Scope, Table

OF_STAGE = (
    *SUMS,
    ReportColumn("days", gettext_lazy("Median days"), Measure.DAYS),
    ReportColumn("stuck", STUCK_IN_MY_DAY, state="over"),
)
WENT_ON = Definition(
    gettext_lazy("Went on"),
    gettext_lazy("Of the deals that entered in the period and reached the stage, those that reached the next one."),
)

_REQUESTS = "SELECT kind, COUNT(*) FROM ({0}) AS asked WHERE deal IN ({1}) GROUP BY kind"


def tables(scope: Scope) -> list[Table]:
    """At most eight queries."""
    pipeline = Pipeline(scope)
    stages = _by_stage(pipeline) if scope.process else None
    found = [_requests(scope), by_owner(pipeline), stages, by_phase(pipeline)]
    return [each for each in found if each]


def _by_stage(pipeline: Pipeline) -> Table:
    in_stage: dict[int, list[StageGroup]] = defaultdict(list)
    for group in pipeline.groups:
        in_stage[group.active_stage].append(group)
    stuck, between = _stuck(pipeline), _went_on(pipeline)
    here = pipeline.opportunities.filter(active_stage__in=pipeline.stages_of_process)
    times = stays.that_go_on(here, pipeline.scope.today)
    rows = [
        _sums_row(
            stage.name,
            pipeline.total(in_stage[stage.pk]),
            {"status": OPEN.value, "stage": str(stage.pk)},
            days=Number(numbers.median(times.get(stage.pk, {}))),
            stuck=stuck[stage.pk],
            note=_("Archived") if stage.is_archived else "",
            between=between.get(stage.pk, ""),
        )
        for stage in pipeline.stages_of_process
        if stage.pk in in_stage or not stage.is_archived
    ]
    every, filters = pipeline.total(pipeline.groups), pipeline.filters_of_process
    return Table(
        key="stages",
        title=gettext_lazy("Open deals by stage"),
        rows_are=gettext_lazy("Stage"),
        columns=OF_STAGE,
        rows=rows,
        total=_sums_row(gettext_lazy("Total"), every, filters, days=Number(None), stuck=sum(stuck.values())),
        guide=str(pipeline.scope.process) if pipeline.tracks.has_several_processes else "",
        definitions=(ESTIMATED, WEIGHTED, MEDIAN_DAYS, DAYS_IN_STAGE, WITHOUT_DAYS, STUCK, WENT_ON),
        empty=gettext_lazy("The process has no stages."),
    )


def _stuck(pipeline: Pipeline) -> dict[int, int]:
    """How many are stuck, by the id of each stage of the process."""
    stuck = {stage.pk: 0 for stage in pipeline.stages_of_process}
    for _owner, stage, *figures in pipeline.counted:
        if stage in stuck:
            stuck[stage] += dict(zip(reps.FIGURES, figures, strict=True))["stuck"]
    return stuck


def _went_on(pipeline: Pipeline) -> dict[int, str]:
    cohort = cohorts.of(pipeline.scope, pipeline.tracks)
    return {row.stage.pk: conversion.went_on(cohort, row) for row in cohort.stages} if cohort else {}


def _sums_row(
    label: object, total: Totals, filters: Filters, *, days: Number, stuck: int, note: str = "", between: str = ""
) -> Row:
    figures = [*sums(total, filters), days, Number(stuck, {**filters, "day": DayGroup.STUCK.value})]
    notes = " · ".join(each for each in (note, without_revenue(total)) if each)
    return Row(label, figures, filters=filters, note=notes, between=between)


def _requests(scope: Scope) -> Table | None:
    """None for readers who answer no requests."""
    if not access.may_answer_requests(scope.reader):
        return None
    labels = (gettext_lazy("To close as lost"), gettext_lazy("To waive a step"))
    counts = _counts_of_requests(scope)
    rows = [
        Row(label, [Number(counts.get(kind, 0))], address=f"{reverse('my_day')}#day-asked" if kind in counts else "")
        for kind, label in enumerate(labels)
    ]
    return Table(
        key="requests",
        title=gettext_lazy("Requests that wait"),
        rows_are=gettext_lazy("Request"),
        columns=(ReportColumn("waiting", gettext_lazy("Waiting")),),
        rows=rows,
        guide=gettext_lazy("My day shows them, the oldest first."),
        is_small=True,
    )


def _counts_of_requests(scope: Scope) -> dict[int, int]:
    """How many requests wait, to close and to waive, by 0 and 1. One query."""
    every: list[QuerySet[Any]] = [CloseRequest.objects.order_by(), WaiverRequest.objects.order_by()]
    closing, waiving = (
        unanswered.waiting(requests).annotate(kind=Value(kind), deal=F("opportunity_id")).values_list("kind", "deal")
        for kind, requests in enumerate(every)
    )
    return dict(sql.rows(_REQUESTS, closing.union(waiving, all=True), scope.opportunities.values("pk")))

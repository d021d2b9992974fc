"""What blocks us: the steps that hold up opportunities now, and the waivers of the period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.pipeline import totals, waiver_conditions
from opportunities.pipeline.tracks import Tracks
from opportunities.pipeline.waiver_conditions import ACTS, ASKED, GIVEN, IMPORTED, KINDS, WITHDRAWN
from opportunities.reports import blocked, numbers, sql
from opportunities.reports.blocked import Blocked
from opportunities.reports.pipelines import DAYS_IN_STAGE, MEDIAN_DAYS
from opportunities.reports.tables import (
    Definition,
    Filters,
    Measure,
    Number,
    ReportColumn,
    Row,
    Scope,
    Table,
    Text,
)
from salesflow.users.models import User
from stages.models import Process, Step

BLOCKED = (
    ReportColumn("opportunities", _("Opportunities"), is_bar=True),
    ReportColumn("revenue", _("Estimated revenue"), Measure.MONEY),
    ReportColumn("weighted", _("Weighted revenue"), Measure.MONEY),
    ReportColumn("days", _("Median days"), Measure.DAYS),
)
WAIVED = (
    ReportColumn(ASKED, pgettext_lazy("waivers", "Asked for")),
    ReportColumn(GIVEN, pgettext_lazy("waivers", "Given"), is_bar=True),
    ReportColumn(IMPORTED, pgettext_lazy("waivers", "Imported")),
    ReportColumn(WITHDRAWN, pgettext_lazy("waivers", "Withdrawn")),
)
ABOUT_STEPS = (
    Definition(
        _("Blocked by a step"),
        _(
            "An open opportunity, on hold or not, in which the step is required where it is, and neither done nor "
            "waived. It is counted at each step that it waits for."
        ),
    ),
    Definition(
        _("Weighted revenue"),
        _("Estimated revenue times probability, rounded once for each row."),
    ),
    MEDIAN_DAYS,
    DAYS_IN_STAGE,
)
ABOUT_WAIVERS = (
    Definition(
        _("Opportunities"),
        _("Each is counted once in a figure, however many requests or waivers it had. Closed ones count, too."),
    ),
    Definition(
        pgettext_lazy("waivers", "Given"),
        _("By a manager: on request, unasked, or to close as lost. It counts on the day it was given."),
    ),
    Definition(
        pgettext_lazy("waivers", "Imported"),
        _("Given by an import to an opportunity that lacked the step. It counts on the day of the import."),
    ),
)
STEP, PERSON, WHOLE = "step", "person", "whole"

_EACH_ONCE = """
    WITH acts AS MATERIALIZED (SELECT * FROM ({0}) AS every WHERE deal IN ({1})),
    people AS MATERIALIZED (SELECT DISTINCT act, act_by, deal FROM acts)
    SELECT 'step', act, act_step, COUNT(*) FROM (SELECT DISTINCT act, act_step, deal FROM acts) AS by_step
    GROUP BY act, act_step
    UNION ALL
    SELECT 'person', act, act_by, COUNT(*) FROM people
    GROUP BY act, act_by
    UNION ALL
    SELECT 'whole', act, 0, COUNT(*) FROM (SELECT DISTINCT act, deal FROM people) AS whole
    GROUP BY act
"""

Deals = Mapping[tuple[str, int], int]
"""How many opportunities there are, by the kind of act and an id."""


def tables(scope: Scope) -> list[Table]:
    """The tables of the report. At most five queries, however many opportunities and steps there are."""
    found = blocked.by_step(scope.opportunities, scope.today)
    deals = _deals(scope)
    steps = sorted(_steps(scope.process, {*found, *_ids(deals[STEP])}), key=lambda step: _place(step, scope.process))
    return [
        _blocked(scope, found, [step for step in steps if step.pk in found or _is_in_use(step, scope.process)]),
        _waivers(scope, "waivers_by_step", deals, STEP, [(step.pk, _label(step, scope.process)) for step in steps]),
        _waivers(scope, "waivers_by_person", deals, PERSON, _people(deals[PERSON])),
    ]


def _blocked(scope: Scope, found: Mapping[int, Blocked], steps: Iterable[Step]) -> Table:
    shares = Tracks().probabilities
    rows = []
    for step in steps:
        waiting = found.get(step.pk, Blocked())
        total = totals.total(waiting.groups, shares)
        filters = {"status": "open", "blocked": str(step.pk)}
        counted = [Number(value, filters) for value in (total.count, total.revenue, total.weighted)]
        rows.append(Row(_label(step, scope.process), [*counted, Number(numbers.median(waiting.days))], filters))
    return Table(
        "blocked",
        _("What is missing now"),
        _("Step"),
        BLOCKED,
        rows,
        guide=_("An opportunity is counted at each step that it waits for."),
        definitions=ABOUT_STEPS,
        empty=_("No step is required."),
    )


def _waivers(scope: Scope, key: str, deals: Mapping[str, Deals], by: str, lines: Iterable[tuple[int, Text]]) -> Table:
    by_step = by == STEP
    name = "waiver_step" if by_step else "waiver_by"
    counted = deals[by]
    used = _ids(counted)
    rows = [_waiver_row(scope, label, counted, pk, {name: str(pk)}) for pk, label in lines if pk in used]
    total = _waiver_row(scope, _("Total"), deals[WHOLE], 0, {}) if rows else None
    title = _("Waivers by step") if by_step else _("Waivers by person")
    empty = _("No waiver was asked for, given, imported or withdrawn in this period.")
    rows_are = _("Step") if by_step else _("Person")
    return Table(key, title, rows_are, WAIVED, rows, total, "", ABOUT_WAIVERS, empty)


def _waiver_row(scope: Scope, label: Text, deals: Deals, pk: int, about: Filters) -> Row:
    filters = {"status": "all", **about, **scope.period.filters("waiver")}
    figures = [Number(deals.get((kind, pk), 0), {**filters, "waiver": kind}) for kind in KINDS]
    return Row(label, figures)  # an address has one kind only


def _deals(scope: Scope) -> dict[str, dict[tuple[str, int], int]]:
    """The opportunities with acts of each kind in the period: by step, by person, and all. One query."""
    acts = [_acts(scope, kind) for kind in KINDS]
    chosen = totals.each_once(scope.opportunities).values("pk")
    found: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    for dimension, act, key, number in sql.rows(_EACH_ONCE, acts[0].union(*acts[1:], all=True), chosen):
        found[dimension][KINDS[act], key] = number
    return found


def _acts(scope: Scope, kind: str) -> QuerySet[Any]:
    acts = waiver_conditions.acts_between(kind, scope.period.first, scope.period.last)
    named = {"act": Value(KINDS.index(kind)), "act_step": F("step_id"), "act_by": F(f"{ACTS[kind].by}_id")}
    return acts.annotate(**named, deal=F("opportunity_id")).values_list(*named, "deal")


def _ids(deals: Deals) -> set[int]:
    return {pk for _kind, pk in deals}


def _people(deals: Deals) -> list[tuple[int, Text]]:
    return [(person.pk, str(person)) for person in User.objects.filter(pk__in=_ids(deals))]


def _steps(process: Process | None, others: set[int]) -> list[Step]:
    """The steps of the process, and others."""
    return list(Step.objects.filter(Q(stage__process=process) | Q(pk__in=others)).select_related("stage__process"))


def _is_in_use(step: Step, process: Process | None) -> bool:
    is_archived = step.is_archived or step.stage.is_archived
    return step.required and not is_archived and step.stage.process == process


def _place(step: Step, process: Process | None) -> tuple[Any, ...]:
    """Those of the process first, in the order of each process."""
    return step.stage.process != process, step.stage.place, step.order, step.pk


def _label(step: Step, process: Process | None) -> str:
    """The step with its stage; of another process with that, too."""
    stage = step.stage
    own = f"{stage.name}: {step.name}"
    return own if stage.process == process else f"{stage.process.name}: {own}"

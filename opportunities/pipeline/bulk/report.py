"""What became of the rows of a bulk run, and which rows a page of it shows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from opportunities import display
from opportunities.bulk_runs import expected, making, reasons
from opportunities.bulk_runs.acts import FIELDS
from opportunities.bulk_runs.running import BULK_RUNS
from opportunities.models import BulkRow, BulkRun, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from salesflow.users.models import User
from stages.models import Step

DONE, UNCHANGED, REFUSED, WAITING = "done", "unchanged", "refused", "waiting"
NOTHING = frozenset([DONE, UNCHANGED])


@dataclass(frozen=True)
class Figures:
    """How many rows of a run have each outcome. One query."""

    counts: Counter[str]

    @classmethod
    def of(cls, run: BulkRun) -> "Figures":
        progress = BULK_RUNS.progress(run.pk)
        return cls(Counter({outcome or WAITING: count for outcome, count in progress.items()}))

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def ended(self) -> int:
        return self.total - self.counts[WAITING]

    @property
    def done(self) -> int:
        return self.counts[DONE]

    @property
    def unchanged(self) -> int:
        return self.counts[UNCHANGED]

    @property
    def refused(self) -> int:
        return self.counts[REFUSED]

    @property
    def waiting(self) -> int:
        return self.counts[WAITING]


@dataclass(frozen=True)
class ReportLine:
    """One row of a run as a page shows it. `opportunity` is empty if the reader cannot see it.

    `present`: before the run, what it would change, in words.
    """

    row: BulkRow
    opportunity: Opportunity | None
    why: str = ""
    steps: list[Step] = field(default_factory=list)
    present: str = ""


@dataclass(frozen=True)
class RefusalGroup:
    """Rows that would be refused for one reason."""

    why: str
    count: int


def groups(run: BulkRun, counts: dict[str, int]) -> list[RefusalGroup]:
    """Why rows would be refused, the most frequent first."""
    refused = sorted(((count, code) for code, count in counts.items() if code not in NOTHING), reverse=True)
    return [RefusalGroup(reasons.why(run.act, code), count) for count, code in refused]


def expected_rows(run: BulkRun) -> QuerySet[Any]:
    """The rows of a run that was not started, those first that it would refuse."""
    return expected.expected(run).order_by("pk")


def rows(run: BulkRun, show: str) -> QuerySet[BulkRow]:
    outcome = "" if show == WAITING else show
    return run.rows.filter(outcome=outcome).order_by("pk")


def lines(run: BulkRun, rows: Iterable[Any], reader: User) -> list[ReportLine]:
    """The rows with the names that the reader may see, and the missing steps by name. Two queries."""
    found = list(rows)
    seen = _seen({row.opportunity_id for row in found if row.opportunity_id}, reader)
    of_row = {row.pk: _missing(row, seen.get(row.opportunity_id)) for row in found}
    wanted = {pk for ids in of_row.values() for pk in ids}
    steps = {step.pk: step for step in Step.objects.filter(pk__in=wanted).select_related("stage")} if wanted else {}
    return [
        ReportLine(
            row,
            seen.get(row.opportunity_id),
            _why(run, row),
            [steps[pk] for pk in of_row[row.pk] if pk in steps],
            _present(run, seen.get(row.opportunity_id)),
        )
        for row in found
    ]


def _present(run: BulkRun, opportunity: Opportunity | None) -> str:
    """The value that a run which was not started would change; empty for an act that changes none."""
    if run.is_started or opportunity is None or not opportunity.is_open:
        return ""
    if run.act == BulkRun.Act.NEXT_STEP:
        planned = opportunity.next_step
        return gettext("Planned: %(text)s") % {"text": planned} if planned else gettext("Nothing planned")
    if run.act not in FIELDS:
        return ""
    name = FIELDS[run.act]
    values = {"label": display.label(name), "value": display.value_of(opportunity, name)}
    return gettext("%(label)s now: %(value)s") % values


def _seen(ids: Iterable[int], reader: User) -> dict[int, Opportunity]:
    visible: OpportunityQuerySet = Opportunity.objects.filter(pk__in=sorted(ids)).visible_to(reader)
    named = visible.select_related("account", "owner", "active_stage")
    return {each.pk: each for each in named}


def _missing(row: Any, opportunity: Opportunity | None) -> list[int]:
    """The ids of the steps that were missing, or that are missing now."""
    if getattr(row, "expected", "") == "gate_closed":
        return list(opportunity.unmet_steps) if opportunity else []
    return list(row.steps)


def _why(run: BulkRun, row: Any) -> str:
    code = getattr(row, "expected", row.why)
    return "" if code in NOTHING or not code else reasons.why(run.act, code)


def may_put_back(run: BulkRun, figures: Figures) -> bool:
    return run.act in making.CAN_BE_PUT_BACK and not (run.puts_back_id or run.is_under_way) and bool(figures.done)

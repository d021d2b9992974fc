"""Pipeline now and Time in stage of random opportunities are what plain Python counts, as are the lists behind them."""

import datetime
import math
from collections import defaultdict

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import CloseRequest, Hold, StageVisit, WaiverRequest
from opportunities.pipeline.day_groups import DayGroup, Reason, group_of
from opportunities.reports import pipeline_now, time_in_stage
from stages.models import PipelinePhase, Stage
from tests.support import report_rows
from tests.support.arithmetic import in_days, median, middle, nearest_rank, revenue_of, weighted_of
from tests.support.behind_figures import period_of, scope_of
from tests.support.figures import assert_some_lists_agree, table
from tests.support.report_rows import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

ZERO = datetime.timedelta()
CASES = {
    "lives": report_rows.LIVES,
    "who": st.sampled_from(["rep", "manager"]),
    "process": st.sampled_from([0, 0, 1]),
    "period": st.tuples(st.sampled_from([500, 500, 400, 250, 100, 30]), st.sampled_from([600, 300, 90, 30, 7])),
    # days before today, and how many days
}


@report_rows.SOME_SETS
@given(**CASES)
def test_pipeline_now_is_what_python_counts(world, cast, lives, who, process, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        scope = scope_of(cast[who], period_of(*period), process=world.processes[process])

        found = pipeline_now.tables(scope)

        expected = Plain(scope)
        assert table(found, "stages") == expected.stage_rows()
        assert table(found, "owners") == expected.owner_rows()
        assert table(found, "phases") == expected.phase_rows()
        if who == "manager":
            assert table(found, "requests") == expected.request_rows()
        assert_some_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


@report_rows.SOME_SETS
@given(**CASES)
def test_time_in_stage_is_what_python_counts(world, cast, lives, who, process, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        scope = scope_of(cast[who], period_of(*period), process=world.processes[process])

        found = time_in_stage.tables(scope)

        expected = Plain(scope)
        assert table(found, "days") == expected.days_rows()
        assert table(found, "too_long") == expected.too_long_rows()
        assert table(found, "ages") == expected.age_rows()
        assert [(row.label, *(each.value for each in row.figures)) for row in found[-1].rows] == expected.oldest()
        assert_some_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


class Plain:
    """The same figures, counted row by row."""

    def __init__(self, scope):
        self.scope = scope
        self.stages = list(Stage.objects.filter(process=scope.process).order_by("order", "pk"))
        self.deals = list(
            scope.opportunities.select_related("active_stage", "owner", "pipeline_phase__phase").order_by("pk")
        )
        self.open = [deal for deal in self.deals if deal.status == "open"]

    def here(self, stage):
        return [deal for deal in self.open if deal.active_stage_id == stage.pk]

    def days(self, deal):
        return deal.days_in_stage(NOW)

    def counted(self, stage):
        """The days of those whose days count."""
        return sorted(self.days(deal) for deal in self.here(stage) if not deal.is_on_hold and not deal.is_finished)

    def is_stuck(self, deal):
        return group_of(self.reasons(deal)) is DayGroup.STUCK

    def reasons(self, deal):
        """Written out here, as process.md says it."""
        due, held = deal.next_step_due, deal.is_on_hold
        closes = deal.estimated_close_date
        found = {
            Reason.LATE: due is not None and due < TODAY,
            Reason.SLIPPED: closes is not None and closes < TODAY,
            Reason.DUE_TODAY: due == TODAY,
            Reason.READY: not held and (deal.is_ready or deal.is_finished),
            Reason.OVER_TARGET: deal.is_over_target(NOW),
            Reason.UNPLANNED: not held and not deal.next_step,
        }
        return {reason for reason, applies in found.items() if applies}

    def stage_rows(self):
        rows, every = {}, []
        for stage in self.stages:
            deals = self.here(stage)
            every += deals
            stuck = sum(self.is_stuck(deal) for deal in deals)
            rows[stage.name] = [*sums(deals), median(self.counted(stage)), stuck]
        rows["total"] = [*sums(every), None, sum(self.is_stuck(deal) for deal in every)]
        return rows

    def owner_rows(self):
        rows = defaultdict(lambda: [0, 0, 0, 0])
        for deal in self.open:
            if self.scope.reader.is_manager or deal.owner == self.scope.reader:
                reasons = self.reasons(deal)
                counts = [True, Reason.LATE in reasons, Reason.SLIPPED in reasons, self.is_stuck(deal)]
                rows[str(deal.owner)] = [sum(pair) for pair in zip(rows[str(deal.owner)], counts, strict=True)]
        return rows

    def request_rows(self):
        visible = {deal.pk for deal in self.deals}

        def waiting(model):
            return [sum(row.opportunity_id in visible for row in model.objects.filter(answered_at__isnull=True))]

        return {"To close as lost": waiting(CloseRequest), "To waive a step": waiting(WaiverRequest)}

    def phase_rows(self):
        rows = {phase.name: [] for phase in PipelinePhase.objects.all()}
        for deal in self.open:
            phase = deal.pipeline_phase.phase
            rows.setdefault(phase.name if phase else "Without a phase", []).append(deal)
        return {name: sums(deals) for name, deals in rows.items()} | {"total": sums(self.open)}

    # Time in stage

    def stays_of_won(self, stage):
        period = self.scope.period
        won = {
            deal.pk
            for deal in self.deals
            if deal.status == "won"
            and period.first <= deal.closed_on <= period.last
            and deal.active_stage.process_id == stage.process_id
        }
        held, times = defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
        for hold in Hold.objects.all():
            held[hold.visit_id] += (hold.until_at or hold.from_at) - hold.from_at
        for visit in StageVisit.objects.filter(stage=stage, opportunity__in=won):
            times[visit.opportunity_id] += visit.left_at - visit.entered_at - held[visit.pk]
        return sorted(times.values())

    def days_rows(self):
        rows = {}
        for stage in self.stages:
            now, won = self.counted(stage), self.stays_of_won(stage)
            ninth = nearest_rank(now, 90)
            of_won = [in_days(middle(won)), in_days(nearest_rank(won, 90))]
            rows[stage.name] = [len(now), median(now), ninth, now[-1] if now else None, *of_won]
        return rows

    def limit(self, stage):
        if stage.target_days is not None:
            return stage.target_days
        usual = nearest_rank(self.stays_of_won(stage), 75)
        return None if usual is None else math.ceil(usual / datetime.timedelta(days=1))

    def too_long_rows(self):
        rows, every = {}, []
        for stage in self.stages:
            limit = self.limit(stage)
            counts = [deal for deal in self.here(stage) if not deal.is_on_hold and not deal.is_finished]
            over = [] if limit is None else [deal for deal in counts if self.days(deal) > limit]
            every += over
            rows[stage.name] = [None] * 4 if limit is None else [limit, *sums(over)]
        rows["total"] = [None, *sums(every)]
        return rows

    def age_rows(self):
        rows = {}
        for stage in self.stages:
            days = self.counted(stage)
            rows[stage.name] = [
                sum(first <= each <= last for each in days)
                for first, last in ((0, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, 10**6))
            ]
        rows["total"] = [sum(each) for each in zip(*rows.values(), strict=True)]
        return rows

    def oldest(self):
        """The first 25 of those whose days count, those longest in their stage first."""
        counted = [deal for stage in self.stages for deal in self.here(stage)]
        counted = [deal for deal in counted if not deal.is_on_hold and not deal.is_finished]
        limits = {stage.pk: self.limit(stage) for stage in self.stages}
        rows = []
        for deal in sorted(counted, key=lambda deal: (deal.stage_counted_from, deal.pk))[:25]:
            days, limit = self.days(deal), limits[deal.active_stage_id]
            over = None if limit is None else max(days - limit, 0)
            age = (TODAY - report_rows.localdate(deal.created_at)).days
            rows.append((deal.name, days, limit, over, age, deal.estimated_revenue))
        return rows


def sums(deals):
    return [len(deals), revenue_of(deals), weighted_of(deals)]

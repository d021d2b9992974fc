"""Conversion of random opportunities is what plain Python counts, and each figure is that of the list behind it."""

import datetime
from collections import defaultdict

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import Closing, Hold, ProcessInstance, StageVisit
from opportunities.reports import conversion
from stages.models import Stage
from tests.support import report_rows
from tests.support.arithmetic import in_days, middle, nearest_rank, percent
from tests.support.behind_figures import period_of, scope_of
from tests.support.figures import assert_some_lists_agree, table
from tests.support.report_rows import NOW, localdate

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

# Days before today, and how many days. With `integers`, nearly all periods would be days without an opportunity.
PERIODS = st.tuples(st.sampled_from([500, 500, 400, 250, 100, 30]), st.sampled_from([600, 300, 90, 30, 7]))


@report_rows.SOME_SETS
@given(
    lives=report_rows.LIVES,
    who=st.sampled_from(["rep", "manager"]),
    process=st.sampled_from([0, 0, 1]),
    period=PERIODS,
)
def test_conversion_is_what_python_counts(world, cast, lives, who, process, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        scope = scope_of(cast[who], period_of(*period), process=world.processes[process])

        found = conversion.tables(scope)

        expected = Plain(scope)
        assert table(found, "conversion") == expected.conversion()
        assert table(found, "lost") == expected.lost()
        assert table(found, "days") == expected.days()
        assert_some_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


class Plain:
    """The same figures, counted row by row."""

    def __init__(self, scope):
        self.stages = list(Stage.objects.filter(process=scope.process).order_by("order", "pk"))
        entered = {
            row.opportunity_id
            for row in ProcessInstance.objects.filter(is_primary=True, process=scope.process)
            if scope.period.first <= localdate(row.started_at) <= scope.period.last
        }
        self.deals = [deal for deal in scope.opportunities.order_by("pk") if deal.pk in entered]
        self.visits, self.held = defaultdict(list), defaultdict(datetime.timedelta)
        for visit in StageVisit.objects.filter(instance__is_primary=True).select_related("stage"):
            self.visits[visit.opportunity_id].append(visit)
        for hold in Hold.objects.filter(until_at__isnull=False):
            self.held[hold.visit_id] += hold.until_at - hold.from_at
        in_force = Closing.objects.filter(reopened_at__isnull=True).select_related("status_reason")
        self.closings = {closing.opportunity_id: closing for closing in in_force}
        finished = ProcessInstance.objects.filter(is_primary=True, finished_at__isnull=False)
        self.finished = set(finished.values_list("opportunity", flat=True))

    def place(self, stage_id):
        return [stage.pk for stage in self.stages].index(stage_id)

    def has_reached(self, deal, place):
        places = [self.place(visit.stage_id) for visit in self.visits[deal.pk]]
        return deal.pk in self.finished or max(places) >= place

    def closed(self, outcome, stage):
        return [
            closing
            for deal in self.deals
            if (closing := self.closings.get(deal.pk)) and closing.outcome == outcome and closing.stage_id == stage.pk
        ]

    def conversion(self):
        rows, before = {}, None
        for place, stage in enumerate(self.stages):
            reached = sum(self.has_reached(deal, place) for deal in self.deals)
            there = [deal for deal in self.deals if deal.pk not in self.closings and self.is_in(deal, stage)]
            won, lost = len(self.closed("won", stage)), len(self.closed("lost", stage))
            of_before = None if before is None else percent(reached, before)
            rows[stage.name] = [reached, percent(reached, len(self.deals)), of_before, len(there), won, lost]
            before = reached
        won = sum(row[4] for row in rows.values())
        sums = [sum(row[at] for row in rows.values()) for at in (3, 4, 5)]
        rows["total"] = [len(self.deals), percent(won, len(self.deals)), None, *sums]
        assert sum(sums) == len(self.deals)
        return rows

    def is_in(self, deal, stage):
        return self.visits[deal.pk][-1].stage_id == stage.pk

    def lost(self):
        rows = defaultdict(lambda: [0] * (len(self.stages) + 1))
        for at, stage in enumerate(self.stages):
            for closing in self.closed("lost", stage):
                for row in (closing.status_reason.name, "total"):
                    rows[row][at] += 1
                    rows[row][-1] += 1
        return {"total": [0] * (len(self.stages) + 1), **rows}

    def days(self):
        return {stage.name: self.days_in(stage) for stage in self.stages}

    def days_in(self, stage):
        times = []
        for deal in self.deals:
            visits = [visit for visit in self.visits[deal.pk] if visit.stage_id == stage.pk]
            if visits and all(visit.left_at for visit in visits):
                times.append(sum((visit.left_at - visit.entered_at - self.held[visit.pk] for visit in visits), ZERO))
        return [in_days(middle(times)), in_days(nearest_rank(times, 90))]


ZERO = datetime.timedelta()

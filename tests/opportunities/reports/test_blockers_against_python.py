"""What blocks random opportunities is what plain Python counts, and each figure is that of the list behind it."""

from collections import defaultdict

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import Hold, Waiver, WaiverRequest
from opportunities.reports import blockers
from tests.support import report_rows
from tests.support.arithmetic import median, revenue_of, weighted_of
from tests.support.behind_figures import period_of, scope_of
from tests.support.figures import assert_lists_agree, table
from tests.support.report_rows import NOW, TODAY, localdate

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

PERIODS = st.tuples(st.integers(0, 500), st.integers(0, 500))  # days before today, and how many days


@report_rows.SOME_SETS
@given(lives=report_rows.LIVES, who=st.sampled_from(["rep", "manager"]), period=PERIODS)
def test_blockers_are_what_python_counts(world, cast, lives, who, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        days = period_of(*period)
        scope = scope_of(cast[who], days)
        deals = list(scope.opportunities.select_related("active_stage"))

        found = blockers.tables(scope)

        assert table(found, "blocked") == blocked(world, deals)
        acts = [act for act in acts_of(deals) if days.first <= localdate(act[1]) <= days.last]
        assert table(found, "waivers_by_step") == counted(acts, lambda step, person: f"{step.stage.name}: {step.name}")
        assert table(found, "waivers_by_person") == counted(acts, lambda step, person: str(person))
        assert_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


def blocked(world, deals):
    """By the label of each step of the default process: count, revenue, weighted revenue and median days."""
    rows = {}
    for step in world.steps[world.processes[0].pk]:
        waiting = [deal for deal in deals if deal.status == "open" and step.pk in deal.unmet_steps]
        rows[f"{step.stage.name}: {step.name}"] = [
            len(waiting),
            revenue_of(waiting),
            weighted_of(waiting),
            median([days_in_stage(deal) for deal in waiting]),
        ]
    return rows


def days_in_stage(deal):
    """By the calendar, until the hold that it is on began, or until today."""
    held = Hold.objects.filter(opportunity=deal, until_at__isnull=True).first()
    last = localdate(held.from_at) if held else TODAY
    return max((last - localdate(deal.stage_counted_from)).days, 0)


def acts_of(deals):
    """Each act: its column, moment, step, person and opportunity."""
    pks = [deal.pk for deal in deals]
    named = {"opportunity__in": pks}
    for request in WaiverRequest.objects.filter(**named).select_related("by", "step__stage"):
        yield 0, request.at, request.step, request.by, request.opportunity_id
    for waiver in Waiver.objects.filter(**named).select_related("by", "withdrawn_by", "step__stage"):
        column = 2 if waiver.kind == Waiver.Kind.IMPORTED else 1
        yield column, waiver.at, waiver.step, waiver.by, waiver.opportunity_id
        if waiver.withdrawn_at:
            yield 3, waiver.withdrawn_at, waiver.step, waiver.withdrawn_by, waiver.opportunity_id


def counted(acts, label):
    rows = defaultdict(lambda: [set(), set(), set(), set()])
    for column, _at, step, person, deal in acts:
        for row in (label(step, person), "total"):
            rows[row][column].add(deal)
    return {name: [len(deals) for deals in row] for name, row in rows.items()}

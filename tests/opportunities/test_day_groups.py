"""The rule of My day: the group and the place of each opportunity, in Python and as conditions of the database."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opportunities import transitions
from opportunities.models import Opportunity, write_guard
from opportunities.pipeline import my_day
from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.day_groups import GROUPS, DayCandidate, DayGroup, Reason, group_of, grouped
from opportunities.pipeline.tracks import Tracks
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    NOW,
    TODAY,
    OpportunityFactory,
    add_step,
    change_stage,
    finished_opportunity,
    opportunity_in,
    ready_opportunity,
    stage,
)

REASONS = list(Reason)


@pytest.mark.parametrize(
    ("reasons", "group"),
    [
        ([], None),
        ([Reason.LATE], DayGroup.LATE),
        ([Reason.SLIPPED], DayGroup.LATE),
        ([Reason.DUE_TODAY], DayGroup.TODAY),
        ([Reason.READY], DayGroup.READY),
        ([Reason.OVER_TARGET], DayGroup.STUCK),
        ([Reason.UNPLANNED], DayGroup.STUCK),
        ([Reason.SLIPPED, Reason.DUE_TODAY, Reason.READY, Reason.OVER_TARGET], DayGroup.LATE),
        ([Reason.READY, Reason.DUE_TODAY], DayGroup.TODAY),
        ([Reason.OVER_TARGET, Reason.UNPLANNED, Reason.READY], DayGroup.READY),
    ],
)
def test_the_group_is_the_first_that_fits(reasons, group):
    assert group_of(reasons) is group


def test_each_reason_is_in_one_group():
    assert sorted(reason for own in GROUPS.values() for reason in own) == sorted(Reason)


def candidate(pk, *, days=0, revenue=None, reasons=(Reason.LATE,)):
    return DayCandidate(pk, dict.fromkeys(reasons, days), None if revenue is None else Decimal(revenue))


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([candidate(1, days=2), candidate(2, days=7)], [2, 1]),
        ([candidate(1, days=2, revenue=1), candidate(2, days=2, revenue=9)], [2, 1]),
        ([candidate(1, days=2), candidate(2, days=2, revenue=0)], [2, 1]),
        ([candidate(2, days=2, revenue=5), candidate(1, days=2, revenue=5)], [1, 2]),
    ],
)
def test_the_most_days_come_first_then_the_largest_revenue_then_the_oldest(candidates, expected):
    assert [each.pk for each in grouped(candidates)[DayGroup.LATE]] == expected


def test_only_days_by_a_reason_of_the_group_count():
    long_in_its_stage = DayCandidate(1, {Reason.LATE: 1, Reason.OVER_TARGET: 300}, None)
    long_late = DayCandidate(2, {Reason.LATE: 2}, None)

    assert grouped([long_in_its_stage, long_late])[DayGroup.LATE] == [long_late, long_in_its_stage]


CANDIDATES = some.lists(
    some.builds(
        DayCandidate,
        pk=some.integers(1, 10**6),
        days=some.dictionaries(some.sampled_from(REASONS), some.integers(0, 400)),
        revenue=some.none() | some.decimals(0, 10**6, places=2),
    ),
    unique_by=lambda each: each.pk,
    max_size=30,
)


@given(CANDIDATES, some.randoms())
def test_each_opportunity_that_needs_something_is_there_once_in_one_order(candidates, chance):
    mixed = list(candidates)
    chance.shuffle(mixed)

    found = grouped(candidates)

    shown = [each.pk for members in found.values() for each in members]
    assert list(found) == list(GROUPS)
    assert sorted(shown) == sorted(each.pk for each in candidates if each.reasons)
    assert found == grouped(mixed)
    assert all(group_of(each.reasons) is group for group, members in found.items() for each in members)


# The same rule as conditions of the database


@pytest.fixture
def varied(rep):
    """Opportunities with every mixture of dates, gate, hold and age that matters."""
    dates = [None, TODAY - DAY, TODAY, TODAY + DAY]
    shapes = [
        opportunity_in(DEVELOP, owner=rep),
        ready_opportunity(DEVELOP, owner=rep),
        opportunity_in(CLOSE, owner=rep),
        finished_opportunity(owner=rep, description="Two hundred lorries."),
        finished_opportunity(owner=rep),
        _held(rep),
    ]
    add_step(stage(CLOSE), "description")  # the second finished opportunity lacks it
    made = []
    for shape in shapes:
        for due in dates:
            for close in dates:
                for age in (0, 14, 15, 21, 22):
                    each = Opportunity.objects.get(pk=shape.pk)
                    each.pk = None
                    each.next_step, each.next_step_due = ("Call", due) if due else ("", None)
                    each.estimated_close_date = close
                    each.stage_counted_from = NOW - age * DAY
                    made.append(each)
    with write_guard.guarded_every():
        Opportunity.objects.bulk_create(made)


def _held(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="They reorganise.")
    return Opportunity.objects.get(pk=opportunity.pk)


def reasons_of(opportunity):
    """The reasons, read off one opportunity in Python."""
    due, close = opportunity.next_step_due, opportunity.estimated_close_date
    held = opportunity.is_on_hold
    holds = {
        Reason.LATE: due is not None and due < TODAY,
        Reason.SLIPPED: close is not None and close < TODAY,
        Reason.DUE_TODAY: due == TODAY,
        Reason.READY: (opportunity.is_ready or opportunity.is_finished) and not held,
        Reason.OVER_TARGET: opportunity.is_over_target(NOW),
        Reason.UNPLANNED: not opportunity.next_step and not held,
    }
    return {reason for reason, is_so in holds.items() if is_so}


@pytest.mark.machine
@pytest.mark.django_db
def test_the_conditions_select_what_the_rule_in_python_says(rep, varied):
    reasons = Reasons(TODAY, Tracks().targets)
    every = list(Opportunity.objects.select_related("active_stage"))

    for reason in Reason:
        selected = set(Opportunity.objects.filter(reasons.of(reason)).values_list("pk", flat=True))
        assert selected == {each.pk for each in every if reason in reasons_of(each)}, reason
    for group in DayGroup:
        selected = set(Opportunity.objects.filter(reasons.in_group(group)).values_list("pk", flat=True))
        assert selected == {each.pk for each in every if group_of(reasons_of(each)) is group}, group
        assert selected, group


@pytest.mark.machine
@pytest.mark.django_db
def test_the_counts_of_the_day_are_those_of_the_conditions(rep, varied):
    tracks = Tracks()
    reasons = Reasons(TODAY, tracks.targets)

    day = my_day.of(rep, at=NOW, tracks=tracks)

    for shown in day.groups:
        assert shown.count == Opportunity.objects.filter(reasons.in_group(shown.group)).count()
        assert len(shown.rows) == min(shown.count, my_day.ROWS)


@pytest.mark.django_db
@pytest.mark.parametrize("moment", [datetime.time(0, 0), datetime.time(23, 59, 59)])
@pytest.mark.parametrize("age", [21, 22])
def test_a_stage_is_over_its_target_by_the_calendar_of_the_organisation(rep, moment, age, settings):
    opportunity = opportunity_in(DEVELOP, owner=rep)  # target: 21 days
    change_stage(DEVELOP, target_days=21)
    zone = datetime.timezone(datetime.timedelta(hours=1))  # Oslo in winter
    entered = datetime.datetime.combine(TODAY - age * DAY, moment, tzinfo=zone)
    with write_guard.guarded_every():
        Opportunity.objects.filter(pk=opportunity.pk).update(stage_counted_from=entered)

    condition = Reasons(TODAY, Tracks().targets).of(Reason.OVER_TARGET)

    assert Opportunity.objects.filter(condition).exists() is (age > 21)
    assert Opportunity.objects.select_related("active_stage").get().is_over_target(NOW) is (age > 21)


@pytest.mark.django_db
def test_a_stage_without_a_target_is_never_over_it(rep):
    OpportunityFactory(owner=rep, at=NOW - 4000 * DAY)
    change_stage("Qualify", target_days=None)

    assert not Opportunity.objects.filter(Reasons(TODAY, Tracks().targets).of(Reason.OVER_TARGET)).exists()

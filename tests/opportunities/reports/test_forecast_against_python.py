"""The forecast of random histories is what plain Python adds up, and the list behind each figure agrees."""

import datetime

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import SalesTarget
from opportunities.reports import forecast
from opportunities.reports.tables import Days
from salesflow.users.models import Unit
from tests.support import report_rows
from tests.support.arithmetic import percent, revenue_of, to_cents, weighted_of, won_revenue_of
from tests.support.behind_figures import scope_of
from tests.support.figures import assert_some_lists_agree, table
from tests.support.report_rows import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

DAY = datetime.timedelta(days=1)
PERIODS = st.builds(
    lambda first, length: Days(first, first + length * DAY),
    st.dates(TODAY - 200 * DAY, TODAY + 100 * DAY),
    st.sampled_from([0, 27, 80]),
)
MONTHS = [datetime.date(2025 + at // 12, at % 12 + 1, 1) for at in range(7, 21)]  # those of all these periods
PEOPLE, UNITS = ("rep", "colleague", "manager"), ("North", "South")


def amounts(**sizes):
    return st.dictionaries(st.sampled_from(MONTHS), st.integers(1, 10**8), **sizes)


TARGETS = st.fixed_dictionaries(
    {
        **{name: st.one_of(st.just({}), amounts(min_size=8)) for name in PEOPLE},
        **{name: amounts(max_size=4) for name in UNITS},
    }
)
"""The cents of some months for each person and unit. A unit seldom has its own, so that those below it count."""


@report_rows.SOME_SETS
@given(lives=report_rows.LIVES, period=PERIODS, who=st.sampled_from(["rep", "manager"]), targets=TARGETS)
def test_the_forecast_is_what_plain_python_adds_up(world, cast, lives, period, who, targets):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        set_targets(cast, targets)
        scope = scope_of(cast[who], period)

        found = forecast.tables(scope)

        plain = Plain(scope, cast, targets)
        expected = {"months": plain.by_month(who)}
        if who == "manager":
            expected |= {"people": plain.by_person(), "units": plain.by_unit()}
        assert {each.key: table(found, each.key) for each in found} == {
            key: {label: row.figures for label, row in rows.items()} for key, rows in expected.items()
        }
        assert {each.key: notes(each) for each in found} == {
            key: {label: row.note for label, row in rows.items()} for key, rows in expected.items()
        }
        assert_some_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


def set_targets(cast, targets):
    subjects = {name: {"person": cast[name]} for name in PEOPLE}
    subjects |= {name: {"unit": Unit.objects.get(name=name)} for name in UNITS}
    SalesTarget.objects.bulk_create(
        SalesTarget(**subjects[name], month=month, amount=to_cents(cents) / 100, set_by=cast["manager"], set_at=NOW)
        for name, months in targets.items()
        for month, cents in months.items()
    )


def notes(found):
    rows = {str(row.label): row.note for row in found.rows}
    return rows | ({"total": found.total.note} if found.total else {})


class PlainRow:
    """The figures of the open and the won ones, added up one by one, and what is said of those omitted."""

    def __init__(self, open_ones, won=None, target=None):
        counted = [deal for deal in open_ones if deal.forecast_category != "omitted"]
        self.note = omitted(len(open_ones) - len(counted))
        committed, best_case, pipeline = (
            revenue_of(deal for deal in counted if deal.forecast_category == category)
            for category in ("committed", "best_case", "pipeline")
        )
        sums = [len(counted), committed, best_case, pipeline, weighted_of(counted)]
        revenue = None if won is None else won_revenue_of(won)
        covered = [None if won is None else percent(revenue + part, target) for part in (committed, sums[4])]
        self.figures = [*sums, revenue, target, *covered]


def omitted(count):
    return {0: "", 1: "1 omitted is left out"}.get(count, f"{count} omitted are left out")


class Plain:
    """The rows of each table by their labels."""

    def __init__(self, scope, cast, targets):
        self.people = {name: cast[name] for name in PEOPLE}
        self.targets = {
            name: {month: to_cents(cents) / 100 for month, cents in months.items()} for name, months in targets.items()
        }
        deals = list(scope.opportunities.select_related("owner__unit", "active_stage"))
        self.open, self.won = ([deal for deal in deals if deal.status == status] for status in ("open", "won"))
        length = (scope.period.last - scope.period.first).days
        self.months = sorted({(scope.period.first + at * DAY).replace(day=1) for at in range(length + 1)})
        self.first = self.months[0]
        self.end = (self.months[-1] + 31 * DAY).replace(day=1) - DAY

    def by_month(self, who):
        target = self.of_person(who) if who == "rep" else self.of_all()
        rows = {f"{month:%B %Y}": self.month(month, target) for month in self.months}
        if len(rows) > 1:
            rows["These months"] = PlainRow(*self.within(lambda deal: True), self.summed(target))
        rows["Overdue"] = self.open_where(lambda date: date and date < TODAY)
        if self.first > TODAY:
            rows["Earlier"] = self.open_where(lambda date: date and TODAY <= date < self.first)
        rows["Later"] = self.open_where(lambda date: date and date >= TODAY and date > self.end)
        rows["No date"] = self.open_where(lambda date: date is None)
        rows["total"] = PlainRow(self.open, self.within(lambda deal: True)[1])
        return rows

    def month(self, month, target):
        open_ones, won = self.within(lambda deal: True)
        mine = [deal for deal in open_ones if deal.estimated_close_date.replace(day=1) == month]
        return PlainRow(mine, [deal for deal in won if deal.closed_on.replace(day=1) == month], target.get(month))

    def open_where(self, applies):
        return PlainRow([deal for deal in self.open if applies(deal.estimated_close_date)])

    def within(self, is_theirs):
        """What is open and expected in these months, and what was won in them."""
        first = max(self.first, TODAY)
        dated = [deal for deal in self.open if deal.estimated_close_date and is_theirs(deal)]
        won = [deal for deal in self.won if self.first <= deal.closed_on <= self.end and is_theirs(deal)]
        return [deal for deal in dated if first <= deal.estimated_close_date <= self.end], won

    def by_person(self):
        rows = {}
        for name, person in self.people.items():
            open_ones, won = self.within(lambda deal, person=person: deal.owner == person)
            target = self.summed(self.of_person(name))
            if open_ones or won or target is not None:
                rows[str(person)] = PlainRow(open_ones, won, target)
        return rows

    def by_unit(self):
        def row(target, *names):
            theirs = self.within(lambda deal: deal.owner.unit is not None and deal.owner.unit.name in names)
            return PlainRow(*theirs, self.summed(target))

        return {"North": row(self.of_north(), "North", "South"), "North › South": row(self.of_south(), "South")}

    # Targets, month by month: the rep is in North, the colleague in South below it, and the manager in none

    def of_person(self, name):
        return {month: amount for month, amount in self.targets[name].items() if month in self.months}

    def of_south(self):
        return {**self.of_person("colleague"), **self.of_person("South")}

    def of_north(self):
        return {**added(self.of_person("rep"), self.of_south()), **self.of_person("North")}

    def of_all(self):
        return added(self.of_north(), self.of_person("manager"))

    def summed(self, target):
        return sum(target.values()) if target else None


def added(some, more):
    return {month: some.get(month, 0) + more.get(month, 0) for month in some.keys() | more.keys()}

"""The forecast of random histories is what plain Python adds up, and the list behind each figure agrees."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities.reports import forecast
from opportunities.reports.tables import Days
from salesflow.users.models import Unit
from stages.models import Stage
from tests.support import report_rows
from tests.support.behind_figures import listed, scope_of
from tests.support.examples import sweep_examples

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

SOME = settings(
    max_examples=sweep_examples(15),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DAY = datetime.timedelta(days=1)
CENT = Decimal("0.01")
PERIODS = st.builds(
    lambda first, length: Days(first, first + length * DAY),
    st.dates(report_rows.TODAY - 200 * DAY, report_rows.TODAY + 100 * DAY),
    st.sampled_from([0, 27, 80]),
)


@pytest.fixture(scope="module")
def world(cast):
    return report_rows.World.made_for(cast)


def plain(rows, of_open, of_won):
    """The figures of a row, added up one by one: those for which `of_open` or `of_won` is true of the date."""
    shares = dict(Stage.objects.values_list("pk", "probability"))
    open_ones = [row for row in rows if row.is_open and of_open(row)]
    counted = [row for row in open_ones if row.forecast_category != "omitted"]
    share = {row.pk: shares[row.active_stage_id] if row.probability is None else row.probability for row in counted}
    weighted = sum(((row.estimated_revenue or Decimal(0)) * share[row.pk] for row in counted), Decimal(0)) / 100

    def revenue(category):
        those = [row.estimated_revenue or Decimal(0) for row in counted if row.forecast_category == category]
        return sum(those, Decimal(0))

    won = (
        None if of_won is None else sum((row.actual_revenue for row in rows if row.is_won and of_won(row)), Decimal(0))
    )
    sums = [len(counted), *map(revenue, ("committed", "best_case", "pipeline")), weighted.quantize(CENT, ROUND_HALF_UP)]
    return [*sums, won], len(open_ones) - len(counted)


def assert_row(row, rows, of_open, of_won, reader):
    values, omitted = plain(rows, of_open, of_won)
    assert [figure.value for figure in row.figures[:6]] == values, str(row.label)
    assert str(omitted) in row.note if omitted else row.note == ""
    for at, figure in enumerate(row.figures[:6]):
        if figure.filters is not None:
            behind = listed(reader, figure.filters, at=report_rows.NOW)
            theirs = list(behind.rows)
            if at == 5:
                assert sum((each.actual_revenue for each in theirs), Decimal(0)) == figure.value
            elif at == 0:
                assert behind.totals.count == figure.value
            else:
                total = behind.totals
                assert (total.weighted if at == 4 else total.revenue) == figure.value


def month_of(date):
    return (date.year, date.month)


@SOME
@given(lives=report_rows.LIVES, period=PERIODS, who=st.sampled_from(["rep", "manager"]))
def test_the_forecast_is_what_plain_python_adds_up(world, cast, lives, period, who):
    with transaction.atomic():
        report_rows.add(world, lives)
        reader, today = cast[who], report_rows.TODAY
        scope = scope_of(reader, period)
        rows = list(scope.opportunities.select_related("owner"))
        tables = {table.key: table for table in forecast.tables(scope)}

        by_label = {str(row.label): row for row in tables["months"].rows}
        first = period.first.replace(day=1)
        months = sorted({month_of(period.first + at * DAY) for at in range((period.last - period.first).days + 1)})
        end = (datetime.date(*months[-1], 28) + 4 * DAY).replace(day=1) - DAY

        def expected(row):
            return row.estimated_close_date is not None and row.estimated_close_date >= today

        for month in months:
            shown = by_label[datetime.date(*month, 1).strftime("%B %Y")]
            assert_row(
                shown,
                rows,
                lambda row, month=month: expected(row) and month_of(row.estimated_close_date) == month,
                lambda row, month=month: month_of(row.closed_on) == month,
                reader,
            )
        date = "estimated_close_date"
        others = {
            "Overdue": lambda row: getattr(row, date) and getattr(row, date) < today,
            "Earlier": lambda row: expected(row) and getattr(row, date) < first,
            "Later": lambda row: expected(row) and getattr(row, date) > end,
            "No date": lambda row: getattr(row, date) is None,
        }
        for label, of_open in others.items():
            if label in by_label:
                assert_row(by_label[label], rows, of_open, None, reader)
            else:
                assert not any(row.is_open and of_open(row) for row in rows)
        assert_row(
            tables["months"].total,
            rows,
            lambda row: True,
            lambda row: first <= row.closed_on <= end,
            reader,
        )
        in_months = {
            "of_open": lambda row: expected(row) and first <= getattr(row, date) <= end,
            "of_won": lambda row: first <= row.closed_on <= end,
        }
        if who == "manager":
            for row in tables["people"].rows:
                theirs = [each for each in rows if each.owner_id == int(row.filters["owner"])]
                assert_row(row, theirs, **in_months, reader=reader)
            units = {"North": {"North", "South"}, "North › South": {"South"}}
            named = dict(Unit.objects.values_list("pk", "name"))
            for row in tables["units"].rows:
                theirs = [each for each in rows if named.get(each.owner.unit_id) in units[str(row.label)]]
                assert_row(row, theirs, **in_months, reader=reader)
        transaction.set_rollback(True)

"""Months later: the end of a month stays one, and steps add up."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesflow import months

DAYS = st.dates(max_value=datetime.date(9990, 12, 31))
MONTHS = st.integers(min_value=0, max_value=100)


@pytest.mark.parametrize(
    ("day", "after", "expected"),
    [
        ("2026-01-31", 3, "2026-04-30"),
        ("2027-02-28", 12, "2028-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-06-15", 0, "2026-06-15"),
        ("9999-06-15", 12, "9999-12-31"),
    ],
)
def test_a_day_some_months_later(day, after, expected):
    assert months.later(datetime.date.fromisoformat(day), after) == datetime.date.fromisoformat(expected)


@given(DAYS, MONTHS)
def test_it_is_in_the_month_that_is_so_many_later(day, after):
    later = months.later(day, after)

    assert (later.year - day.year) * 12 + later.month - day.month == after


@given(DAYS, MONTHS)
def test_it_is_the_same_day_or_the_last_of_a_shorter_month(day, after):
    later = months.later(day, after)

    is_last = (later + datetime.timedelta(days=1)).day == 1
    assert later.day == day.day or (later.day < day.day and is_last)


@given(DAYS, DAYS, MONTHS)
def test_a_later_day_never_becomes_an_earlier_one(one, other, after):
    first, second = sorted((one, other))

    assert months.later(first, after) <= months.later(second, after)


@pytest.mark.parametrize(
    ("day", "after", "first", "last"),
    [
        ("2026-03-31", 0, "2026-03-01", "2026-03-31"),
        ("2026-01-15", -1, "2025-12-01", "2025-12-31"),
        ("2026-12-31", 2, "2027-02-01", "2027-02-28"),
        ("2026-02-28", 24, "2028-02-01", "2028-02-29"),
        ("9999-11-30", 1, "9999-12-01", "9999-12-31"),
    ],
)
def test_the_first_and_the_last_day_of_a_month_some_months_away(day, after, first, last):
    found = months.shifted(datetime.date.fromisoformat(day), after)

    assert (found.isoformat(), months.last_of(found).isoformat()) == (first, last)


def test_several_months_are_those_that_are_counted():
    first, last = datetime.date(2025, 11, 30), datetime.date(2026, 2, 1)

    found = months.several(first, months.count(first, last))

    assert [month.isoformat() for month in found] == ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]

"""The bridge of random histories adds up to the cent, and is what a replay of the events gives."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import Event
from opportunities.pipeline import periods
from opportunities.reports import bridge
from opportunities.reports.tables import Days
from tests.support import report_rows
from tests.support.behind_figures import listed, scope_of

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

DAY = datetime.timedelta(days=1)
PERIODS = st.builds(
    lambda first, length: Days(first, first + length * DAY),
    st.dates(report_rows.BEGIN.date(), report_rows.TODAY),
    st.sampled_from([0, 1, 6, 27, 30, 89, 200]),
)

ACTS = st.tuples(
    st.sampled_from([*["revenue", "date"] * 3, "lose", "lose", "reopen", "win", "move"]),
    report_rows.NUMBER,
    st.sampled_from([0, 24, 24 * 7, 24 * 40]),
)
LIVES = st.lists(
    st.builds(lambda life, acts: {**life, "acts": acts}, report_rows.LIFE, st.lists(ACTS, min_size=2, max_size=14)),
    min_size=1,
    max_size=12,
)
"""Lives in which revenue and date change more often than in those of the other reports."""


def state_at(opportunity, moment):
    """The status, the revenue in cents and the date just before the moment; None for a deal that was not there yet."""
    events = [event for event in opportunity.all_events if event.at < moment]
    if not events:
        return None
    status, cents, date = "open", 0, None
    for event in events:
        status = {"won": "won", "lost": "lost", "reopened": "open"}.get(event.kind, status)
        for change in event.changes:
            if change["field"] == "estimated_revenue":
                cents = int(Decimal(change["new"] or 0) * 100)
            if change["field"] == "estimated_close_date":
                date = change["new"] and datetime.date.fromisoformat(change["new"])
    return status, cents, date


def closed_during(opportunity, begins, ends):
    """The kind of the last closing of the time, if the deal was still closed after it."""
    events = [
        event for event in opportunity.all_events if event.at < ends and event.kind in ("won", "lost", "reopened")
    ]
    last = events[-1] if events else None
    return last.kind if last and last.kind != "reopened" and last.at >= begins else None


def parts_of(opportunity, begins, ends, horizon):
    """The parts of one deal with their amounts in cents, from its events alone."""
    before, after = state_at(opportunity, begins), state_at(opportunity, ends)
    if after is None:
        return {}

    def is_in(state):
        return state[0] == "open" and is_dated(state)

    def is_dated(state):
        return horizon is None or (state[2] is not None and horizon[0] <= state[2] <= horizon[1])

    found = {}
    closed = closed_during(opportunity, begins, ends)
    was_in = before is not None and is_in(before)
    came_in = is_dated(after) and (after[0] == "open" or closed)
    if was_in:
        found["opening"] = before[1]
        if after[1] != before[1]:
            found["grown" if after[1] > before[1] else "shrunk"] = after[1] - before[1]
    elif came_in:
        way = "new" if before is None else "pulled_in" if before[0] == "open" else "reopened"
        found[way] = after[1]
    if closed and (was_in or came_in):
        found[closed] = -after[1]
    elif was_in and after[0] == "open" and not is_dated(after):
        found["pushed_out"] = -after[1]
    if is_in(after):
        found["closing"] = after[1]
    return found


def replayed(opportunities, period, horizon):
    """The count and the amount of each part, deal by deal."""
    zone = timezone.get_default_timezone()
    begins = datetime.datetime.combine(period.first, datetime.time.min, tzinfo=zone)
    ends = datetime.datetime.combine(period.last + DAY, datetime.time.min, tzinfo=zone)
    span = None
    if horizon:
        span = periods.days(periods.Period(horizon), period.last, first_month=1)
    events = {}
    for event in Event.objects.order_by("version"):
        events.setdefault(event.opportunity_id, []).append(event)
    sums = {}
    for opportunity in opportunities:
        opportunity.all_events = events.get(opportunity.pk, [])
        for part, cents in parts_of(opportunity, begins, ends, span).items():
            sums.setdefault(part, []).append(cents)
    return {part: (len(cents), Decimal(sum(cents)) / 100) for part, cents in sums.items()}


def figures(table):
    return {row.filters["change"]: row for row in (*table.rows, table.total)}


def values(row):
    return tuple(figure.value for figure in row.figures)


@report_rows.SOME_SETS
@given(
    lives=LIVES,
    period=PERIODS,
    horizon=st.sampled_from(["", "quarter", "year"]),
    who=st.sampled_from(["rep", "manager"]),
)
def test_the_bridge_is_what_a_replay_of_the_events_gives(world, cast, lives, period, horizon, who):
    with transaction.atomic():
        report_rows.add(world, lives)
        reader = cast[who]
        scope = scope_of(reader, period, horizon=horizon)

        rows = figures(bridge.tables(scope)[0])
        expected = replayed(list(scope.opportunities), period, horizon)
        found = {part: values(row) for part, row in rows.items()}

        assert {part: value for part, value in found.items() if value[0]} == expected
        before_closing = [row for part, row in rows.items() if part != "closing"]
        assert sum(row.figures[1].value for row in before_closing) == rows["closing"].figures[1].value
        count = {part: row.figures[0].value for part, row in rows.items()}
        came = sum(count.get(part, 0) for part in ("opening", "new", "reopened", "pulled_in"))
        assert came - sum(count.get(part, 0) for part in ("pushed_out", "lost", "won")) == count["closing"]
        for row in rows.values():
            behind = listed(reader, row.filters, at=report_rows.NOW)
            assert behind.totals.count == row.figures[0].value
        transaction.set_rollback(True)

"""How the pipeline changed: each part with hand-made opportunities, moved by the moves of the product."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.reports import bridge
from opportunities.reports.tables import Days
from tests.support.behind_figures import listed, scope_of
from tests.support.factories import (
    DAY,
    NOW,
    OpportunityFactory,
    edit,
    lost_opportunity,
    reason,
    reread,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

FEBRUARY = Days(datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
BEFORE, DURING, AFTER = (NOW - days * DAY for days in (40, 10, 0))
IN_MARCH, IN_MAY = datetime.date(2026, 3, 20), datetime.date(2026, 5, 20)


def table(reader, **options):
    return bridge.tables(scope_of(reader, FEBRUARY, **options))[0]


def shown(reader, **options):
    """The count and the amount of each part that has something."""
    found = table(reader, **options)
    rows = [*found.rows, found.total]
    figures = {row.filters["change"]: tuple(figure.value for figure in row.figures) for row in rows}
    return {part: values for part, values in figures.items() if values != (0, 0)}


def opportunity(rep, at, revenue, date=IN_MARCH, name="Deal"):
    return OpportunityFactory(
        owner=rep, at=at, name=name, estimated_revenue=Decimal(revenue), estimated_close_date=date
    )


def lose(opportunity, at):
    transitions.close_as_lost(
        opportunity=opportunity,
        by=opportunity.owner,
        at=at,
        reason=reason("canceled"),
        closed_on=at.date(),
        waive_because=None,
    )


def test_what_is_open_all_the_time_is_there_at_the_beginning_and_at_the_end(rep):
    opportunity(rep, BEFORE, 100)

    assert shown(rep) == {"opening": (1, 100), "closing": (1, 100)}


def test_what_was_created_in_the_period_is_new(rep):
    deal = opportunity(rep, DURING, 100)
    edit(deal, at=DURING + DAY, estimated_revenue=Decimal(120))

    assert shown(rep) == {"new": (1, 120), "closing": (1, 120)}


def test_what_was_created_after_the_period_is_not_there(rep):
    opportunity(rep, AFTER, 100)

    assert shown(rep) == {}


def test_a_larger_and_a_smaller_revenue_are_its_difference(rep):
    edit(opportunity(rep, BEFORE, 100), at=DURING, estimated_revenue=Decimal("150.50"))
    edit(opportunity(rep, BEFORE, 80), at=DURING, estimated_revenue=None)

    assert shown(rep) == {
        "opening": (2, 180),
        "grown": (1, Decimal("50.50")),
        "shrunk": (1, -80),
        "closing": (2, Decimal("150.50")),
    }


def test_changes_after_the_period_change_nothing(rep):
    deal = opportunity(rep, BEFORE, 100)
    edit(deal, at=AFTER, estimated_revenue=Decimal(900))

    assert shown(rep) == {"opening": (1, 100), "closing": (1, 100)}


def test_a_deal_that_grew_and_was_won_is_in_both_parts(rep):
    deal = won_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(100))
    transitions.reopen(opportunity=deal, by=rep, at=BEFORE + DAY, reason="They called.")
    edit(deal, at=DURING, by=rep, estimated_revenue=Decimal(130))
    transitions.finish(opportunity=reread(deal), by=rep, at=DURING)
    transitions.close_as_won(
        opportunity=reread(deal), by=rep, at=DURING, actual_revenue=Decimal(99), closed_on=DURING.date()
    )

    assert shown(rep) == {"opening": (1, 100), "grown": (1, 30), "won": (1, -130)}


def test_what_was_lost_leaves_with_what_it_had(rep):
    deal = lost_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(70))
    transitions.reopen(opportunity=deal, by=rep, at=BEFORE + DAY, reason="They called.")
    lose(reread(deal), DURING)

    assert shown(rep) == {"opening": (1, 70), "lost": (1, -70)}


def test_what_was_created_and_won_in_the_period_is_new_and_won(rep):
    won_opportunity(owner=rep, at=DURING, estimated_revenue=Decimal(70))

    assert shown(rep) == {"new": (1, 70), "won": (1, -70)}


def test_what_was_lost_before_and_reopened_in_the_period_is_reopened(rep):
    deal = lost_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(70))
    transitions.reopen(opportunity=deal, by=rep, at=DURING, reason="They called.")

    assert shown(rep) == {"reopened": (1, 70), "closing": (1, 70)}


def test_what_was_lost_and_reopened_within_the_period_did_not_change(rep):
    deal = lost_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(70))
    transitions.reopen(opportunity=deal, by=rep, at=BEFORE + DAY, reason="They called.")
    lose(reread(deal), DURING)
    transitions.reopen(opportunity=reread(deal), by=rep, at=DURING + DAY, reason="They called again.")

    assert shown(rep) == {"opening": (1, 70), "closing": (1, 70)}


def test_what_was_closed_before_and_stays_closed_is_not_there(rep):
    won_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(70))

    assert shown(rep) == {}


def test_what_was_lost_after_the_period_was_open_at_its_end(rep):
    lost_opportunity(owner=rep, at=BEFORE, estimated_revenue=Decimal(70))
    deal = lost_opportunity(owner=rep, at=DURING, estimated_revenue=Decimal(50))
    transitions.reopen(opportunity=deal, by=rep, at=DURING + DAY, reason="They called.")
    lose(reread(deal), AFTER)

    assert shown(rep) == {"new": (1, 50), "closing": (1, 50)}


# The horizon


def test_a_date_beyond_the_horizon_is_pushed_out_with_the_revenue_of_the_end(rep):
    edit(opportunity(rep, BEFORE, 100), at=DURING, estimated_close_date=IN_MAY, estimated_revenue=Decimal(110))

    assert shown(rep, horizon="quarter") == {"opening": (1, 100), "grown": (1, 10), "pushed_out": (1, -110)}
    assert shown(rep) == {"opening": (1, 100), "grown": (1, 10), "closing": (1, 110)}


def test_a_date_that_came_into_the_horizon_is_pulled_in(rep):
    edit(opportunity(rep, BEFORE, 100, IN_MAY), at=DURING, estimated_close_date=IN_MARCH)
    edit(opportunity(rep, BEFORE, 30, None), at=DURING, estimated_close_date=IN_MARCH)

    assert shown(rep, horizon="quarter") == {"pulled_in": (2, 130), "closing": (2, 130)}


def test_what_is_expected_outside_the_horizon_is_not_there(rep):
    opportunity(rep, BEFORE, 100, IN_MAY)
    opportunity(rep, DURING, 100, None)

    assert shown(rep, horizon="quarter") == {}
    assert shown(rep, horizon="year") == {"opening": (1, 100), "closing": (1, 100)}


def test_without_a_horizon_there_is_no_row_of_pushed_out(rep):
    assert {row.filters["change"] for row in table(rep).rows}.isdisjoint({"pushed_out", "pulled_in"})
    assert {"pushed_out", "pulled_in"} < {row.filters["change"] for row in table(rep, horizon="quarter").rows}


def test_a_horizon_that_is_none_is_left_out(rep):
    opportunity(rep, BEFORE, 100)
    edit(opportunity(rep, BEFORE, 30, IN_MAY), at=DURING, estimated_close_date=IN_MARCH)

    assert shown(rep, horizon="decade") == shown(rep) == {"opening": (2, 130), "closing": (2, 130)}


def test_the_horizon_is_that_of_the_fiscal_year(rep, settings):
    settings.FISCAL_YEAR_FIRST_MONTH = 2
    opportunity(rep, BEFORE, 100, datetime.date(2026, 1, 31))
    opportunity(rep, BEFORE, 10, datetime.date(2026, 4, 30))

    assert shown(rep, horizon="quarter") == {"opening": (1, 10), "closing": (1, 10)}


# The list behind a figure


def test_the_list_behind_a_figure_has_its_opportunities(rep):
    grown = edit(opportunity(rep, BEFORE, 100, name="Grown"), at=DURING, estimated_revenue=Decimal(150))
    opportunity(rep, DURING, 100, name="New")
    rows = {row.filters["change"]: row for row in table(rep).rows}

    assert list(listed(rep, rows["grown"].figures[0].filters).rows) == [grown]
    assert [row.name for row in listed(rep, rows["new"].figures[0].filters).rows] == ["New"]


@pytest.mark.parametrize("days", [{}, {"change_from": "2026-02-01"}, {"change_from": "x", "change_to": "2026-02-28"}])
def test_a_part_without_its_days_is_left_out(client_of, rep, days):
    opportunity(rep, BEFORE, 100, name="Sensors")

    page = client_of(rep).get("/opportunities/", {"change": "grown", **days})

    assert "change" in page.context["list_page"].filter.left_out
    assert "Sensors" in page.content.decode()


def test_a_person_sees_the_parts_of_what_they_see(rep, colleague, manager):
    opportunity(rep, BEFORE, 100)
    opportunity(colleague, BEFORE, 30)

    assert shown(rep) == {"opening": (1, 100), "closing": (1, 100)}
    assert shown(manager) == {"opening": (2, 130), "closing": (2, 130)}


def test_a_text_with_the_name_of_a_field_is_no_change_of_it(rep):
    deal = opportunity(rep, BEFORE, 100)
    edit(deal, at=DURING, name="estimated_revenue", description='{"field": "estimated_revenue", "old": "7"}')

    assert shown(rep) == {"opening": (1, 100), "closing": (1, 100)}

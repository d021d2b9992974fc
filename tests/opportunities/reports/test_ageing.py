"""The ageing list: which opportunities are on it, in which order, and what each row says."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from opportunities import transitions
from opportunities.reports import ageing, time_in_stage
from salesflow.users.models import User
from tests.support.behind_figures import listed, period_of, scope_of
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    change_stage,
    edit,
    opportunity_in,
    plan,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.fixture(autouse=True)
def _on_that_day():
    with time_machine.travel(NOW, tick=False):
        yield


def ageing_list(reader):
    tables = time_in_stage.tables(scope_of(reader, period_of(60, 60)))
    return next(table for table in tables if table.key == "ageing")


def names(table):
    return [row.label for row in table.rows]


def values(row):
    return [figure.value for figure in row.figures]


def test_the_rows_are_the_first_of_the_list_of_all_which_has_the_same_order(manager, rep, colleague):
    for days in range(ageing.MOST_ROWS + 2):
        OpportunityFactory(owner=(rep, colleague)[days % 2], name=f"In Qualify for {days}", at=NOW - days * DAY)
    opportunity_in(DEVELOP, owner=rep, name="Oldest", at=NOW - 90 * DAY)
    held = opportunity_in(DEVELOP, owner=rep, name="Held", at=NOW - 100 * DAY)
    transitions.hold(opportunity=held, by=rep, at=NOW, reason="Their budget is not decided.")
    won_opportunity(owner=rep)

    table = ageing_list(manager)

    every = [each.name for each in listed(manager, table.more.filters).rows]
    assert names(table) == every[: ageing.MOST_ROWS]
    assert (every[0], every[-1], len(every)) == ("Oldest", "In Qualify for 0", ageing.MOST_ROWS + 3)
    assert table.more.label == f"The list with all {len(every)} deals"
    mine = ageing_list(rep)
    assert names(mine) == [each.name for each in listed(rep, mine.more.filters).rows]
    assert "In Qualify for 1" not in names(mine)


def test_a_row_has_the_days_against_the_target_the_days_open_and_the_revenue(rep):
    change_stage(DEVELOP, target_days=21)
    deal = opportunity_in(DEVELOP, owner=rep, at=NOW - 33 * DAY, estimated_revenue=Decimal("1500.50"))
    change_stage(QUALIFY, target_days=None)
    OpportunityFactory(owner=rep, at=NOW - 2 * DAY)

    over, without_target = ageing_list(rep).rows

    assert (str(over.texts[0]), over.texts[1], over.address) == ("Kari Nordmann", DEVELOP, deal.get_absolute_url())
    assert values(over) == [33, 21, 12, 33, Decimal("1500.50")]
    assert values(without_target) == [2, None, None, 2, None]


def test_the_marks_say_what_is_wrong_with_a_deal(rep, manager):
    edit(OpportunityFactory(owner=rep, at=NOW - 9 * DAY), estimated_close_date=TODAY - DAY)
    late = OpportunityFactory(owner=rep, at=NOW - 8 * DAY)
    plan(late, due=TODAY - DAY)
    planned = OpportunityFactory(owner=rep, at=NOW - 7 * DAY)
    plan(planned, due=TODAY + DAY)

    assert [row.texts[2] for row in ageing_list(rep).rows] == ["Slipped, Nothing planned", "Late", ""]

    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert ageing_list(manager).rows[-1].texts[2] == "Owner disabled"


def test_the_page_links_each_row_and_all(client_of, rep):
    deal = opportunity_in(DEVELOP, owner=rep, name="Fleet", at=NOW - 33 * DAY)

    page = client_of(rep).get(reverse("time_in_stage")).content.decode()

    assert f'<a href="{deal.get_absolute_url()}">Fleet</a>' in page
    assert "days_from=0&amp;sort=age" in page
    assert "The list with this deal" in page

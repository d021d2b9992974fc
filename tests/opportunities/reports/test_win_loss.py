"""Win and loss of a few opportunities, by hand."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from opportunities import transitions
from opportunities.models import StatusReason
from opportunities.reports import win_loss
from opportunities.reports.closed import Outcomes
from opportunities.reports.debrief_texts import MOST_ROWS
from opportunities.reports.tables import Days
from opportunities.reports.win_loss_rows import Line, most
from salesflow.users.models import Unit, User
from stages.models import Process
from tests.support.behind_figures import listed, period_of, scope_of
from tests.support.factories import (
    DEVELOP,
    NOW,
    TODAY,
    AccountFactory,
    CompetitorFactory,
    UserFactory,
    add_competitor,
    add_team_member,
    edit,
    file_debrief,
    finished_opportunity,
    lose,
    lost_opportunity,
    opportunity_in,
    reason,
    reread,
    win,
    won_opportunity,
)
from tests.support.figures import assert_lists_agree, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

MARCH = Days(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))
DAY = datetime.timedelta(days=1)


def report(reader, period=MARCH):
    found = win_loss.tables(scope_of(reader, period))
    assert_lists_agree(found, reader)
    return found


def test_the_rate_is_of_counts_and_of_value(rep, manager):
    won_opportunity(owner=rep, estimated_revenue=Decimal(100))  # for 450,000
    won_opportunity(owner=rep)
    lost_opportunity(owner=rep, estimated_revenue=Decimal(300_000))
    lost_opportunity(owner=rep)

    found = report(manager)

    amounts = [Decimal(900_000), Decimal(300_000), Decimal("75.0")]
    assert table(found, "overall") == {"All closed": [4, 2, 2, Decimal("50.0"), *amounts]}
    assert table(found, "months") == {name: [4, 2, 2, Decimal("50.0"), *amounts] for name in ("March 2026", "total")}


def test_without_closings_each_table_says_so(manager):
    found = report(manager)

    assert table(found, "overall") == {"All closed": [0, 0, 0, None, Decimal(0), Decimal(0), None]}
    for each in found[1:]:
        assert not each.rows, each.key
        assert each.empty


def test_a_reopened_opportunity_counts_by_its_closing_in_force_only(rep, manager):
    opportunity = won_opportunity(owner=rep)
    transitions.reopen(opportunity=opportunity, by=rep, at=NOW, reason="They called.")
    assert table(report(manager), "overall")["All closed"][:3] == [0, 0, 0]

    opportunity = reread(opportunity)
    transitions.finish(opportunity=opportunity, by=rep, at=NOW)
    lose(reread(opportunity))

    assert table(report(manager), "overall")["All closed"][:3] == [1, 0, 1]


def test_the_first_and_the_last_day_of_the_period_belong_to_it(rep, manager):
    for day in (28, 1, 2):
        month = 2 if day == 28 else 3
        win(finished_opportunity(owner=rep), closed_on=datetime.date(2026, month, day))

    period = Days(datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))

    assert [row[1] for row in table(report(manager, period), "months").values()] == [1, 1, 2]
    assert table(report(manager), "overall")["All closed"][1] == 2


def test_months_between_closings_are_there_with_nothing(rep, manager):
    win(finished_opportunity(owner=rep), closed_on=datetime.date(2025, 12, 31))
    won_opportunity(owner=rep)

    found = table(report(manager, Days(datetime.date(2025, 1, 1), datetime.date(2026, 12, 31))), "months")

    assert {month: row[0] for month, row in found.items()} == {
        "December 2025": 1,
        "January 2026": 0,
        "February 2026": 0,
        "March 2026": 1,
        "total": 2,
    }


def test_losses_are_counted_by_reason_stage_and_competitor(rep, manager):
    rival = CompetitorFactory(name="Rival")
    lost_opportunity(owner=rep, estimated_revenue=Decimal(100))
    Process.objects.update(lost_gate="any")
    for _ in range(2):
        early = opportunity_in(DEVELOP, owner=rep)
        lose(early, reason=reason("out_sold"), competitor=rival, description="Cheaper.")

    found = report(manager)

    third, two_thirds = Decimal("33.3"), Decimal("66.7")
    total = [3, Decimal("100.0"), Decimal(100)]
    assert table(found, "lost_reasons") == {
        "Canceled": [1, third, Decimal(100)],
        "Out-sold": [2, two_thirds, Decimal(0)],
        "total": total,
    }
    assert {name: row[0] for name, row in table(found, "lost_from").items()} == {
        "Qualify": 0,
        "Develop": 2,
        "Propose": 0,
        "Close": 1,
        "total": 3,
    }
    assert table(found, "lost_to") == {
        "Rival": [2, two_thirds, Decimal(0)],
        "No competitor named": [1, third, Decimal(100)],
        "total": total,
    }


def test_with_several_reasons_of_won_they_are_counted_by_reason(rep, manager):
    tender = StatusReason.objects.create(status="won", name_en="Tender won", order=1)
    won_opportunity(owner=rep)  # for 450,000
    assert "won_reasons" not in [each.key for each in report(manager)]
    for revenue in ("100.10", "30"):
        win(finished_opportunity(owner=rep), reason=tender, actual_revenue=Decimal(revenue))
    lost_opportunity(owner=rep)

    found = report(manager)

    assert table(found, "won_reasons") == {
        "Won": [1, Decimal("33.3"), Decimal(450_000)],
        "Tender won": [2, Decimal("66.7"), Decimal("130.10")],
    }
    (row,) = [row for each in found if each.key == "won_reasons" for row in each.rows if row.label == "Tender won"]
    assert row.filters == {"status": "won", "reason": str(tender.pk), **MARCH.filters("closed")}


def test_an_opportunity_counts_for_each_of_its_competitors(rep, manager):
    first, second = CompetitorFactory(name="First"), CompetitorFactory(name="Second")
    opportunity = finished_opportunity(owner=rep)
    add_competitor(opportunity, competitor=first)
    add_competitor(opportunity, competitor=second)
    win(reread(opportunity))

    found = table(report(manager), "rivals")

    assert (found["First"][:2], found["Second"][:2]) == ([1, 1], [1, 1])


def test_a_team_has_those_below_it(rep, colleague, manager):
    north = Unit.objects.create(name="North")
    south = Unit.objects.create(name="South", parent=north)
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    User.objects.filter(pk=rep.pk).update(unit=north)
    User.objects.filter(pk=colleague.pk).update(unit=south)
    won_opportunity(owner=rep)
    won_opportunity(owner=colleague)
    won_opportunity(owner=UserFactory())

    found = table(report(manager), "units")

    assert {name: row[1] for name, row in found.items()} == {"North": 2, "South": 1, "In no team": 1, "total": 3}


def test_a_team_that_only_repeats_one_below_it_is_left_out(rep, manager):
    north = Unit.objects.create(name="North")
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    User.objects.filter(pk=rep.pk).update(unit=Unit.objects.create(name="South", parent=north))
    won_opportunity(owner=rep)

    assert list(table(report(manager), "units")) == ["South", "total"]


def test_the_lead_of_a_team_sees_that_team_only(rep, colleague, manager):
    north = Unit.objects.create(name="North")
    south = Unit.objects.create(name="South", parent=north, lead=manager)
    User.objects.filter(pk=rep.pk).update(unit=north)
    User.objects.filter(pk=colleague.pk).update(unit=south)
    won_opportunity(owner=rep)
    won_opportunity(owner=colleague)

    found = report(manager)

    assert list(table(found, "units")) == ["South", "total"]
    assert list(table(found, "owners")) == ["Ola Hansen", "total"]


def test_a_rep_sees_the_own_and_no_teams(rep, colleague):
    Unit.objects.create(name="North")
    won_opportunity(owner=rep)
    won_opportunity(owner=colleague)

    found = report(rep)

    assert list(table(found, "owners")) == ["Kari Nordmann", "total"]
    assert "units" not in [each.key for each in found]


def test_who_may_not_be_filtered_by_is_a_row_without_a_link(rep, colleague):
    opportunity = finished_opportunity(owner=colleague)
    add_team_member(opportunity, user=rep)
    win(reread(opportunity))

    owners = next(each for each in report(rep) if each.key == "owners")

    assert [(str(row.label), row.filters) for row in owners.rows] == [("Others, with whom you sell", None)]


def test_an_account_without_industry_and_no_account_are_one_row(rep, manager):
    for industry in ("", "Shipping", "none"):
        edited = edit(finished_opportunity(owner=rep), account=AccountFactory(industry=industry))
        win(edited)

    found = table(report(manager), "industries")

    assert {name: row[0] for name, row in found.items()} == {"No industry": 2, "Shipping": 1, "total": 3}


def test_sizes_do_not_overlap(rep, manager):
    for revenue in (None, "99999.99", "100000.00", "4999999.99", "5000000.00"):
        amount = None if revenue is None else Decimal(revenue)
        win(finished_opportunity(owner=rep, estimated_revenue=amount))

    assert [row[0] for row in table(report(manager), "sizes").values()] == [1, 1, 0, 1, 1, 1, 5]


def test_debriefs_say_the_price_gap_by_reason(rep, manager):
    for gap, why in ((10, "Price."), (-5, ""), (1, "Price."), (None, "Price.")):
        file_debrief(lost_opportunity(owner=rep), price_gap=gap, why=why, went_well="The talks.")

    found = table(report(manager), "debriefs")

    row = [4, 3, 3, Decimal("1.0"), -5, 10, Decimal("2.0")]
    assert found == {"Canceled": row, "total": row}


def test_the_debriefs_are_quoted_from_the_deals_that_were_closed_last_and_that_the_reader_sees(
    client_of, rep, colleague, manager
):
    with time_machine.travel(NOW, tick=False):
        for days in range(MOST_ROWS + 1):
            deal = finished_opportunity(owner=rep, name=f"Closed {days} days ago", at=NOW - 60 * DAY)
            lose(deal, closed_on=TODAY - days * DAY)
            file_debrief(reread(deal), why=f"Reason {days}.", price_gap=days)
        file_debrief(won_opportunity(owner=colleague, name="Hers"), why="Her secret.", went_badly="a" * 400)

        quoted = next(each for each in report(manager, period_of(40, 40)) if each.key == "debrief_texts")
        every = [each.name for each in listed(manager, quoted.more.filters).rows]
        pages = [client_of(reader).get(f"{reverse('win_loss')}?period=year") for reader in (rep, manager)]

    assert [row.label for row in quoted.rows] == every[:MOST_ROWS]
    assert len(every) == MOST_ROWS + 2
    first = quoted.rows[every.index("Closed 3 days ago")]
    assert first.texts == ("Lost: Canceled", "27 Feb 2026", "Reason 3.", "", "")
    assert [figure.value for figure in first.figures] == [3]
    of_rep, of_manager = (page.content.decode() for page in pages)
    assert "Reason 3." in of_rep
    assert "Her secret." in of_manager
    assert "Her secret." not in of_rep
    assert "a" * 400 not in of_manager


def test_the_lines_after_the_fiftieth_are_summed_in_one():
    lines = [Line(f"Person {at}", Outcomes(won=at), {}) for at in range(53)]

    found = most(lines)

    assert [str(line.label) for line in found[:2]] == ["Person 52", "Person 51"]
    assert len(found) == 51
    assert (found[-1].label, found[-1].outcomes.won, found[-1].filters) == ("3 others", 0 + 1 + 2, None)


def test_more_opportunities_need_no_more_queries(rep, manager, django_assert_max_num_queries):
    lost_opportunity(owner=rep)
    won_opportunity(owner=rep)
    scope = scope_of(manager, MARCH)
    assert scope.reader.has_role

    with django_assert_max_num_queries(9):
        win_loss.tables(scope)

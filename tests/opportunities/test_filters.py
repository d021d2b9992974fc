"""Each filter of opportunities, by its value in the address, on one set of opportunities."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.test import RequestFactory

from opportunities import transitions
from opportunities.customers.models import Competitor
from opportunities.editing import last_looks
from opportunities.models import Opportunity
from opportunities.pipeline import periods
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.pipeline.periods import Period
from salesflow.users.models import Unit, User
from stages.models import Process
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    NOW,
    TODAY,
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    add_competitor,
    add_process,
    add_team_member,
    edit,
    file_debrief,
    lose,
    ready_opportunity,
    reason,
    stage,
    step,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

OF_BRIDGE = ("change", "change_from", "change_to", "change_horizon")
"""In the tests of the bridge."""


@pytest.fixture(scope="module")
def opportunities(cast):
    """Six of one rep, and one of a colleague in a unit below another."""
    rep, colleague, manager = cast["rep"], cast["colleague"], cast["manager"]
    with time_machine.travel(NOW, tick=False):
        north = Unit.objects.create(name="North")
        User.objects.filter(pk=colleague.pk).update(unit=Unit.objects.create(name="Harbours", parent=north))
        User.objects.filter(pk=manager.pk).update(sees_all=True)
        manager = User.objects.get(pk=manager.pk)
        shipping = AccountFactory(name="Ærlig Skip", industry="Shipping")
        fleet = OpportunityFactory(owner=rep, name="Fleet", account=shipping, contact=ContactFactory(name="Åse Berg"))
        edit(
            fleet,
            estimated_revenue=Decimal(900),
            estimated_close_date=TODAY - DAY,
            rating="hot",
            forecast_category="committed",
        )
        add_competitor(fleet, competitor=CompetitorFactory(name="Rival"))
        add_team_member(fleet, user=colleague)
        ready_opportunity(DEVELOP, owner=rep, name="Ready", next_step="Call", next_step_due=TODAY)
        held = OpportunityFactory(owner=rep, name="Held", estimated_close_date=TODAY + 40 * DAY)
        transitions.hold(opportunity=held, by=rep, at=NOW, reason="They reorganise.")
        waived = OpportunityFactory(owner=rep, name="Waived", estimated_revenue=Decimal(100))
        for_step = step("estimated_budget")
        transitions.waive(opportunity=waived, step=for_step, by=manager, at=NOW, reason="A framework agreement.")
        asked = {"step": step("purchase_process"), "by": rep, "at": NOW, "reason": "They know us."}
        transitions.ask_for_waiver(opportunity=fleet, **asked)
        won = won_opportunity(owner=rep, name="Won", at=NOW - 40 * DAY)
        file_debrief(won, price_gap=None, at=NOW)
        lost = ready_opportunity(CLOSE, owner=rep, name="Lost")
        lose(lost, reason=reason("out_sold"), competitor=CompetitorFactory(name="Winner"))
        OpportunityFactory(owner=colleague, name="Harbour", at=NOW - 400 * DAY)


def found(user, **query):
    """The names that the filter finds for this user, sorted."""
    asked = QueryDict(mutable=True)
    asked.update({name: str(value) for name, value in query.items()})
    request = RequestFactory().get("/opportunities/")
    request.user = User.objects.get(pk=user.pk)
    with time_machine.travel(NOW, tick=False):
        filter = OpportunityFilter(asked, request=request)
        assert not filter.left_out
        return sorted(filter.rows.values_list("name", flat=True))


OPEN = ["Fleet", "Harbour", "Held", "Ready", "Waived"]


def cases(rep, colleague):
    """The query of each case and what it finds for a manager who sees all."""
    yield {}, OPEN
    yield {"owner": rep.pk}, ["Fleet", "Held", "Ready", "Waived"]
    yield {"owner": "me"}, []
    yield {"owner": "disabled"}, []
    yield {"unit": Unit.objects.get(name="North").pk}, ["Harbour"]
    yield {"unit": "none"}, ["Fleet", "Held", "Ready", "Waived"]
    yield {"member": colleague.pk}, ["Fleet"]
    yield {"member": "me"}, []
    yield {"stage": stage(DEVELOP).pk}, ["Ready"]
    yield {"process": Process.objects.get().pk}, OPEN
    yield {"status": "won"}, ["Won"]
    yield {"status": "all"}, sorted([*OPEN, "Won", "Lost"])
    yield {"reason": reason("on_hold").pk}, ["Held"]
    yield {"reason": reason("won").pk}, ["Won"]
    yield {"hold": "1"}, ["Held"]
    yield {"hold": "0", "owner": rep.pk}, ["Fleet", "Ready", "Waived"]
    yield {"ready": "1"}, ["Ready"]
    yield {"ready": "0"}, ["Fleet", "Harbour", "Waived"]
    yield {"blocked": step("estimated_budget").pk}, ["Fleet", "Harbour", "Held"]
    yield {"due": "today"}, ["Ready"]
    yield {"due": "none"}, ["Fleet", "Harbour", "Waived"]
    yield {"due": "overdue"}, []
    yield {"stuck": "1"}, ["Fleet", "Harbour", "Waived"]
    yield {"day": "late"}, ["Fleet"]
    yield {"day": "today"}, ["Ready"]
    yield {"waived": "1"}, ["Waived"]
    yield {"waiver": "asked"}, ["Fleet"]
    yield {"waiver": "given"}, ["Waived"]
    yield {"waiver": "withdrawn"}, []
    yield {"waiver": "imported"}, []
    yield {"catch_up": "1"}, []
    yield {"waiver_step": step("estimated_budget").pk}, ["Waived"]
    yield {"waiver_step": step("estimated_budget").pk, "waiver": "asked"}, []
    yield {"waiver_by": rep.pk}, ["Fleet"]
    yield {"waiver_by": rep.pk, "waiver": "given"}, []
    yield {"waiver_from": TODAY}, ["Fleet", "Waived"]
    yield {"waiver_to": TODAY - DAY}, []
    yield {"waiver_from": TODAY - DAY, "waiver_to": TODAY, "waiver": "asked"}, ["Fleet"]
    yield {"account": AccountFactory._meta.model.objects.get(name="Ærlig Skip").pk}, ["Fleet"]
    yield {"industry": "Shipping"}, ["Fleet"]
    yield {"industry": "none", "status": "open"}, ["Harbour", "Held", "Ready", "Waived"]
    yield {"lost_to": Competitor.objects.get(name="Winner").pk}, ["Lost"]
    yield {"lost_to": Competitor.objects.get(name="Rival").pk}, []
    yield {"competitors": "none"}, ["Harbour", "Held", "Waived"]
    yield {"competitors": "not_named", "status": "all"}, []
    yield {"debrief": "1"}, ["Won"]
    yield {"debrief": "why"}, ["Won"]
    yield {"debrief": "gap"}, []
    yield {"revenue": "none"}, ["Harbour", "Held", "Ready"]
    yield {"competitor": Competitor.objects.get(name="Rival").pk}, ["Fleet"]
    yield {"revenue_from": "100"}, ["Fleet", "Waived"]
    yield {"revenue_from": "100,01"}, ["Fleet"]
    yield {"revenue_to": "899.99"}, ["Waived"]
    yield {"rating": "hot"}, ["Fleet"]
    yield {"forecast": "committed"}, ["Fleet"]
    yield {"closing": "past"}, ["Fleet"]
    yield {"closing": "none"}, ["Harbour", "Ready", "Waived"]
    yield {"closing": "next_month"}, ["Held"]
    yield {"closing": "month"}, ["Fleet"]
    yield {"closing": "next_quarter"}, ["Held"]
    yield {"closing_from": TODAY}, ["Held"]
    yield {"closing_to": TODAY}, ["Fleet"]
    yield {"closed": "month"}, ["Lost"]
    yield {"closed": "last_month"}, []
    yield {"closed_from": TODAY - 60 * DAY, "closed_to": TODAY - DAY}, ["Won"]
    yield {"created": "last_year"}, ["Harbour"]
    yield {"created_from": TODAY}, ["Fleet", "Held", "Ready", "Waived"]
    yield {"created_to": TODAY - DAY}, ["Harbour"]
    yield {"entered_from": TODAY}, ["Fleet", "Held", "Lost", "Ready", "Waived"]
    yield {"entered_to": TODAY - DAY}, ["Harbour", "Won"]
    yield {"reached": stage(DEVELOP).pk}, ["Lost", "Ready", "Won"]
    yield {"lost_from": stage(CLOSE).pk}, ["Lost"]
    yield {"phase": stage(DEVELOP).phase_id}, ["Ready"]
    yield {"phase": "none"}, []
    yield {"days_from": 400}, ["Harbour"]
    yield {"days_to": 399}, ["Fleet", "Ready", "Waived"]
    yield {"days_from": 0, "days_to": 0}, ["Fleet", "Ready", "Waived"]
    yield {"q": "fleet"}, ["Fleet"]
    yield {"q": "aerlig"}, ["Fleet"]
    yield {"q": "ÅSE fleet"}, ["Fleet"]
    yield {"q": "%"}, []


def test_each_filter_finds_what_it_says(opportunities, rep, colleague, manager, subtests):
    for query, names in cases(rep, colleague):
        with subtests.test(str(query)):
            assert found(manager, **query) == names


def test_a_rep_finds_the_same_among_what_the_rep_sees(opportunities, rep, colleague, subtests):
    for query, names in cases(rep, colleague):
        if {"unit", "owner", "member"}.isdisjoint(query):
            with subtests.test(str(query)):
                assert found(rep, **query) == [name for name in names if name != "Harbour"]


def test_every_filter_is_in_one_of_these_cases(opportunities, rep, colleague):
    named = {name for query, _names in cases(rep, colleague) for name in query}

    assert set(OpportunityFilter.base_filters) - named == {"sort", "news", *OF_BRIDGE}


def test_what_others_changed_since_the_reader_looked_is_found(opportunities, rep, colleague):
    fleet = Opportunity.objects.get(name="Fleet")
    last_looks.see(opportunity=fleet, by=colleague, at=NOW, version=fleet.version)
    assert found(colleague, news="1") == []

    edit(fleet, by=rep, at=NOW + DAY, description="They called.")

    assert found(colleague, news="1") == ["Fleet"]
    assert found(rep, news="1") == ["Waived"]


@pytest.mark.parametrize(
    "name",
    ["unit", "process", "reason", "blocked", "account", "competitor", "industry", "reached", "lost_from", "phase"],
)
@pytest.mark.parametrize("value", ["0", "x", str(2**63), "\x00", "-1"])
def test_a_row_that_does_not_exist_is_left_out(client_of, rep, name, value):
    OpportunityFactory(owner=rep, name="Sensors")

    page = client_of(rep).get("/opportunities/", {name: value})

    assert list(page.context["list_page"].filter.left_out) == [name]
    assert "Sensors" in page.content.decode()


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "100000", "9" * 5000, "\x00"])
def test_a_number_of_days_that_is_none_is_left_out(client_of, rep, value):
    OpportunityFactory(owner=rep, name="Sensors")

    page = client_of(rep).get("/opportunities/", {"days_from": value})

    assert list(page.context["list_page"].filter.left_out) == ["days_from"]
    assert "Sensors" in page.content.decode()


def test_a_rep_can_choose_no_unit(rep):
    assert not list(OpportunityFilter.base_filters["unit"].rows.offered(_about(rep)))


def _about(user):
    request = RequestFactory().get("/")
    request.user = user
    return OpportunityFilter(QueryDict(), request=request).about


PERIODS = [
    (Period.THIS_MONTH, 1, "2026-03-01", "2026-03-31"),
    (Period.LAST_MONTH, 1, "2026-02-01", "2026-02-28"),
    (Period.NEXT_MONTH, 1, "2026-04-01", "2026-04-30"),
    (Period.THIS_QUARTER, 1, "2026-01-01", "2026-03-31"),
    (Period.NEXT_QUARTER, 1, "2026-04-01", "2026-06-30"),
    (Period.LAST_QUARTER, 1, "2025-10-01", "2025-12-31"),
    (Period.THIS_QUARTER, 2, "2026-02-01", "2026-04-30"),
    (Period.THIS_YEAR, 1, "2026-01-01", "2026-12-31"),
    (Period.THIS_YEAR, 7, "2025-07-01", "2026-06-30"),
    (Period.NEXT_YEAR, 7, "2026-07-01", "2027-06-30"),
    (Period.LAST_YEAR, 4, "2024-04-01", "2025-03-31"),
]


@pytest.mark.parametrize(("period", "first_month", "first", "last"), PERIODS)
def test_quarters_and_years_are_those_of_the_fiscal_year(period, first_month, first, last):
    today = datetime.date(2026, 3, 2)

    assert [day.isoformat() for day in periods.days(period, today, first_month=first_month)] == [first, last]


# The page of all filters


def test_all_filters_are_on_a_page_of_their_own(client_of, manager):
    add_process("Renewal", "Ask")  # or else no pipeline phase is offered

    page = client_of(manager).get("/opportunities/filters/", {"rating": "hot"}).content.decode()

    for name in OpportunityFilter.base_filters:
        assert f'name="{name}"' in page or f'name="{name}-find"' in page
    assert '<option value="hot" selected>' in page


def test_the_pipeline_phase_is_offered_where_several_processes_are_in_use(client_of, rep):
    client = client_of(rep)
    assert 'name="phase"' not in client.get("/opportunities/filters/").content.decode()

    add_process("Renewal", "Ask")

    assert 'name="phase"' in client.get("/opportunities/filters/").content.decode()


def test_the_page_of_all_filters_leads_to_the_list(client_of, rep):
    shown = client_of(rep).get("/opportunities/filters/", {"rating": "hot", "q": "", "show": "1"})

    assert shown.status_code == 302
    assert shown.url == "/opportunities/?rating=hot"


def test_a_name_that_is_typed_in_a_picker_is_found_first(client_of, rep):
    account = AccountFactory(name="Havbris AS")

    page = client_of(rep).get("/opportunities/filters/", {"account-find": "havbris", "show": "1"}).content.decode()

    assert f'value="{account.pk}"' in page and "Havbris AS" in page


def test_the_bar_of_the_list_keeps_a_filter_that_it_does_not_show(client_of, rep):
    OpportunityFactory(owner=rep, rating="hot")

    page = client_of(rep).get("/opportunities/", {"rating": "hot"}).content.decode()

    assert '<input type="hidden" name="rating" value="hot">' in page


def test_the_part_below_the_bar_has_no_filter_of_the_bar(client_of, rep):
    part = client_of(rep).get("/opportunities/filters/", headers={"hx-request": "true"}).content.decode()

    assert 'name="rating"' in part
    assert 'name="status"' not in part and "<html" not in part

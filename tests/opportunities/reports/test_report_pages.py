"""What the pages of all reports have in common: filters, period, links, CSV files, and who may open them."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.http import QueryDict
from django.test import RequestFactory
from django.utils.html import escape

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.reports.every import REPORTS
from opportunities.reports.filter import ReportFilter
from opportunities.reports.tables import Days, Measure
from stages.models import Process
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    AccountFactory,
    OpportunityFactory,
    add_competitor,
    add_stage,
    add_step,
    add_team_member,
    edit,
    fill,
    lose,
    lost_opportunity,
    opportunity_in,
    stage,
    won_opportunity,
)
from tests.support.figures import behind, drawn_figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

EVERY = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def opportunities(cast):
    """Of two reps: open ones in three stages, one on hold, one won and two lost, one of which was reopened."""
    with time_machine.travel(NOW, tick=False):
        _make_opportunities(**{name: cast[name] for name in ("rep", "colleague", "manager")})


def _make_opportunities(rep, colleague, manager):
    shipping = AccountFactory(name="Ærlig Skip", industry="Shipping")
    fleet = opportunity_in(QUALIFY, owner=rep, name="Fleet", estimated_revenue=Decimal("100.01"), account=shipping)
    edit(fleet, estimated_close_date=TODAY - DAY, probability=33)
    held = opportunity_in(DEVELOP, owner=rep, estimated_revenue=Decimal(250000), probability=100)
    transitions.hold(opportunity=held, by=rep, at=NOW, reason="Their budget is not decided.")
    moved = fill(opportunity_in(QUALIFY, owner=colleague, estimated_revenue=Decimal("0.07")), QUALIFY)
    transitions.advance(opportunity=moved, by=colleague, at=NOW)
    add_competitor(opportunity_in(PROPOSE, owner=colleague, estimated_close_date=TODAY + 20 * DAY))
    won_opportunity(owner=rep, estimated_revenue=Decimal(80000))
    lost_opportunity(owner=rep, estimated_revenue=Decimal(5000))
    again = lost_opportunity(owner=colleague, estimated_revenue=Decimal(700))
    transitions.reopen(opportunity=again, by=manager, at=NOW, reason="They called.")


OF_THEN = {"reports", "bridge"}
"""The reports with amounts of another time. The lists behind them have those of now."""
OF_OPEN_ONES = ("revenue_from=0.05&revenue_to=300", "forecast=pipeline")
"""Finds nothing that is closed."""


def listed(address, reader):
    """What the list with this address finds."""
    request = RequestFactory().get(address)
    request.user = reader
    found = OpportunityFilter(QueryDict(address.partition("?")[2]), request=request)
    assert not found.left_out, found.left_out
    return found


def assert_lists_agree(page, report, reader):
    """Each figure that leads to a list is that of the list. Returns how many there are."""
    figures = list(drawn_figures(page))
    for name, cell, figure in figures:
        if cell.column.unit == Measure.COUNT or report.name not in OF_THEN:
            found = listed(cell.address, reader)
            assert behind(cell.column, found) == figure.value, f"{reader}: {name}, {cell.address}"
    return len(figures)


@pytest.mark.sweep
@EVERY
@pytest.mark.parametrize(
    "query",
    [
        *("", "owner=me", "q=fleet", "revenue_from=0.05&revenue_to=300", "period=year&rating=warm", "from=2026-01-01"),
        *("forecast=pipeline", "change_from=2026-02-20&change_horizon=quarter", "owner=all"),
    ],
)
def test_the_list_behind_each_figure_has_exactly_so_much(client_of, manager, rep, opportunities, report, query):
    of_manager, of_rep = (
        assert_lists_agree(client_of(reader).get(f"{report.address}?{query}"), report, reader)
        for reader in (manager, rep)
    )

    has_any = report.name != "win_loss" or query not in OF_OPEN_ONES
    assert (bool(of_manager), bool(of_rep)) == (has_any and query != "owner=me", has_any)


@EVERY
def test_a_label_leads_where_one_of_the_figures_beside_it_leads(client_of, manager, opportunities, report):
    for table in client_of(manager).get(f"{report.address}?period=year").context["tables"]:
        for row in table.table.rows:
            if row.filters is not None:
                assert row.filters in [figure.filters for figure in row.figures], f"{table.table.key}, {row.label}"


@EVERY
def test_a_page_has_its_heading_and_the_other_reports_with_the_same_filters(client_of, manager, opportunities, report):
    page = client_of(manager).get(f"{report.address}?period=year&rating=warm")
    assert f">{report.label}</h1>" in page.content.decode()
    assert [link.label for link in page.context["reports"]] == [str(each.label) for each in REPORTS]
    assert all("period=year" in link.address and "rating=warm" in link.address for link in page.context["reports"])


@EVERY
@pytest.mark.parametrize("language", ["en", "nb"])
def test_each_table_has_its_figures_in_a_csv_file(client_of, manager, opportunities, report, language):
    client = client_of(manager)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for table in client.get(report.address).context["tables"]:
        if not table.rows:
            continue
        response = client.get(f"{report.address}csv/?table={table.table.key}")
        if table.table.lists_opportunities:  # rows are exported by the list only, which logs it
            assert response.status_code == 404
            continue
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"].startswith("attachment;")
        text = response.content.decode("utf-8-sig")
        head, *lines = csv.reader(io.StringIO(text), delimiter=";" if language == "nb" else ",")
        rows = [*table.rows, *([table.total] if table.total else [])]
        assert len(head) == 1 + len(table.table.columns)
        assert len(lines) == len(rows)
        for line, row in zip(lines, rows, strict=True):
            read = [None if each == "" else Decimal(each.replace(",", ".")) for each in line[1:]]
            assert read == [figure.value for figure in row.row.figures]


@EVERY
def test_a_table_that_does_not_exist_is_not_found(client_of, rep, report):
    assert client_of(rep).get(f"{report.address}csv/?table=nothing").status_code == 404


@EVERY
def test_a_report_whose_filters_find_nothing_says_so(client_of, manager, opportunities, report):
    page = client_of(manager).get(f"{report.address}?q=nowhere")
    assert not list(drawn_figures(page))
    assert "No opportunity fits what you searched for and the filters." in page.content.decode()


@EVERY
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=century", "Period:"),
        ("from=31.02.2026", "From:"),
        ("from=2026-03-01&to=2026-02-01", "Until: this is before the first day."),
        ("owner=0", "Owner:"),
        ("process=999999", "Process: it is not one of those you can choose."),
        ("status=won", "Status and closing date: the report decides which are counted."),
    ],
)
def test_a_page_says_what_it_leaves_out(client_of, manager, report, query, sentence):
    assert sentence in client_of(manager).get(f"{report.address}?{query}").content.decode()


@EVERY
def test_empty_values_are_left_out_of_the_address(client_of, rep, report):
    response = client_of(rep).get(f"{report.address}?q=&rating=hot")
    assert response.status_code == 302
    assert response["Location"] == f"{report.address}?rating=hot"


@EVERY
def test_another_process_has_its_own_opportunities(client_of, manager, rep, opportunities, report):
    other = Process.objects.create(name_en="Renewals")
    for order, name in enumerate(("Ask", "Sign")):
        add_stage(other, name, order=order, probability=50)
    add_step(other.stages.get(name_en="Ask"), "customer_need", "Ask them")
    OpportunityFactory(owner=rep, process=other)
    lose(OpportunityFactory(owner=rep, process=other), by=manager, waive_because="It died early.")

    page = client_of(manager).get(f"{report.address}?process={other.pk}")

    assert assert_lists_agree(page, report, manager)
    assert all(f"process={other.pk}" in cell.address for _name, cell, _figure in drawn_figures(page))


def filter_of(query, reader):
    request = RequestFactory().get("/")
    request.user = reader
    return ReportFilter(QueryDict(query), request=request)


@pytest.mark.parametrize(
    ("page", "figure", "both"),
    [
        ("revenue_from=50", {"revenue_from": "0", "revenue_to": "100"}, {"revenue_from": "50", "revenue_to": "100"}),
        ("revenue_to=9", {"revenue_to": "100"}, {"revenue_to": "9"}),
        ("created_from=2026-01-01", {"created_from": "2026-02-01"}, {"created_from": "2026-02-01"}),
        ("owner=me", {"owner": "me"}, {"owner": "me"}),
        ("rating=hot", {"rating": "hot", "status": "open"}, {"rating": "hot", "status": "open"}),
        ("closing=month", {"closing": "past"}, None),
        ("period=year&from=2026-01-01", {"status": "won"}, {"status": "won"}),
        ("waiver=given", {"waiver": "given", "waiver_from": "2026-01-01"}, None),
    ],
)
def test_the_list_behind_a_figure_has_the_filters_of_the_page_and_of_the_figure(manager, page, figure, both):
    assert filter_of(page, manager).list_query(figure) == both


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2026-01-01", "2026-03-31"),
        ("period=month", "2026-03-01", "2026-03-31"),
        ("period=last_year", "2025-01-01", "2025-12-31"),
        ("period=last_12_months", "2025-04-01", "2026-03-31"),
        ("from=2026-02-10", "2026-02-10", "2026-03-31"),
        ("to=2026-02-10", "2026-01-01", "2026-02-10"),
        ("from=2027-05-01", "2027-05-01", "2027-05-01"),
        ("to=2020-05-01", "2020-05-01", "2020-05-01"),
        ("from=2026-02-10&to=2026-02-11", "2026-02-10", "2026-02-11"),
    ],
)
def test_a_period_has_the_days_that_its_address_says(rep, query, first, last):
    period = filter_of(query, rep).period
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


def test_a_stage_of_the_funnel_leads_to_the_list_of_the_stage(client_of, rep, opportunities):
    page = client_of(rep).get("/funnel/")
    addresses = {cell.address for name, cell, _figure in drawn_figures(page) if ", Qualify, " in name}
    assert f"/opportunities/?owner=me&status=open&stage={stage(QUALIFY).pk}&report=funnel" in addresses


@EVERY
def test_a_list_behind_a_figure_leads_back_to_the_report_as_it_was(client_of, manager, opportunities, report):
    client = client_of(manager)
    seen = f"{report.address}?period=year&rating=warm"
    _name, cell, _figure = next(drawn_figures(client.get(seen)))
    label = escape(f"Back to the report {report.label}")

    behind = client.get(cell.address)
    filtered = client.get(f"/opportunities/{behind.context['list_page'].filter.address(q='')}")
    plain = client.get("/opportunities/")

    link = f'<a href="{escape(seen)}" data-back-to-report>{label}</a>'
    assert link in behind.content.decode()
    assert link in filtered.content.decode()
    assert "Back to the report" not in plain.content.decode()


@pytest.mark.parametrize("name", ["nothing", "my_day", ""])
def test_a_list_leads_back_to_no_report_that_does_not_exist(client_of, rep, name):
    assert "Back to the report" not in client_of(rep).get(f"/opportunities/?report={name}").content.decode()


def test_an_opportunity_of_the_ageing_list_leads_back_to_the_report(client_of, rep, opportunities):
    client = client_of(rep)
    client.get("/reports/time/?period=year")

    page = client.get(Opportunity.objects.get(name="Fleet").get_absolute_url()).content.decode()

    assert '<a href="/reports/time/?period=year"' in page


@EVERY
def test_a_salesperson_begins_with_the_own_opportunities_and_widens_to_all(
    client_of, rep, colleague, manager, opportunities, report
):
    add_team_member(Opportunity.objects.filter(owner=colleague, status="open").first(), user=rep)
    own, every = (client_of(rep).get(f"{report.address}{query}").context for query in ("", "?owner=all"))
    of_manager = client_of(manager).get(report.address).context

    labels = [[(link.label, link.is_current) for link in context["whose"]] for context in (own, every, of_manager)]
    assert labels == [
        [("My opportunities", True), ("All I can see", False)],
        [("My opportunities", False), ("All I can see", True)],
        [("All I can see", True), ("My opportunities", False)],
    ]
    assert [link.address for link in own["whose"]] == ["?", "?owner=all"]
    assert own["found"].rows.count() == 4
    assert every["found"].rows.count() == 5
    assert [chip.value for chip in every["found"].chips] == ["Everybody"]
    assert all("owner=all" in link.address for link in every["reports"])


@EVERY
def test_a_printed_report_says_for_whom_of_which_days_and_with_which_filters(client_of, manager, opportunities, report):
    page = client_of(manager).get(f"{report.address}?q=fleet&rating=warm&from=2026-01-02&to=2026-02-03")

    shown = page.content.decode()
    assert dict(page.context["printed_filters"]) == {
        "Owner": "Everybody",
        "From": "2 Jan 2026",
        "Until": "3 Feb 2026",
        "Search": "fleet",
        "Rating": "Warm",
    }
    for text in (f"For {manager}, 2 Mar 2026", "From 2 Jan 2026 until 3 Feb 2026."):
        assert text in " ".join(shown.split())


def test_moving_between_reports_keeps_a_chosen_period_and_leaves_the_first_one_of_each(
    client_of, manager, opportunities
):
    client = client_of(manager)
    first = {report.name: client.get(report.address).context["found"].period for report in REPORTS}
    year, quarter = Days(date(2025, 4, 1), date(2026, 3, 31)), Days(date(2026, 1, 1), date(2026, 3, 31))
    assert first == {
        report.name: year if report.name in {"funnel", "conversion", "time_in_stage"} else quarter for report in REPORTS
    }
    for link in client.get("/reports/conversion/?period=last_year").context["reports"]:
        assert "period=last_year" in link.address

"""On paper: the list begins on the first page and says how many rows it has; reports have bars and no controls."""

import re
import zlib
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities.models import Opportunity
from tests.support import factories

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
ROWS = "tbody tr"


@pytest.fixture
def list_of_62(rep):
    for _ in range(62):
        factories.OpportunityFactory(owner=rep)


def lines_on_each_page(pdf):
    """How many pieces of text each page of a PDF has."""
    contents = [_unpacked(stream) for stream in STREAM.findall(pdf)]
    return [content.count(b" Tf") for content in contents if b" Tf" in content]


def _unpacked(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:  # a picture, or a table of the file itself
        return b""


def test_the_first_printed_page_has_rows(list_of_62, rep, open_browser):
    page = open_browser(rep)

    page.goto(reverse("opportunity_list"))

    pages = lines_on_each_page(page.pdf(format="A4"))
    assert len(pages) > 1
    assert pages[0] >= max(pages) / 2


def test_the_printed_list_has_the_owner_and_says_how_many_rows_it_has(list_of_62, rep, open_browser):
    page = open_browser(rep, width=717)  # of A4, in pixels

    page.goto(reverse("opportunity_list"))
    page.emulate_media(media="print")

    assert page.get_by_role("columnheader", name="Owner").is_visible()
    assert page.get_by_role("cell", name="Kari Nordmann").first.is_visible()
    assert page.get_by_text("50 of 62 opportunities are printed here.").is_visible()


def test_all_rows_can_be_printed(list_of_62, rep, open_browser):
    page = open_browser(rep, width=717)

    page.goto(f"{reverse('opportunity_list')}?sort=-name")
    page.get_by_role("link", name="Show up to 1,000 on one page").click()
    page.wait_for_url("**rows=all")

    page.emulate_media(media="print")
    assert page.locator(ROWS).count() == Opportunity.objects.count() == 62
    assert not page.get_by_text("opportunities are printed here").is_visible()


@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_printed_list_is_no_wider_than_the_paper_and_prints_no_link_to_the_filters(rep, open_browser, language):
    customer = factories.AccountFactory(name="Hurtigruten Expeditions Kystlogistikk AS")
    for name in ("Turbinvedlikeholdskontrakt for Nordsjøen", "Telematics for buses"):
        opportunity = factories.OpportunityFactory(
            owner=rep, name=name, account=customer, estimated_revenue="999999999.00"
        )
        factories.edit(opportunity, by=rep, estimated_close_date=factories.TODAY)
    factories.ready_opportunity("Close", owner=rep)
    page = open_browser(rep, language=language, width=718)  # of A4, in pixels

    page.goto(f"{reverse('opportunity_list')}?q=e&sort=name")
    page.emulate_media(media="print")

    table = page.locator("table").bounding_box()
    assert page.locator(ROWS).count() >= 2
    assert table["x"] + table["width"] <= 718
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert not page.get_by_role("link", name={"en": "Clear filters", "nb": "Fjern filtre"}[language]).is_visible()


@pytest.mark.parametrize("report", ["funnel", "forecast"])
def test_a_printed_report_has_bars_and_figures_in_tables_and_no_controls(manager, open_browser, report):
    factories.OpportunityFactory(
        owner=manager, estimated_revenue=Decimal(7_654_321), estimated_close_date=timezone.localdate()
    )
    page = open_browser(manager, width=718)  # of A4, in pixels

    page.goto(f"{reverse(report)}?owner={manager.pk}")
    assert not page.get_by_text(f"For {manager}", exact=False).is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text(f"For {manager}", exact=False).is_visible()
    assert page.locator(".printed-filters").inner_text().split("\n") == ["Owner", str(manager)]

    table = page.locator(".report-table").filter(has=page.locator("svg")).first
    assert table.evaluate("table => getComputedStyle(table).display") == "table"
    assert table.locator("tbody tr").first.evaluate("row => getComputedStyle(row).display") == "table-row"
    assert table.locator("thead").bounding_box()["height"] > 10
    assert table.locator("svg").first.bounding_box()["width"] > 20
    assert page.get_by_role("cell", name="7,654,321", exact=True).first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    for controls in (".tabs", ".filter-bar", ".page-tools", ".report-processes", ".report-csv", "button"):
        assert not any(each.is_visible() for each in page.locator(controls).all()), controls

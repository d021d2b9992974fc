"""The reports in a browser: from a figure to the deals behind it, targets, and the page to start with."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import SalesTarget
from tests.support.factories import DEVELOP, PROPOSE, opportunity_in, stage
from tests.support.labels import Labels

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
both_languages = pytest.mark.parametrize("language", ["en", "nb"])


@pytest.fixture
def pipeline(rep, colleague):
    """Two opportunities of one rep and one of another."""
    now = timezone.now()
    opportunity_in(DEVELOP, owner=rep, name="Fleet", estimated_revenue=Decimal(1_500), at=now)
    opportunity_in(PROPOSE, owner=rep, name="Harbour", estimated_revenue=Decimal(900), at=now)
    opportunity_in(DEVELOP, owner=colleague, name="Lorries", estimated_revenue=Decimal(20_000), at=now)


@both_languages
@both_ways
def test_a_figure_of_the_funnel_leads_to_exactly_the_deals_behind_it(
    manager, rep, pipeline, open_browser, javascript, language
):
    labels = Labels(language)
    page = open_browser(manager, javascript=javascript, language=language)
    page.goto(reverse("funnel"))

    page.get_by_label(labels("Owner"), exact=True).select_option(label="Kari Nordmann")
    if not javascript:
        page.get_by_role("button", name=labels("Filter"), exact=True).click()
    develop = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=labels.name_of(stage(DEVELOP))))
    develop.get_by_role("link", name="1", exact=True).first.click()

    expect(page.get_by_role("link", name="Fleet")).to_be_visible()
    expect(page.get_by_role("link", name="Harbour")).to_have_count(0)
    expect(page.get_by_role("link", name="Lorries")).to_have_count(0)
    back = labels("Back to the report %(report)s") % {"report": labels("Funnel")}
    page.get_by_role("link", name=back).click()
    expect(page.get_by_label(labels("Owner"), exact=True)).to_have_value(str(rep.pk))


@both_languages
@both_ways
def test_filter_and_period_stay_from_one_report_to_the_next(manager, pipeline, open_browser, javascript, language):
    labels = Labels(language)
    page = open_browser(manager, javascript=javascript, language=language)
    page.goto(f"{reverse('conversion')}?period=year&rating=warm")

    page.get_by_role("navigation", name=labels("Reports")).get_by_role("link", name=labels("Forecast")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(labels("Forecast"))
    expect(page.get_by_label(labels("Period"), exact=True)).to_have_value("year")
    assert "rating=warm" in page.url


def test_the_report_that_is_shown_is_in_sight_among_the_others_on_a_phone(manager, pipeline, open_browser):
    page = open_browser(manager, width=390)

    page.goto(reverse("blockers"))
    expect(page.get_by_role("navigation", name="Reports").locator("[aria-current]")).to_be_in_viewport(ratio=1)
    page.get_by_role("navigation", name="Reports").get_by_role("link", name="Forecast").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forecast")

    expect(page.get_by_role("navigation", name="Reports").locator("[aria-current]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


@both_ways
def test_a_report_is_printed_by_a_button_where_javascript_runs(manager, pipeline, open_browser, javascript):
    page = open_browser(manager, javascript=javascript)
    page.add_init_script("window.print = () => { document.title = 'Printed' }")
    page.goto(reverse("funnel"))
    page.get_by_role("navigation", name="Reports").get_by_role("link", name="Forecast").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forecast")

    button = page.get_by_role("button", name="Print")

    if not javascript:
        expect(button).to_have_count(0)
        return
    button.click()
    expect(page).to_have_title("Printed")


def test_each_table_is_downloaded_with_its_figures(manager, pipeline, open_browser):
    page = open_browser(manager)
    page.goto(reverse("funnel"))

    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Open deals by stage").click()

    text = downloaded.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "Stage,Open,Estimated,Weighted,Median days,Stuck in My day"
    assert any(line.startswith("Develop,2,21500.00,") for line in text.splitlines())


@both_languages
@both_ways
def test_a_manager_sets_targets_and_the_forecast_compares_with_them(
    manager, rep, pipeline, open_browser, javascript, language
):
    labels = Labels(language)
    page = open_browser(manager, javascript=javascript, language=language)
    page.goto(reverse("forecast"))

    page.get_by_role("main").get_by_role("link", name=labels("Sales targets")).click()
    page.get_by_role("link", name="Kari Nordmann").click()
    page.get_by_label(labels("Amount to split")).fill("1200")
    page.get_by_role("button", name=labels("Split evenly")).click()
    expect(page.get_by_text(labels("The amount is split. Look at the months and save."))).to_be_visible()
    page.get_by_role("button", name=labels("Save"), exact=True).click()

    page.get_by_role("main").get_by_role("link", name=labels("Sales targets")).click()
    kari = page.get_by_role("row").filter(has=page.get_by_role("link", name="Kari Nordmann"))
    expect(kari).to_contain_text("200")
    assert sum(target.amount for target in SalesTarget.objects.filter(person=rep)) == 1200


@both_languages
@both_ways
def test_a_person_chooses_the_page_to_start_with(rep, pipeline, open_browser, javascript, language):
    labels = Labels(language)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(reverse("my_day"))

    page.locator("details.menu > summary").click()
    page.get_by_role("button", name=labels("Funnel"), exact=True).click()
    page.goto(reverse("start"))

    expect(page.get_by_role("heading", level=1)).to_have_text(labels("Funnel"))

"""The pages of competitors in a browser, with and without JavaScript, in both languages."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers.models import Competitor
from tests.support import factories
from tests.support.factories import DEVELOP
from tests.support.labels import Labels


def main(page):
    return page.get_by_role("main")


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_rep_describes_a_competitor_and_rates_it_on_an_opportunity(open_browser, rep, script, language):
    says = Labels(language)
    opportunity = factories.opportunity_in(DEVELOP, owner=rep, name="Fleet")
    page = open_browser(rep, javascript=script, language=language)

    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name=says("Competitors")).click()
    main(page).get_by_role("link", name=says("New competitor")).click()
    page.get_by_label(says("Name")).fill("Fjord Data")
    page.get_by_label(says("strengths").capitalize()).fill("Cheap")
    main(page).get_by_role("button", name=says("Create")).click()
    expect(page.get_by_role("heading", name="Fjord Data", level=1)).to_be_visible()
    expect(main(page)).to_contain_text("Cheap")

    page.goto(f"{opportunity.get_absolute_url()}?tab=competitors")
    form = page.locator("#tab-body form")
    form.get_by_role("combobox" if script else "textbox").first.press_sequentially("fjord")
    if script:
        form.get_by_role("option", name=re.compile("Fjord Data")).first.click()
    else:
        form.get_by_role("button", name=says("Find")).click()
        page.get_by_role("radio", name=re.compile("Fjord Data")).check()
    page.get_by_label(says("Threat level")).select_option("high")
    page.get_by_label(says("Strengths and weaknesses")).fill("Asked for a price")
    page.get_by_role("button", name=says("Add competitor"), exact=True).click()
    row = page.locator("#tab-rows > li")
    expect(row).to_contain_text(says("Threat level: %(level)s", level=says("High", "threat level")))
    expect(row).to_contain_text("Asked for a price")
    row.get_by_role("link", name="Fjord Data", exact=True).click()

    expect(page).to_have_url(re.compile(f"{reverse('competitor_page', args=[Competitor.objects.get().pk])}$"))
    expect(main(page).get_by_role("row", name=re.compile(f"Fleet.*{says('High', 'threat level')}"))).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_conflict_keeps_what_was_typed_and_the_second_save_succeeds(open_browser, rep, colleague, script):
    rival = factories.CompetitorFactory(strengths="Old")
    where = reverse("competitor_page_edit", args=[rival.pk])
    mine, theirs = open_browser(rep, javascript=script), open_browser(colleague, javascript=script)
    mine.goto(where)
    theirs.goto(where)
    theirs.get_by_label("Strengths").fill("Theirs")
    main(theirs).get_by_role("button", name="Save").click()
    expect(theirs.get_by_role("heading", name="About the competitor")).to_be_visible()

    mine.get_by_label("Strengths").fill("Mine")
    main(mine).get_by_role("button", name="Save").click()
    expect(mine.locator("#choice_strengths")).to_contain_text("Theirs")
    expect(mine.get_by_label("Strengths")).to_have_value("Mine")
    main(mine).get_by_role("button", name="Save").click()

    expect(mine.get_by_role("heading", name="About the competitor")).to_be_visible()
    expect(main(mine)).to_contain_text("Mine")


def test_the_list_is_sorted_and_searched_in_norwegian(open_browser, rep):
    for name in ("Nord", "Fjord Data"):
        factories.CompetitorFactory(name=name)
    page = open_browser(rep, language="nb")

    page.goto(reverse("competitor_list"))
    expect(page.get_by_role("heading", name="Konkurrenter", level=1)).to_be_visible()
    page.get_by_role("link", name="Vunne").click()
    expect(page).to_have_url(re.compile("sort=-won"))
    page.get_by_label("Søk").fill("fjord")
    page.get_by_label("Søk").press("Enter")

    expect(main(page).get_by_role("row")).to_have_count(2)
    expect(main(page).get_by_role("link", name="Fjord Data")).to_be_visible()

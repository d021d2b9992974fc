"""What others changed, in a browser: the news group, leaving the page, and the notice while the page is open."""

import re

import pytest
from playwright.sync_api import expect

from opportunities import transitions
from opportunities.editing import last_looks
from opportunities.models import LastLook
from tests.support import factories
from tests.support.factories import DAY, DEVELOP, NOW, QUALIFY, edit, fill, opportunity_in, reread, write_note
from tests.support.labels import Labels

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
WORDS = {
    "en": {"new": "New since", "seen": "Mark as seen", "mark": "Changed since you last looked", "show": "Show it"},
    "nb": {
        "new": "Nytt siden",
        "seen": "Merk som sett",
        "mark": "Endret siden du så på den sist",
        "show": "Vis endringen",
    },
}


@pytest.fixture
def opportunity(rep, manager):
    """Kari has seen it; then Ingrid wrote a note."""
    opportunity = opportunity_in(DEVELOP, owner=rep, name="Fleet")
    last_looks.see(opportunity=opportunity, by=rep, at=NOW, version=opportunity.version)
    write_note(opportunity, by=manager, at=NOW + DAY, text="They called.")
    return reread(opportunity)


def seen_version(user):
    return LastLook.objects.get(user=user).version


@pytest.mark.parametrize("language", WORDS)
def test_the_news_are_shown_until_the_page_is_left(rep, opportunity, open_browser, language):
    words = WORDS[language]
    page = open_browser(rep, language=language)
    page.goto("/opportunities/")
    expect(page.locator(".news-mark")).to_have_text(f"({words['mark']})")

    page.get_by_role("link", name="Fleet").click()
    expect(page.locator(".new-group")).to_contain_text(words["new"])
    expect(page.locator(".new-group")).to_contain_text("They called.")
    assert seen_version(rep) < opportunity.version
    page.go_back()

    expect(page.get_by_role("link", name="Fleet")).to_be_visible()
    expect(page.locator(".news-mark")).to_have_count(0)
    while seen_version(rep) < opportunity.version:  # a beacon of a page that was left is no request of a page
        page.evaluate("new Promise((done) => { requestAnimationFrame(done); })")
    page.goto(opportunity.get_absolute_url())
    expect(page.locator("#timeline")).to_contain_text("They called.")
    expect(page.locator(".new-group")).to_have_count(0)


@pytest.mark.parametrize("language", WORDS)
def test_without_javascript_a_button_ends_the_news(rep, opportunity, open_browser, language):
    page = open_browser(rep, javascript=False, language=language)
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("button", name=WORDS[language]["seen"], exact=True).click()

    expect(page.locator("#timeline")).to_contain_text("They called.")
    expect(page.locator(".new-group")).to_have_count(0)


def test_without_javascript_opening_and_leaving_ends_no_news(rep, opportunity, open_browser):
    page = open_browser(rep, javascript=False)
    page.goto(opportunity.get_absolute_url())
    page.goto("/")

    assert seen_version(rep) < opportunity.version


@pytest.mark.parametrize("language", WORDS)
def test_a_change_is_said_within_15_seconds_and_reloading_keeps_what_is_typed(
    rep, manager, opportunity, open_browser, language
):
    page = open_browser(rep, language=language)
    page.clock.install()
    page.goto(f"{opportunity.get_absolute_url()}?tab=notes")
    live = page.locator("#live")
    edit(opportunity, by=rep, at=NOW + 2 * DAY, description="My own")
    page.clock.run_for(15_000)
    expect(live).to_be_empty()
    page.locator("#tab-body textarea").first.type("Typed by me")
    top = page.locator("h1").bounding_box()["y"]

    edit(reread(opportunity), by=manager, at=NOW + 2 * DAY, proposed_solution="Telematics")
    with page.expect_response(re.compile("/changed/")):
        page.clock.run_for(15_000)

    expect(live).to_contain_text("Ingrid Dahl")
    assert page.locator("h1").bounding_box()["y"] == top
    page.get_by_role("link", name=WORDS[language]["show"], exact=True).click()

    expect(page.locator("#id_proposed_solution")).to_have_value("Telematics")
    expect(page.locator("#tab-body textarea").first).to_have_value("Typed by me")
    expect(page.locator("#given-back")).to_be_visible()
    expect(live).to_be_empty()


def test_text_typed_before_a_reload_is_still_compared_with_what_others_wrote(rep, manager, opportunity, open_browser):
    page = open_browser(rep)
    page.clock.install()
    page.route("**/answer/**", lambda route: route.abort())  # so that the answer does not save itself
    page.goto(opportunity.get_absolute_url())
    page.locator("#id_customer_need").type("Mine")
    edit(opportunity, by=manager, at=NOW + 2 * DAY, customer_need="Theirs", proposed_solution="Telematics")
    with page.expect_response(re.compile("/changed/")):
        page.clock.run_for(15_000)
    expect(page.locator("#live a")).to_be_attached()
    page.evaluate("document.querySelector('#live a').click()")

    expect(page.locator("#id_proposed_solution")).to_have_value("Telematics")
    expect(page.locator("#id_customer_need")).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#main")).to_contain_text("Theirs")
    assert reread(opportunity).customer_need == "Theirs"


def test_a_hidden_page_asks_nothing_and_asks_at_once_when_it_is_seen(rep, manager, opportunity, open_browser):
    page = open_browser(rep)
    page.clock.install()
    page.goto(opportunity.get_absolute_url())
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/changed/" in request.url else None)
    become = """(state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with page.expect_request(re.compile("/seen/")):
        page.evaluate(become, "hidden")
    page.clock.run_for(60_000)
    assert asked == []
    opportunity = fill(opportunity, DEVELOP, by=manager, at=NOW + 2 * DAY)
    transitions.advance(opportunity=opportunity, by=manager, at=NOW + 2 * DAY)

    page.evaluate(become, "visible")

    expect(page.locator("#live")).to_contain_text("Ingrid Dahl moved it to Propose")


@pytest.mark.parametrize("language", WORDS)
@both_ways
def test_the_page_of_what_changed_marks_all_as_seen_and_leads_to_each(
    rep, manager, opportunity, open_browser, javascript, language
):
    says = Labels(language)
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto("/news/")
    expect(page.get_by_role("heading", level=1, name=says("What changed"))).to_be_visible()
    expect(page.locator(".news")).to_contain_text("Ingrid Dahl")

    page.get_by_role("button", name=says("Mark all as seen")).click()
    expect(page.get_by_role("heading", name=says("Nothing new"))).to_be_visible()
    assert seen_version(rep) == opportunity.version
    write_note(opportunity, by=manager, at=NOW + 2 * DAY, text="They signed.")
    page.reload()
    page.locator(".news").get_by_role("link", name="Fleet", exact=True).click()

    expect(page.locator(".new-group")).to_contain_text("They signed.")
    expect(page.locator(".new-group")).not_to_contain_text("They called.")


@pytest.mark.parametrize("language", WORDS)
@both_ways
def test_the_timeline_is_filtered_and_goes_on(rep, manager, open_browser, javascript, language):
    says = Labels(language)
    opportunity = opportunity_in(DEVELOP, owner=rep)
    for number in range(25):
        write_note(opportunity, by=manager, at=NOW + (number + 1) * DAY, text=f"Call {number}")
    last_looks.see(opportunity=reread(opportunity), by=rep, at=NOW, version=reread(opportunity).version)
    factories.upload(reread(opportunity), at=NOW + 26 * DAY, name="Offer.pdf")
    factories.file_debrief(reread(opportunity), at=NOW + 27 * DAY)
    factories.present(reread(opportunity), at=NOW + 28 * DAY)
    factories.write_mail(reread(opportunity), at=NOW + 29 * DAY, subject="About Fleet")
    page = open_browser(rep, javascript=javascript, language=language)
    page.goto(opportunity.get_absolute_url())
    filters, timeline = page.locator(".filter-links"), page.locator("#timeline")

    page.get_by_role("link", name=says("Older"), exact=True).click()
    expect(timeline).to_contain_text(says("created it in %(to)s", to=says.name_of(factories.stage(QUALIFY))))
    for topic, said in {"Files": "Offer.pdf", "Mails": "About Fleet"}.items():
        filters.get_by_role("link", name=says(topic, "timeline" if topic == "Mails" else ""), exact=True).click()
        expect(timeline.locator("> li")).to_have_count(1)
        expect(timeline).to_contain_text(said)
    for topic in ("Debrief", "Presentations"):
        filters.get_by_role("link", name=says(topic), exact=True).click()
        expect(filters.locator("[aria-current]").first).to_have_text(says(topic))
        expect(timeline.locator("> li")).to_have_count(1)
    filters.get_by_role("link", name=says("All", "timeline"), exact=True).click()
    expect(timeline.locator("> li")).to_have_count(20)
    filters.get_by_role("link", name="Ingrid Dahl", exact=True).click()
    expect(timeline.locator("> li").first).to_contain_text("Call 24")
    filters.get_by_role("link", name=says("Moves", "timeline"), exact=True).click()
    expect(page.get_by_text(says("Nothing of this kind."))).to_be_visible()
    page.get_by_role("link", name=says("Show everything"), exact=True).click()

    expect(timeline.locator("> li")).to_have_count(20)
    assert page.url.endswith("?tab=timeline")

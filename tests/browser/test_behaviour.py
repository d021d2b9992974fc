"""What JavaScript adds, and what it must not spoil: focus, what was typed, one move for two clicks."""

import contextlib
import re

import pytest
from django.contrib.sessions.models import Session
from django.template import loader
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.models import Event, Opportunity
from salesflow.users.models import Theme
from tests.support import factories
from tests.support.factories import DEVELOP, PROPOSE, QUALIFY, opportunity_in, ready_opportunity, reread, stage
from tests.support.locks import held, impatient

TYPED = "To know where every lorry is."


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def panel_heading(page, name):
    return page.get_by_role("main").get_by_role("heading", name=name, exact=True, level=2)


def need(page):
    return page.get_by_role("textbox", name="Customer need")


def expect_saved(page):
    expect(page.locator("#messages")).to_have_text("Saved.")


def moves(opportunity):
    return opportunity.events.filter(kind=Event.Kind.ADVANCED).count()


@pytest.fixture
def page(rep, open_browser):
    return open_browser(rep)


# Moves


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_double_click_on_next_stage_moves_once(rep, open_browser, javascript):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    factories.fill(opportunity, DEVELOP)
    page = open_browser(rep, javascript=javascript)
    page.goto(opportunity.get_absolute_url())

    button(page, "Next Stage").dblclick()

    # Without JavaScript both clicks are sent: the second answer shows the present stage.
    expect(page.locator("[aria-current=step]")).to_contain_text(DEVELOP)
    page.goto(opportunity.get_absolute_url())
    expect(panel_heading(page, DEVELOP)).to_be_visible()
    assert moves(opportunity) == 1


def test_after_a_move_the_focus_is_at_the_heading_of_the_new_stage_and_the_move_is_said_aloud(rep, page):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())

    button(page, "Next Stage").click()

    expect(panel_heading(page, DEVELOP)).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Moved to Develop.")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"{opportunity.get_absolute_url()}$"))
    assert not page.title().startswith("Error:")


def test_after_a_refused_move_the_focus_is_at_what_is_missing_and_the_title_says_no_error(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).fill(TYPED)

    button(page, "Next Stage").click()

    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_contain_text("3 steps are left in Develop:")
    assert not page.title().startswith("Error:")
    expect(page).to_have_url(re.compile(rf"{opportunity.get_absolute_url()}$"))
    expect(need(page)).to_have_value(TYPED)
    assert reread(opportunity).customer_need == TYPED


def test_an_invalid_entry_keeps_everything_typed_and_blocks_no_other_answer(rep, page):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())
    budget = page.get_by_role("textbox", name="Estimated budget")
    budget.fill("a lot")
    page.get_by_role("combobox", name="Purchase process").select_option(label="Committee")
    expect(page.locator("#saved")).to_contain_text("Saved")

    button(page, "Next Stage").click()

    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(budget).to_have_value("a lot")
    expect(page.get_by_role("combobox", name="Purchase process")).to_have_value("committee")
    assert (reread(opportunity).purchase_process, reread(opportunity).estimated_budget) == ("committee", None)
    page.locator("[data-error-summary]").get_by_role("link", name="Estimated budget").click()
    expect(budget).to_be_focused()


def test_a_missing_step_of_another_stage_is_one_click_away_with_the_cursor_in_its_field(rep, page):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?stage={stage(PROPOSE).pk}")

    button(page, "Move here").click()
    page.locator("[data-error-summary]").get_by_role("link", name="Customer need").click()

    expect(need(page)).to_be_focused()
    expect(panel_heading(page, DEVELOP)).to_be_visible()


def test_the_browsers_back_button_after_a_move_shows_the_opportunity_as_it_is(rep, page):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=timeline")
    button(page, "Next Stage").click()
    expect(panel_heading(page, DEVELOP)).to_be_focused()

    page.go_back()

    expect(page).to_have_url(re.compile("tab=timeline"))
    expect(panel_heading(page, DEVELOP)).to_be_visible()


def test_of_two_people_the_second_to_save_sees_both_values_and_may_save_again(rep, manager, open_browser):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    mine, theirs = open_browser(rep), open_browser(manager)
    for page in (mine, theirs):
        page.goto(opportunity.get_absolute_url())
    need(theirs).fill("Theirs")
    button(theirs, "Save").click()
    expect_saved(theirs)

    need(mine).fill("Mine")
    button(mine, "Save").click()

    expect(mine.get_by_role("radio", name=re.compile("Theirs"))).to_be_visible()
    expect(need(mine)).to_have_value("Mine")
    button(mine, "Save").click()
    expect_saved(mine)
    assert reread(opportunity).customer_need == "Mine"


# What is typed


def test_what_was_typed_survives_the_way_through_the_tabs(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).fill(TYPED)
    tabs = page.get_by_role("navigation", name="About this opportunity")

    for name in ("Stakeholders", "Competitors", "Timeline"):
        tabs.get_by_role("link", name=name).click()
        expect(page.locator("#tab").get_by_role("heading", name=name, level=2)).to_be_focused()
        expect(need(page)).to_have_value(TYPED)


def test_leaving_with_something_typed_asks_first(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).press_sequentially("Mine")

    asked = leave(page)

    assert asked == ["beforeunload"]
    expect(need(page)).to_have_value("Mine")


def test_leaving_after_saving_asks_nothing(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).press_sequentially("Mine")
    button(page, "Save").click()
    expect_saved(page)

    asked = leave(page)

    expect(page.get_by_role("heading", name="Opportunities", level=1)).to_be_visible()
    assert asked == []


def test_finding_in_a_picker_is_no_saving_of_what_was_typed_beside_it(rep, page):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())
    page.get_by_role("textbox", name="Estimated budget").press_sequentially("500")
    page.get_by_role("combobox", name="Identify account").press_sequentially("sorland")
    expect(page.get_by_text("Nothing found for")).to_be_visible()

    assert leave(page) == ["beforeunload"]


def test_adding_a_row_in_a_tab_loses_nothing_that_was_typed_in_the_panel(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=competitors")
    need(page).press_sequentially("Mine")
    page.locator("#tab").get_by_role("combobox", name="Competitor").press_sequentially("Rival")
    page.get_by_role("option", name="Create “Rival”").click()

    asked = dialogs(page)
    button(page, "Add competitor").click()

    expect(page.locator("#tab .rows").get_by_text("Rival").first).to_be_visible()
    expect(need(page)).to_have_value("Mine")
    assert asked == []
    assert reread(opportunity).customer_need == "Mine"
    assert opportunity.competitor_links.count() == 1


@pytest.mark.parametrize("is_sent", [True, False], ids=["the answer is on its way", "the answer is not sent yet"])
def test_a_form_that_is_sent_while_an_answer_saves_itself_waits_and_asks_nothing(rep, page, is_sent):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?tab=competitors")
    waiting = []
    page.route("**/answer/**", lambda route: waiting.append(route))
    page.locator("#tab").get_by_role("combobox", name="Competitor").press_sequentially("Rival")
    page.get_by_role("option", name="Create “Rival”").click()
    need(page).press_sequentially("Mine")
    if is_sent:
        with page.expect_request("**/answer/**"):
            need(page).blur()

    asked = dialogs(page)
    with page.expect_request("**/answer/**") if not is_sent else contextlib.nullcontext():
        button(page, "Add competitor").click()
    assert not opportunity.competitor_links.exists()
    expect(page.locator("#stage-panel")).to_be_visible()
    for route in waiting:
        route.continue_()

    expect(page.locator("#tab .rows").get_by_text("Rival").first).to_be_visible()
    assert asked == []
    assert reread(opportunity).customer_need == "Mine"
    assert opportunity.competitor_links.count() == 1


def dialogs(page):
    """What the page asks from now on; the answer is no: stay."""
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def leave(page):
    """Try to go to the list. Returns what was asked."""
    asked = dialogs(page)
    page.get_by_role("banner").get_by_role("link", name="Opportunities").click()
    page.wait_for_load_state()
    return asked


def test_without_an_answer_from_the_server_the_text_stays_and_can_be_saved_later(rep, page):
    page.page_faults.expect("ERR_INTERNET_DISCONNECTED|htmx:sendError")
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).fill(TYPED)

    page.context.set_offline(True)
    button(page, "Save").click()
    expect(page.get_by_role("alert").filter(has_text="The server did not answer.")).to_be_visible()
    page.context.set_offline(False)
    button(page, "Save").click()

    expect_saved(page)
    assert reread(opportunity).customer_need == TYPED


def test_somebody_signed_out_meanwhile_keeps_what_they_typed(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page.goto(opportunity.get_absolute_url())
    need(page).fill(TYPED)
    Session.objects.all().delete()

    button(page, "Save").click()

    expect(page.get_by_role("alert").filter(has_text="You are signed out.")).to_be_visible()
    expect(need(page)).to_have_value(TYPED)
    assert reread(opportunity).customer_need == ""


def lose_the_answer(page, pattern):
    """The next form sent there is written, and its answer does not arrive."""

    def send_and_hang_up(route):
        route.fetch()
        route.abort("connectionreset")
        page.unroute(pattern)

    page.page_faults.expect("ERR_CONNECTION_RESET|htmx:sendError")
    page.route(pattern, send_and_hang_up)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "It may have been saved all the same: look first, in another window."),
        ("nb", "Det kan ha blitt lagret likevel. Se etter først, i et annet vindu."),
    ],
)
def test_after_a_lost_answer_the_page_says_to_look_first_and_does_not_blame_its_own_change(
    rep, open_browser, language, said
):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep, language=language)
    page.goto(opportunity.get_absolute_url())
    lose_the_answer(page, "**/save/")
    lose_the_answer(page, "**/answer/**")
    page.locator("[name=customer_need]").fill(TYPED)
    save = page.locator("#stage-panel .action-row button.btn-secondary").first

    save.click()
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    page.locator("[name=customer_need]").fill("Typed after that.")
    save.click()

    expect(page.locator("#messages .message")).to_be_visible()
    assert reread(opportunity).customer_need == "Typed after that."


def test_after_a_lost_answer_somebody_added_again_is_added_once(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    count = opportunity.stakeholders.count()
    page.goto(f"{opportunity.get_absolute_url()}?tab=stakeholders")
    lose_the_answer(page, "**/stakeholders/add/")
    page.locator("[name=add-contact-find]").fill("Eva Lind")
    page.get_by_role("option", name="Create “Eva Lind”").click()

    button(page, "Add stakeholder").click()
    expect(page.get_by_role("alert").filter(has_text="It may have been saved all the same")).to_be_visible()
    button(page, "Add stakeholder").click()

    expect(page.locator("#messages")).to_have_text("Eva Lind added.")
    assert opportunity.stakeholders.count() == count + 1


def test_a_search_without_an_answer_says_nothing_of_saving(rep, page):
    page.page_faults.expect("ERR_INTERNET_DISCONNECTED|htmx:sendError")
    page.goto(reverse("opportunity_new"))

    page.context.set_offline(True)
    page.locator("[name=account-find]").fill("Havbris")

    alert = page.get_by_role("alert").filter(has_text="The server did not answer.")
    expect(alert).to_be_visible()
    expect(alert).not_to_contain_text("saved")


# The picker


def test_the_picker_finds_while_one_types_and_keeps_the_cursor_there(rep, page):
    account = factories.AccountFactory(name="Sørlandets Båtbyggeri")
    factories.AccountFactory(name="Fjord Kraft")
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(opportunity.get_absolute_url())
    field = page.get_by_role("combobox", name="Identify account")
    page.evaluate("window.isTheSamePage = true")

    field.press_sequentially("sorland")

    answer = page.get_by_role("option", name=account.name)
    expect(answer).to_be_visible()
    expect(page.get_by_role("option", name="Fjord Kraft")).to_have_count(0)
    expect(field).to_be_focused()
    answer.click()
    button(page, "Save").click()
    expect_saved(page)
    assert page.evaluate("window.isTheSamePage")
    assert reread(opportunity).account == account


def test_enter_in_the_picker_finds_and_sends_nothing(rep, page):
    account = factories.AccountFactory(name="Fjord Kraft")
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    field = page.get_by_role("combobox", name="Account")
    field.fill("fjord")

    field.press("Enter")

    expect(page.get_by_role("option", name=account.name)).to_be_visible()
    expect(page).to_have_url(re.compile(f"{reverse('opportunity_new')}$"))
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_enter_in_another_field_creates(rep, open_browser, javascript):
    page = open_browser(rep, javascript=javascript)
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")

    page.get_by_role("textbox", name="Name").press("Enter")

    expect(page.get_by_role("heading", name="Turbines", level=1)).to_be_visible()
    assert Opportunity.objects.count() == 1


def test_without_javascript_find_keeps_everything_typed(rep, open_browser):
    account = factories.AccountFactory(name="Fjord Kraft")
    page = open_browser(rep, javascript=False)
    page.goto(reverse("opportunity_new"))
    page.get_by_role("textbox", name="Name").fill("Turbines")
    page.get_by_role("textbox", name="Estimated revenue").fill("a lot")
    page.get_by_role("textbox", name="Account").fill("kraft")

    button(page, "Find: Account").click()

    expect(page.get_by_role("radio", name=account.name)).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Turbines")
    expect(page.get_by_role("textbox", name="Estimated revenue")).to_have_value("a lot")


# The list


def test_filtering_the_list_puts_the_filter_into_the_address_and_leaves_the_focus(rep, page):
    factories.OpportunityFactory(owner=rep, name="Turbines")
    factories.OpportunityFactory(owner=rep, name="Windows")
    page.goto(reverse("opportunity_list"))

    page.get_by_role("searchbox", name="Search").fill("turb")
    button(page, "Filter").click()

    expect(page.get_by_role("row").filter(has_text="Windows")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="Turbines")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=turb"))
    expect(button(page, "Filter")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("1 opportunity")


# Language, theme, and what stands on every page


def test_switching_the_language_keeps_one_on_the_page(rep, page):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?stage={stage(DEVELOP).pk}&tab=timeline")

    page.locator(".site-head details.menu summary").click()
    page.locator("button[lang=nb]").click()

    expect(page.locator("html")).to_have_attribute("lang", "nb")
    expect(panel_heading(page, "Utvikle")).to_be_visible()
    expect(page).to_have_url(re.compile("tab=timeline"))


def test_switching_the_theme_keeps_one_on_the_page(rep, page):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page.goto(f"{opportunity.get_absolute_url()}?stage={stage(DEVELOP).pk}&tab=timeline")

    page.locator(".site-head details.menu summary").click()
    button(page, "Dark").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(panel_heading(page, DEVELOP)).to_be_visible()
    expect(page).to_have_url(re.compile("tab=timeline"))


COLOURS = """() => [...document.querySelectorAll("body *")].map(each => {
  const style = getComputedStyle(each);
  return [each.tagName, each.className, style.color, style.backgroundColor, style.borderTopColor, style.fill].join();
})"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_has_the_colours_of_the_same_one_chosen_by_the_system(rep, page, theme):
    other = {"light": "dark", "dark": "light"}[theme]
    page.goto(ready_opportunity(DEVELOP, owner=rep).get_absolute_url())
    page.emulate_media(color_scheme=theme)
    by_system = page.evaluate(COLOURS)

    page.emulate_media(color_scheme=other)
    page.locator("html").evaluate("(html, theme) => { html.dataset.bsTheme = theme; }", theme)

    assert page.evaluate(COLOURS) == by_system


def test_the_menu_closes_on_escape_and_gives_the_focus_back(page):
    page.goto(reverse("opportunity_list"))
    opener = page.locator("details.menu summary")
    opener.focus()
    page.keyboard.press("Enter")
    expect(button(page, "Dark")).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    expect(button(page, "Dark")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_first_tab_stop_skips_to_the_content(rep, page):
    page.goto(opportunity_in(QUALIFY, owner=rep).get_absolute_url())

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("theme", Theme.values)
def test_paper_is_light_whatever_the_theme(rep, open_browser, theme):
    rep.theme = theme
    rep.save()
    page = open_browser(rep, color_scheme="dark")

    page.goto(ready_opportunity(QUALIFY, owner=rep).get_absolute_url())
    page.emulate_media(media="print")

    assert page.locator(".panel").first.evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("h1").evaluate("it => getComputedStyle(it).color") == "rgb(27, 31, 36)"


# A busy server


def test_a_page_that_says_busy_leaves_the_form_as_it_was_typed(rep, page):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    busy = loader.get_template("503.html").render({"is_posted": True})
    page.page_faults.expect("503")
    page.goto(opportunity.get_absolute_url())
    need(page).fill(TYPED)

    page.route("**/save/", lambda route: route.fulfill(status=503, content_type="text/html", body=busy))
    button(page, "Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Another person is saving at the same moment.")
    expect(need(page)).to_have_value(TYPED)
    page.unroute("**/save/")
    button(page, "Save").click()

    expect_saved(page)
    assert reread(opportunity).customer_need == TYPED


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_what_a_busy_server_could_not_save_is_sent_again_from_its_page(manager, open_browser, javascript):
    account = factories.AccountFactory()
    page = open_browser(manager, javascript=javascript)
    page.page_faults.expect("503")
    page.goto(f"/admin/customers/account/{account.pk}/change/")
    page.get_by_role("textbox", name="Name:").fill("Havbris AS")

    with impatient(), held(account):
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", name="The system is busy right now")).to_be_visible()
    button(page, "Try again").click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    account.refresh_from_db()
    assert account.name == "Havbris AS"

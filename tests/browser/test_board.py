"""The board in a browser: drags by mouse, keys, no JavaScript, a phone, and what others move meanwhile."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.support.factories import (
    CLOSE,
    DEVELOP,
    PROPOSE,
    QUALIFY,
    AccountFactory,
    add_team_member,
    copies,
    fill,
    opportunity_in,
    ready_opportunity,
    remove,
    reread,
    stage,
)
from tests.support.labels import Labels
from tests.support.moves import forward

BOARD = "/opportunities/board/"
LANGUAGES = pytest.mark.parametrize("language", ["en", "nb"])
ASK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"  # what js/board.js does every few seconds


def card(page, opportunity):
    return page.locator(f"#d{opportunity.pk}")


def name(page, opportunity):
    return card(page, opportunity).locator("[data-open]")


def lane(page, of):
    return page.locator(f"#lane-{stage(of).pk}")


def head(page, of):
    return page.locator(f"#head-{stage(of).pk} .lane-count")


def hold(page, opportunity, over, by=None):
    """Holds a card with the mouse, `by` an element in it, over another element."""
    card(page, opportunity).hover()
    page.wait_for_function("() => Boolean(window.Sortable)")  # it is loaded when the pointer comes
    start, end = (by or card(page, opportunity)).bounding_box(), over.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + start["height"] - 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + start["height"] - 2, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + min(end["height"] / 2, 80), steps=10)


def drag(page, opportunity, over, by=None):
    hold(page, opportunity, over, by)
    expect(over.locator(f"#d{opportunity.pk}")).to_be_attached()
    page.mouse.up()


def is_in(opportunity, of):
    return reread(opportunity).active_stage == stage(of)


@LANGUAGES
def test_a_ready_card_is_dragged_and_taken_back(rep, open_browser, language):
    labels = Labels(language)
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    page = open_browser(rep, language=language)
    page.goto(BOARD)

    drag(page, opportunity, lane(page, PROPOSE))

    toast = page.locator("#toasts")
    expect(toast).to_contain_text(labels("Moved to %(stage)s.", stage=labels.name_of(stage(PROPOSE))))
    expect(head(page, PROPOSE)).to_have_text("1")
    expect(head(page, DEVELOP)).to_have_text("0")
    assert is_in(opportunity, PROPOSE)
    toast.get_by_role("button", name=labels("Go back"), exact=True).click()
    expect(lane(page, DEVELOP).locator(".deal")).to_have_count(1)
    expect(name(page, opportunity)).to_be_focused()
    assert is_in(opportunity, DEVELOP)


def test_a_card_is_dragged_by_the_account_too_and_a_click_opens_the_account(rep, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep, account=AccountFactory(name="Fjord AS"))
    page = open_browser(rep)
    page.goto(BOARD)
    account = card(page, opportunity).get_by_role("link", name="Fjord AS")

    drag(page, opportunity, lane(page, PROPOSE), by=account)

    expect(page.locator("#toasts")).to_contain_text("Moved to Propose.")
    assert (page.url.endswith(BOARD), is_in(opportunity, PROPOSE)) == (True, True)
    account.click()
    expect(page).to_have_url(re.compile(f"{opportunity.account.get_absolute_url()}$"))


@LANGUAGES
def test_a_drop_before_a_shut_gate_asks_for_just_the_missing_step(rep, open_browser, language):
    labels = Labels(language)
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    page = open_browser(rep, language=language)
    page.goto(BOARD)

    drag(page, opportunity, lane(page, PROPOSE))

    expect(lane(page, DEVELOP).locator(".deal")).to_have_count(1)  # it is put back
    expect(card(page, opportunity).locator(".left-summary")).to_be_focused()
    field = card(page, opportunity).locator("textarea")
    expect(field).to_have_count(1)
    field.fill("Trackers")
    moves = labels("Move to %(stage)s", stage=labels.name_of(stage(PROPOSE)))
    card(page, opportunity).get_by_role("button", name=moves, exact=True).click()
    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)
    assert is_in(opportunity, PROPOSE)
    assert reread(opportunity).proposed_solution == "Trackers"


def test_put_back_closes_the_form(rep, open_browser):
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    page = open_browser(rep)
    page.goto(BOARD)
    drag(page, opportunity, lane(page, PROPOSE))

    card(page, opportunity).get_by_role("link", name="Put back").click()

    expect(card(page, opportunity).locator("textarea")).to_have_count(0)
    expect(name(page, opportunity)).to_be_focused()


def test_won_and_lost_appear_while_a_card_is_held_and_open_the_closing_form(rep, open_browser):
    opportunity = ready_opportunity(CLOSE, owner=rep)
    page = open_browser(rep)
    page.goto(BOARD)
    lost = page.locator('[data-outcome="lost"]')
    expect(lost).to_be_hidden()

    hold(page, opportunity, lane(page, PROPOSE))
    expect(lost).to_be_visible()
    box = lost.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30, steps=10)
    expect(lost.locator(f"#d{opportunity.pk}")).to_be_attached()
    page.mouse.up()

    page.wait_for_url(f"**{reverse('close', args=[opportunity.pk])}?outcome=lost")
    assert reread(opportunity).is_open


def test_a_stale_drop_puts_the_card_where_it_is_now_and_says_who_moved_it(rep, manager, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    page = open_browser(rep)
    page.goto(BOARD)
    forward(opportunity, by=manager, at=timezone.now())

    drag(page, opportunity, lane(page, CLOSE))

    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)
    expect(card(page, opportunity)).to_contain_text("This opportunity is in Propose now.")
    expect(card(page, opportunity)).to_contain_text("Ingrid Dahl moved it to Propose")
    assert is_in(opportunity, PROPOSE)


def test_a_card_that_is_not_the_readers_any_more_goes_back(rep, colleague, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=colleague)
    row = add_team_member(opportunity, user=rep)
    page = open_browser(rep)
    page.goto(BOARD)
    remove(row)
    page.page_faults.expect("Response Status Error Code 404")

    drag(page, opportunity, lane(page, PROPOSE))

    expect(page.locator("[data-trouble=refused]")).to_be_visible()
    expect(lane(page, DEVELOP).locator(".deal")).to_have_count(1)


@LANGUAGES
def test_the_keyboard_alone_moves_a_card(rep, open_browser, language):
    labels = Labels(language)
    first, second = ready_opportunity(QUALIFY, owner=rep), ready_opportunity(DEVELOP, owner=rep)
    page = open_browser(rep, language=language)
    page.goto(BOARD)
    name(page, first).focus()

    page.keyboard.press("ArrowRight")
    expect(name(page, second)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(name(page, first)).to_be_focused()
    page.keyboard.press("m")
    menu = card(page, first).locator(".moves button")
    expect(menu.first).to_be_focused()
    expect(menu.first).to_contain_text(labels("Next Stage"))
    page.keyboard.press("Enter")

    expect(lane(page, DEVELOP).locator(".deal")).to_have_count(2)
    expect(name(page, first)).to_be_focused()
    assert is_in(first, DEVELOP)
    page.keyboard.press("m")
    expect(card(page, first).locator(".moves")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page, first).locator(".moves")).to_have_count(0)
    expect(name(page, first)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first.name)


@LANGUAGES
def test_every_move_is_made_by_keys_from_next_stage_to_won_and_lost(rep, open_browser, language):
    labels = Labels(language)
    ready = ready_opportunity(DEVELOP, owner=rep)
    stuck = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    page = open_browser(rep, language=language)
    page.goto(BOARD)

    def choose(opportunity, label):
        """Opens “Move to …” by m, goes from the first move ahead to the label, and presses Enter."""
        name(page, opportunity).focus()
        page.keyboard.press("m")
        items = card(page, opportunity).locator(".moves .menu-item")
        expect(items.and_(page.locator("[data-focus]"))).to_be_focused()
        texts = items.all_inner_texts()
        begins = next(at for at, text in enumerate(texts) if labels("Go back here") not in text)
        expect(items.nth(begins)).to_be_focused()
        ends = next(at for at, text in enumerate(texts) if text.startswith(label))
        for _ in range(abs(ends - begins)):
            page.keyboard.press("ArrowDown" if ends > begins else "ArrowUp")
        page.keyboard.press("Enter")

    name(page, ready).focus()
    page.keyboard.press("Tab")  # to the account
    page.keyboard.press("Tab")
    expect(card(page, ready).get_by_role("button", name=f"{labels('Next Stage')} {ready.name}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)
    expect(name(page, ready)).to_be_focused()
    choose(ready, labels.name_of(stage(DEVELOP)))  # back
    expect(lane(page, DEVELOP).locator(".deal")).to_have_count(2)
    assert is_in(ready, DEVELOP)

    choose(stuck, labels.name_of(stage(PROPOSE)))
    expect(card(page, stuck).locator(".left-summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card(page, stuck).locator("textarea")).to_be_focused()
    page.keyboard.type("Trackers")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.need-acts button')"):
            break
    page.keyboard.press("Enter")
    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)
    assert (is_in(stuck, PROPOSE), reread(stuck).proposed_solution) == (True, "Trackers")

    for end, outcome in (("Won…", "won"), ("Lost…", "lost")):
        choose(stuck, labels(end))
        expect(page).to_have_url(re.compile(rf"{reverse('close', args=[stuck.pk])}.outcome={outcome}"))
        page.go_back()
        expect(name(page, stuck)).to_be_visible()


@LANGUAGES
def test_without_javascript_every_move_is_a_form(rep, open_browser, language):
    labels = Labels(language)
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    page = open_browser(rep, language=language, javascript=False)
    page.goto(f"{BOARD}?owner=me")

    card(page, opportunity).locator("[data-next]").click()
    expect(page).to_have_url(f"{page.url.split('/opp')[0]}{BOARD}?owner=me")
    assert is_in(opportunity, PROPOSE)

    card(page, opportunity).locator("[data-to]").click()
    page.get_by_role("button", name=labels.name_of(stage(CLOSE))).click()
    expect(page.locator(".left-summary")).to_be_visible()  # the gate is shut
    assert is_in(opportunity, PROPOSE)
    page.goto(BOARD)
    card(page, opportunity).locator("[data-to]").click()
    page.get_by_role("button", name=labels.name_of(stage(QUALIFY))).click()
    assert is_in(opportunity, QUALIFY)


def test_on_a_phone_the_lanes_stack_and_nothing_scrolls_sideways(rep, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep)
    page = open_browser(rep, width=320)
    page.goto(BOARD)

    boxes = [lane(page, of).bounding_box() for of in (QUALIFY, DEVELOP, PROPOSE, CLOSE)]
    assert [box["x"] for box in boxes] == [boxes[0]["x"]] * 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    card(page, opportunity).locator("[data-to]").click()
    card(page, opportunity).locator(".moves button").nth(1).click()
    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)


def test_the_lanes_scroll_in_a_region_of_their_own(rep, open_browser):
    opportunity_in(DEVELOP, owner=rep)
    page = open_browser(rep, width=768)
    page.goto(BOARD)

    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    assert page.locator("#board").evaluate("board => board.scrollWidth > board.clientWidth")
    assert min(page.locator(".lane").evaluate_all("all => all.map(lane => lane.offsetWidth)")) >= 232


def test_a_move_of_a_colleague_appears_but_not_while_something_is_open(rep, manager, open_browser):
    first, second = ready_opportunity(DEVELOP, owner=rep), ready_opportunity(QUALIFY, owner=rep)
    page = open_browser(rep)
    page.goto(BOARD)
    name(page, second).focus()
    page.keyboard.press("m")
    expect(card(page, second).locator(".moves")).to_be_visible()
    forward(first, by=manager, at=timezone.now())

    page.evaluate(ASK_NOW)
    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(card(page, second).locator(".moves")).to_have_count(0)
    with page.expect_response(lambda response: "/changes/" in response.url):
        page.evaluate(ASK_NOW)

    expect(lane(page, PROPOSE).locator(".deal")).to_have_count(1)
    expect(head(page, PROPOSE)).to_have_text("1")
    expect(name(page, second)).to_be_focused()


def test_the_look_follows_the_filter(rep, open_browser):
    opportunity_in(DEVELOP, owner=rep, name="Fleet")
    opportunity_in(DEVELOP, owner=rep, name="Trucks")
    page = open_browser(rep)
    page.goto(BOARD)

    page.locator("#id_q").fill("fleet")
    expect(page.locator(".deal")).to_have_count(1)
    page.locator("#looks").get_by_role("link", name="List").click()

    expect(page.get_by_role("main").get_by_role("link", name="Fleet", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Trucks", exact=True)).to_have_count(0)


def test_a_drag_still_works_after_a_change_of_the_filters(rep, open_browser):
    opportunity = ready_opportunity(DEVELOP, owner=rep, name="Fleet")
    opportunity_in(DEVELOP, owner=rep, name="Trucks")
    page = open_browser(rep)
    page.emulate_media(reduced_motion="no-preference")
    page.goto(BOARD)
    page.locator("#id_q").fill("fleet")
    expect(page.locator(".deal")).to_have_count(1)

    drag(page, opportunity, lane(page, PROPOSE))

    expect(page.locator("#toasts")).to_contain_text("Moved to Propose.")
    assert is_in(opportunity, PROPOSE)
    page.locator("#id_q").fill("")
    expect(page.locator(".deal")).to_have_count(2)
    drag(page, opportunity, lane(page, DEVELOP))  # SortableJS styles the cards of both lanes, and leaves the attribute
    expect(page.locator("#toasts")).to_contain_text("Went back to Develop.")
    page.locator("#id_q").fill("trucks")  # `page_faults` hears what the policy refuses of the card that replaces one
    expect(page.locator(".deal")).to_have_count(1)


IN_VIEW = """(part) => {
  const head = document.querySelector(".site-head"), box = part.getBoundingClientRect();
  const top = getComputedStyle(head).position === "sticky" ? head.getBoundingClientRect().bottom : 0;
  return box.top >= top && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
}"""


@pytest.mark.parametrize("width", [320, 1280])
def test_what_opens_on_a_card_at_the_edge_comes_into_view(rep, open_browser, width):
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["proposed_solution"])
    copies(opportunity, 12)  # above it
    page = open_browser(rep, width=width)
    page.goto(f"{BOARD}?sort=name")
    lane(page, DEVELOP).locator(".more").scroll_into_view_if_needed()
    name(page, opportunity).scroll_into_view_if_needed()
    page.evaluate(
        "name => scrollBy(0, name.getBoundingClientRect().bottom - innerHeight)",
        name(page, opportunity).element_handle(),
    )
    name(page, opportunity).evaluate("name => name.focus({preventScroll: true})")

    page.keyboard.press("m")
    menu = card(page, opportunity).locator(".moves")
    expect(menu.locator("[data-focus]")).to_be_focused()
    assert menu.evaluate(IN_VIEW)
    menu.get_by_role("button", name="Propose").focus()
    page.keyboard.press("Enter")

    expect(card(page, opportunity).locator(".left-summary")).to_be_focused()
    assert card(page, opportunity).locator(".need").evaluate(IN_VIEW)


def cards_of(page, of):
    return lane(page, of).locator(".deals > .deal")


def test_the_cards_below_the_first_come_when_the_end_of_a_lane_is_seen(rep, open_browser):
    first = opportunity_in(DEVELOP, owner=rep)
    copies(first, 70)
    page = open_browser(rep)
    page.goto(BOARD)
    expect(cards_of(page, DEVELOP)).to_have_count(8)

    lane(page, DEVELOP).locator(".more").scroll_into_view_if_needed()
    expect(cards_of(page, DEVELOP)).to_have_count(58)
    lane(page, DEVELOP).locator(".more a").focus()
    page.keyboard.press("Enter")

    expect(cards_of(page, DEVELOP)).to_have_count(71)
    expect(cards_of(page, DEVELOP).nth(58).locator("[data-open]")).to_be_focused()


def test_no_card_is_left_out_after_one_was_moved_away(rep, open_browser):
    first = opportunity_in(DEVELOP, owner=rep, name="A")
    copies(first, 11)
    page = open_browser(rep)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"{BOARD}?sort=name")
    expect(cards_of(page, DEVELOP)).to_have_count(8)

    card(page, first).locator("[data-to]").click()
    page.get_by_role("button", name="Qualify").click()
    expect(head(page, DEVELOP)).to_have_text("11")
    lane(page, DEVELOP).locator(".more").scroll_into_view_if_needed()

    expect(cards_of(page, DEVELOP)).to_have_count(11)


def test_without_javascript_the_cards_below_the_first_are_in_the_list(rep, open_browser):
    first = opportunity_in(DEVELOP, owner=rep)
    copies(first, 11)
    page = open_browser(rep, javascript=False)
    page.goto(BOARD)

    lane(page, DEVELOP).get_by_role("link", name="Show more").click()

    expect(page.get_by_text("12 opportunities").first).to_be_visible()

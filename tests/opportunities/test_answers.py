"""Answers that save themselves: one table of situations, each with what its step shows and what the database holds.

`tests/browser/test_answers.py` has the same situations in a real browser.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.urls import reverse

from opportunities import transitions
from tests.support import factories
from tests.support.answer_pages import Page, text_of
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, opportunity_in, reread, stage
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


# What happens between opening the page and giving the answer


def nothing(page, people):
    """The answer is given at once."""


def another_answer_changed(page, people):
    factories.edit(page.opportunity, by=people["manager"], proposed_solution="Sensors")


def same_answer_changed(page, people):
    factories.edit(page.opportunity, by=people["manager"], customer_need="Theirs")


def changed_in_another_tab(page, people):
    Page(page.client, page.opportunity).answer("customer_need", "Ships")


def answered_before(page, people):
    assert page.answer("customer_need", "Lorries").status_code == 200


def went_on_and_came_back(page, people):
    """The browser's Back shows the page as it was opened."""
    opportunity = reread(page.opportunity)
    assert page.answer("customer_need", "Lorries").status_code == 200
    transitions.advance(opportunity=opportunity, by=people["rep"], at=NOW)


def moved(page, people):
    transitions.advance(opportunity=page.opportunity, by=people["manager"], at=NOW)


def closed(page, people):
    transitions.finish(opportunity=page.opportunity, by=people["rep"], at=NOW)
    factories.win(reread(page.opportunity), by=people["manager"])


def signed_out(page, people):
    page.client.logout()


def given_away(page, people):
    factories.remove(page.opportunity.team_members.get(user=people["rep"]))


def version_ahead(page, people):
    page.fields["version"] = "999999"


@dataclass(frozen=True)
class Situation:
    """An answer to one step. `shows` are words of the response, `holds` the fields of the database afterwards."""

    answer: str
    value: str | None
    holds: object
    status: int = 200
    shows: tuple[str, ...] = ()
    meanwhile: Callable[[Page, dict], None] = nothing
    begin: Callable[..., object] = opportunity_in
    stage: str = DEVELOP
    of: str | None = None
    entries: dict = field(default_factory=dict)
    owner: str = "rep"


SAVED = ("Saved ",)
NOT_SAVED = ("Not saved",)

SITUATIONS = {
    # Each kind of field
    "a choice": Situation("purchase_timeframe", "this_quarter", "this_quarter", shows=SAVED, stage=QUALIFY),
    "an amount": Situation(
        "estimated_budget", "625 000", Decimal(625000), shows=(*SAVED, "Read as NOK 625,000"), stage=QUALIFY
    ),
    "an amount of 0": Situation("estimated_budget", "0", Decimal(0), shows=(*SAVED, "is-met"), stage=QUALIFY),
    "a text": Situation("customer_need", "To know where.", "To know where.", shows=(*SAVED, "is-met")),
    "a text taken away": Situation("customer_need", "", "", shows=SAVED, entries={"customer_need": "Old"}),
    "a tick": Situation("internal_review_completed", "on", True, shows=SAVED, stage=PROPOSE),
    "a tick taken off": Situation(
        "internal_review_completed",
        None,
        False,
        shows=SAVED,
        stage=PROPOSE,
        entries={"internal_review_completed": True},
    ),
    "a date": Situation("decision_date", "2026-03-02", factories.TODAY, shows=SAVED, stage=CLOSE),
    # Refused by a rule or as invalid
    "a passed gate needs it": Situation(
        "estimated_budget",
        "",
        Decimal(450_000),
        status=422,
        shows=(*NOT_SAVED, "Qualify is passed and needs this answer.", "Go back here first", "Put NOK 450,000 back"),
        of=QUALIFY,
        entries={"estimated_budget": Decimal(450_000)},
    ),
    "a tick that a passed gate needs": Situation(
        "decision_maker_identified",
        None,
        True,
        status=422,
        shows=(*NOT_SAVED, "Qualify is passed and needs this answer.", "Go back here first", "Tick it again"),
        of=QUALIFY,
    ),
    "evidence missing": Situation(
        "sales_team_identified", "on", False, status=422, shows=(*NOT_SAVED, "cannot be marked complete"), stage=PROPOSE
    ),
    "invalid money": Situation(
        "estimated_budget", "6,2 mill", None, status=422, shows=(*NOT_SAVED, "id_estimated_budget_error"), stage=QUALIFY
    ),
    "too long": Situation(
        "customer_need", "x" * 5000, "", status=422, shows=(*NOT_SAVED, "id_customer_need_error", "4000")
    ),
    # Versions
    "version behind, of another answer": Situation(
        "customer_need", "Lorries", "Lorries", shows=SAVED, meanwhile=another_answer_changed
    ),
    "version ahead": Situation(
        "customer_need", "Lorries", "", status=422, shows=(*NOT_SAVED, "out of date"), meanwhile=version_ahead
    ),
    "version conflicting": Situation(
        "customer_need",
        "Mine",
        "Theirs",
        status=409,
        shows=("3 of 4 saved", "1 to choose", "Ingrid Dahl changed this while you wrote.", "Mine", "Theirs"),
        meanwhile=same_answer_changed,
    ),
    "the same by both": Situation("customer_need", "Theirs", "Theirs", shows=SAVED, meanwhile=same_answer_changed),
    "double change": Situation("customer_need", "Ships", "Ships", shows=SAVED, meanwhile=answered_before),
    "Back": Situation(
        "customer_need",
        "Ships",
        "Ships",
        shows=(*SAVED, 'class="is-current"'),
        meanwhile=went_on_and_came_back,
        begin=factories.ready_opportunity,
    ),
    "two tabs": Situation(
        "customer_need",
        "Planes",
        "Ships",
        status=409,
        shows=("3 of 4 saved", "You changed this in another window.", "From the other window"),
        meanwhile=changed_in_another_tab,
    ),
    # What happened to the opportunity, or to the person
    "session ended": Situation("customer_need", "Lorries", "", status=302, meanwhile=signed_out),
    "closed meanwhile": Situation(
        "decision_date",
        "2026-03-03",
        datetime.date(2026, 4, 1),
        status=409,
        shows=(*NOT_SAVED, "is closed and can only be read", "Ingrid Dahl closed it"),
        meanwhile=closed,
        begin=factories.ready_opportunity,
        stage=CLOSE,
    ),
    "moved meanwhile": Situation(
        "customer_need",
        "Lorries and ships",
        "Lorries and ships",
        shows=(*SAVED, "You are in Propose"),
        meanwhile=moved,
        begin=factories.ready_opportunity,
    ),
    "no right any more": Situation("customer_need", "Lorries", "", status=404, meanwhile=given_away, owner="colleague"),
}


@pytest.fixture(scope="module")
def begun(cast):
    """The opportunities with which the situations begin: by what made them, the stage and the owner."""
    kinds = {(each.begin, each.stage, each.owner) for each in SITUATIONS.values()}
    return {(begin, stage, owner): begin(stage, owner=cast[owner]) for begin, stage, owner in kinds}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_an_answer_shows_and_the_database_holds(client_of, rep, manager, begun, situation):
    people = {"rep": rep, "manager": manager}
    opportunity = reread(begun[situation.begin, situation.stage, situation.owner])
    if situation.owner == "colleague":
        factories.add_team_member(opportunity, user=rep)
    if situation.entries:
        opportunity = factories.edit(opportunity, **situation.entries)
    page = Page(client_of(rep), opportunity, of=situation.of)
    situation.meanwhile(page, people)
    before = reread(opportunity).version

    answer = page.answer(situation.answer, situation.value)

    text = text_of(answer)
    assert answer.status_code == situation.status
    assert [words for words in situation.shows if words not in text] == []
    now = reread(opportunity)
    assert getattr(now, situation.answer) == situation.holds
    if situation.status != 200:
        assert now.version == before


def test_a_person_created_in_the_picker_is_saved_once(client_of, rep):
    opportunity = opportunity_in(QUALIFY, owner=rep, contact=None)
    page = Page(client_of(rep), opportunity)
    page.fields["contact-find"] = "Eva Lind"

    answers = [page.answer("contact", "new") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert reread(opportunity).contact.name == "Eva Lind"
    assert factories.Contact.objects.filter(name="Eva Lind").count() == 1


def test_the_parts_of_the_page_follow_and_no_control_is_replaced(client_of, rep):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    text = text_of(Page(client_of(rep), opportunity).answer("customer_need", "Lorries"))

    of_the_step = [f"{part}_customer_need" for part in ("mark", "said", "menu", "requests")]
    for part in ("track", "left", "saved", "people", "facts", *of_the_step):
        assert f'id="{part}"' in text
    assert "Ready for Propose" in text
    assert "<textarea" not in text
    assert "Next Stage" not in text
    assert text.count("hx-swap-oob") == 9


def test_a_bad_answer_elsewhere_blocks_nothing(client_of, rep):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page = Page(client_of(rep), opportunity)
    page.fields["estimated_budget"] = "6,2 mill"

    answer = page.answer("purchase_timeframe", "this_quarter")

    assert answer.status_code == 200
    now = reread(opportunity)
    assert (now.purchase_timeframe, now.estimated_budget) == ("this_quarter", opportunity.estimated_budget)


def test_a_change_of_another_field_by_another_person_is_kept_by_a_later_save(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    factories.edit(opportunity, by=manager, proposed_solution="Sensors")

    page.answer("customer_need", "Lorries")
    save = page.save()

    assert save.status_code == 303
    now = reread(opportunity)
    assert (now.customer_need, now.proposed_solution) == ("Lorries", "Sensors")


@pytest.mark.parametrize("version", ["", "x", "9" * 19])
def test_an_answer_that_names_no_version_is_refused(client_of, rep, version):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))
    page.fields["version"] = version

    with unchanged():
        assert page.answer("customer_need", "Lorries").status_code == 400


def test_a_step_of_another_process_is_not_found(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    other = factories.add_step(factories.add_process("Renewals", "Ask").stages.get(), "customer_need")
    page = Page(client_of(rep), opportunity)

    with unchanged():
        assert page.send("answer", other.pk).status_code == 404


def test_a_step_whose_field_no_longer_exists_is_not_found(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    gone = factories.step("customer_need").pk
    factories.change_step("customer_need", field="abolished")

    with unchanged():
        assert page.send("answer", gone).status_code == 404


# A write that a passed gate needs


def refused_by_gate(client, rep):
    opportunity = factories.edit(opportunity_in(DEVELOP, owner=rep), estimated_budget=Decimal(625_000))
    page = Page(client, opportunity, of=QUALIFY)
    page.fields["estimated_budget"] = ""
    return page


def test_the_answer_that_a_passed_gate_needs_is_put_back_in_place(client_of, rep):
    page = refused_by_gate(client_of(rep), rep)

    with unchanged():
        answer = page.answer("estimated_budget", "", put_back="estimated_budget")

    text = text_of(answer)
    assert answer.status_code == 200
    assert 'id="control_estimated_budget"' in text
    assert 'value="625,000"' in text
    assert "is passed and needs" not in text


def test_without_javascript_the_page_offers_both_ways(client_of, rep):
    page = refused_by_gate(client_of(rep), rep)
    page.fields["purchase_process"] = "committee"

    with unchanged():
        answer = page.save()

    assert answer.status_code == 422
    form = Form(answer, reverse("save", args=[page.opportunity.pk]))
    assert form.press(page.client, "Put NOK\xa0625,000 back").status_code == 303
    now = reread(page.opportunity)
    assert (now.estimated_budget, now.purchase_process) == (Decimal(625_000), "committee")


def test_without_javascript_going_back_first_saves_the_entry(client_of, rep):
    page = refused_by_gate(client_of(rep), rep)

    form = Form(page.save(), reverse("save", args=[page.opportunity.pk]))
    answer = form.press(page.client, "Go back here first")

    now = reread(page.opportunity)
    assert answer.status_code == 303
    assert (now.active_stage.name_en, now.estimated_budget) == (QUALIFY, None)


# What the panel says beside its main button, and at a step that a move needs


def test_a_deal_on_hold_says_that_a_move_ends_the_hold(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="Summer.")

    page = client_of(rep).get(opportunity.get_absolute_url())

    assert "The hold ends when you move" in text_of(page)


def test_a_refused_move_marks_each_step_that_is_left(client_of, rep):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    text = text_of(Page(client_of(rep), opportunity).send("advance"))

    assert text.count("is-choice") == 1
    assert "1 step is left in Develop" in text


def test_save_is_the_solid_button_of_a_passed_stage(client_of, rep):
    page = client_of(rep).get(opportunity_in(DEVELOP, owner=rep).get_absolute_url(), {"stage": stage(QUALIFY).pk})

    assert 'class="left is-shut"' not in text_of(page)


# Explicit answers


@pytest.mark.parametrize(
    ("in_stage", "answered", "also"),
    [
        (QUALIFY, "decision_maker_identified", "contact_decides"),
        (DEVELOP, "competitors_identified", "no_known_competitors"),
        (PROPOSE, "sales_team_identified", "sell_alone"),
    ],
)
def test_an_explicit_answer_completes_its_step(client_of, rep, in_stage, answered, also):
    contact = factories.ContactFactory()
    opportunity = opportunity_in(in_stage, owner=rep, **({"contact": contact} if in_stage == QUALIFY else {}))
    page = Page(client_of(rep), opportunity)

    answer = page.answer(answered, None, also=also)

    assert answer.status_code == 200
    assert getattr(reread(opportunity), answered) is True
    assert f'id="box_{answered}"' in text_of(answer)
    assert "checked" in text_of(answer)


@pytest.mark.parametrize("also", ["contact_decides", "no_known_competitors", "nothing we know"])
def test_an_explicit_answer_to_another_step_is_a_400_and_writes_nothing(client_of, rep, also):
    opportunity = opportunity_in(PROPOSE, owner=rep, contact=factories.ContactFactory())
    page = Page(client_of(rep), opportunity)

    with unchanged():
        assert page.answer("sales_team_identified", None, also=also).status_code == 400


def test_a_step_of_an_archived_stage_takes_an_answer_only_while_the_opportunity_is_in_it(client_of, rep):
    elsewhere, here = opportunity_in(DEVELOP, owner=rep), opportunity_in(PROPOSE, owner=rep)
    pages = [Page(client_of(rep), opportunity) for opportunity in (elsewhere, here)]
    factories.change_stage(PROPOSE, is_archived=True)

    answers = [page.answer("internal_review_completed", "on") for page in pages]

    assert [answer.status_code for answer in answers] == [404, 200]

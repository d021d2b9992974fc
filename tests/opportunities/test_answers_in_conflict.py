"""Two people changed an answer differently: both values, and a third."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.answer_pages import Page, text_of
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, QUALIFY, opportunity_in, reread
from tests.support.pages import Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


# Two people changed an answer differently: both values, and a third


@dataclass(frozen=True)
class Clash:
    """An answer that two people give differently. `as_shown`: both values, as the page shows them."""

    answer: str
    mine: str
    theirs: object
    third: str
    stored: tuple[object, object]
    as_shown: tuple[str, str]
    stage: str = QUALIFY


CLASHES = {
    "text": Clash("customer_need", "Mine", "Theirs", "Both", ("Mine", "Both"), ("Mine", "Theirs"), DEVELOP),
    "money": Clash("estimated_budget", "5", Decimal(7), "6", (Decimal(5), Decimal(6)), ("NOK 5", "NOK 7")),
    "date": Clash(
        "decision_date",
        "2026-03-03",
        factories.TODAY,
        "2026-03-04",
        (factories.TODAY + factories.DAY, factories.TODAY + 2 * factories.DAY),
        ("3 Mar 2026", "2 Mar 2026"),
        CLOSE,
    ),
    "choice": Clash(
        "purchase_process", "committee", "individual", "unknown", ("committee", "unknown"), ("Committee", "Individual")
    ),
}
clashes = pytest.mark.parametrize("clash", CLASHES.values(), ids=CLASHES.keys())


@pytest.fixture(scope="module")
def begun(cast):
    """The opportunities with which the clashes begin, by stage."""
    return {name: opportunity_in(name, owner=cast["rep"]) for name in {each.stage for each in CLASHES.values()}}


@pytest.fixture
def conflicting(begun, client_of, rep, manager):
    def conflicting(clash):
        """The page of a person who wrote `mine` while another one saved `theirs`, with the fields of the conflict."""
        page = Page(client_of(rep), reread(begun[clash.stage]))
        factories.edit(page.opportunity, by=manager, **{clash.answer: clash.theirs})
        with unchanged():
            answer = page.answer(clash.answer, clash.mine)
        assert answer.status_code == 409
        take_choice(page, answer, clash.answer)
        return page, answer

    return conflicting


def take_choice(page, answer, name):
    """Put the fields of the response into the page, as htmx does."""
    body = f'<form method="post" action="#">{answer.content.decode()}</form>'
    shown = Form(type("Response", (), {"content": body.encode()}), "#").fields
    for key in shown:
        if key.endswith(f"_{name}"):
            page.fields[key] = shown[key]


@clashes
def test_a_conflict_shows_both_values_as_choices(conflicting, clash):
    _page, answer = conflicting(clash)

    text = text_of(answer)
    assert all(value in text for value in clash.as_shown)
    assert f'name="choice_{clash.answer}" value="mine" checked' in text
    assert f'name="choice_{clash.answer}" value="theirs"' in text
    assert 'id="main-button"' in text
    assert ">Save</button>" in text


@clashes
@pytest.mark.parametrize("way", ["answer", "save"])
def test_my_value_is_saved_when_it_is_chosen(conflicting, clash, way):
    page, _ = conflicting(clash)

    answer = page.answer(clash.answer, clash.mine) if way == "answer" else page.save()

    assert answer.status_code == (200 if way == "answer" else 303)
    assert getattr(reread(page.opportunity), clash.answer) == clash.stored[0]


@clashes
@pytest.mark.parametrize("way", ["answer", "save"])
def test_the_other_value_stays_when_it_is_chosen(conflicting, clash, way):
    page, _ = conflicting(clash)
    page.fields[f"choice_{clash.answer}"] = "theirs"

    with unchanged():
        answer = page.answer(clash.answer, clash.mine) if way == "answer" else page.save()

    assert answer.status_code == (200 if way == "answer" else 303)
    assert getattr(reread(page.opportunity), clash.answer) == clash.theirs
    if way == "answer":
        assert f'id="control_{clash.answer}"' in text_of(answer)


@clashes
@pytest.mark.parametrize("choice", ["mine", "theirs"])
@pytest.mark.parametrize("way", ["answer", "save"])
def test_a_third_value_in_the_field_counts_more_than_the_choice(conflicting, clash, way, choice):
    page, _ = conflicting(clash)
    page.fields[f"choice_{clash.answer}"] = choice
    page.fields[clash.answer] = clash.third

    answer = page.answer(clash.answer, clash.third) if way == "answer" else page.save()

    assert answer.status_code == (200 if way == "answer" else 303)
    assert getattr(reread(page.opportunity), clash.answer) == clash.stored[1]


def test_after_the_other_value_was_taken_the_answer_can_be_changed(conflicting):
    page, _ = conflicting(CLASHES["text"])
    taken = page.answer("customer_need", "Mine", choice_customer_need="theirs")
    for name in ("choice_customer_need", "typed_customer_need"):
        del page.fields[name]
    take_choice(page, taken, "customer_need")

    answer = page.answer("customer_need", "Theirs and mine")

    assert answer.status_code == 200
    assert reread(page.opportunity).customer_need == "Theirs and mine"


def test_a_change_after_the_conflict_was_shown_is_a_conflict_again(conflicting, manager):
    page, _ = conflicting(CLASHES["text"])
    factories.edit(page.opportunity, by=manager, customer_need="Theirs again")

    answer = page.answer("customer_need", "Mine")

    assert answer.status_code == 409
    assert "Theirs again" in text_of(answer)
    assert reread(page.opportunity).customer_need == "Theirs again"


@pytest.mark.parametrize(("settled", "status"), [("999999", 422), ("x", 400), ("", 400)])
def test_a_forged_version_of_a_conflict_saves_nothing(conflicting, settled, status):
    page, _ = conflicting(CLASHES["text"])

    with unchanged():
        assert page.answer("customer_need", "Mine", settled_customer_need=settled).status_code == status


def test_a_person_chosen_by_both_is_a_conflict_with_both_names(client_of, rep, manager):
    mine, theirs = factories.ContactFactory(name="Eva Lind"), factories.ContactFactory(name="Per Moe")
    opportunity = opportunity_in(QUALIFY, owner=rep, contact=None)
    page = Page(client_of(rep), opportunity)
    factories.edit(opportunity, by=manager, contact=theirs)

    answer = page.answer("contact", str(mine.pk))

    text = text_of(answer)
    assert answer.status_code == 409
    assert "Eva Lind</span>" in text
    assert "Per Moe</span>" in text
    take_choice(page, answer, "contact")
    assert page.answer("contact", str(mine.pk)).status_code == 200
    assert reread(opportunity).contact == mine


def test_a_tick_set_by_both_is_no_conflict(client_of, rep, manager):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    page = Page(client_of(rep), opportunity)
    factories.edit(opportunity, by=manager, internal_review_completed=True)

    with unchanged():
        assert page.answer("internal_review_completed", "on").status_code == 200


def test_saving_all_saves_what_is_in_no_conflict_and_shows_the_choice(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    page.fields["customer_need"], page.fields["proposed_solution"] = "Mine", "Sensors"
    factories.edit(opportunity, by=manager, customer_need="Theirs")

    answer = page.save()

    text = text_of(answer)
    now = reread(opportunity)
    assert answer.status_code == 409
    assert (now.customer_need, now.proposed_solution) == ("Theirs", "Sensors")
    assert "3 of 4 saved" in text
    assert "The rest is saved. 1 answer was changed by two people" in text
    assert "<title> Error:" not in text
    again = Form(answer, reverse("save", args=[opportunity.pk]))
    assert again.press(page.client, "Save").status_code == 303
    assert reread(opportunity).customer_need == "Mine"


def test_a_move_with_a_conflict_saves_the_rest_and_moves_nothing(client_of, rep, manager):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    page.fields["customer_need"], page.fields["proposed_solution"] = "Mine", "Sensors"
    factories.edit(opportunity, by=manager, customer_need="Theirs")

    answer = page.send("advance")

    now = reread(opportunity)
    assert answer.status_code == 409
    assert "The rest is saved, and nothing is moved." in text_of(answer)
    assert (now.active_stage.name_en, now.customer_need, now.proposed_solution) == (DEVELOP, "Theirs", "Sensors")


def test_a_conflict_beside_an_answer_that_a_rule_refuses_saves_nothing(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity, of=QUALIFY)
    page.fields["estimated_budget"], page.fields["purchase_process"] = "", "individual"
    factories.edit(opportunity, by=manager, purchase_process="unknown")

    with unchanged():
        answer = page.save()

    assert answer.status_code == 409
    assert "Not saved." in text_of(answer)

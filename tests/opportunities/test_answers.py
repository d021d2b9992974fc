"""Answers that save themselves: what each situation shows at its step, and what the database holds."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities import transitions
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, opportunity_in, reread, stage, step
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db


class Page:
    """The opportunity page of one person, opened once."""

    def __init__(self, client, opportunity, of=None):
        query = {"stage": stage(of).pk} if of else {}
        self.client, self.opportunity = client, opportunity
        answer = client.get(opportunity.get_absolute_url(), query)
        self.fields = Form(answer, reverse("save", args=[opportunity.pk])).fields

    def answer(self, field, value=None, **more):
        """Give the answer to a step; None takes a tick off."""
        if value is None:
            self.fields.pop(field, None)
        else:
            self.fields[field] = value
        sent = self.fields.copy()
        sent.update(more)
        url = reverse("answer", args=[self.opportunity.pk, step(field).pk])
        return self.client.post(url, sent.urlencode(), content_type=FORM)


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("in_stage", "field", "value", "stored"),
    [
        (QUALIFY, "purchase_timeframe", "this_quarter", "this_quarter"),
        (QUALIFY, "estimated_budget", "625 000", Decimal(625000)),
        (DEVELOP, "customer_need", "To know where every lorry is.", "To know where every lorry is."),
        (PROPOSE, "internal_review_completed", "on", True),
        (CLOSE, "decision_date", "2026-03-02", factories.TODAY),
    ],
)
def test_an_answer_of_each_kind_is_saved(client_of, rep, in_stage, field, value, stored):
    opportunity = opportunity_in(in_stage, owner=rep)

    answer = Page(client_of(rep), opportunity).answer(field, value)

    assert answer.status_code == 200
    assert getattr(reread(opportunity), field) == stored
    assert "Saved " in text_of(answer)


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

    for part in ("track", "left", "saved", "mark_customer_need", "said_customer_need", "people", "facts"):
        assert f'id="{part}"' in text
    assert "Ready for Propose" in text
    assert "<textarea" not in text
    assert "Next Stage" not in text
    assert text.count("hx-swap-oob") == 7


def test_a_bad_answer_elsewhere_blocks_nothing(client_of, rep):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page = Page(client_of(rep), opportunity)
    page.fields["estimated_budget"] = "6,2 mill"

    answer = page.answer("purchase_timeframe", "this_quarter")

    assert answer.status_code == 200
    now = reread(opportunity)
    assert (now.purchase_timeframe, now.estimated_budget) == ("this_quarter", opportunity.estimated_budget)


def test_invalid_money_is_refused_at_its_step(client_of, rep):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    page = Page(client_of(rep), opportunity)

    with unchanged():
        answer = page.answer("estimated_budget", "6,2 mill")

    assert answer.status_code == 422
    assert 'id="id_estimated_budget_error"' in text_of(answer)
    assert "Not saved" in text_of(answer)


def test_a_text_that_is_too_long_is_refused_at_its_step(client_of, rep):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))

    with unchanged():
        answer = page.answer("customer_need", "x" * 5000)

    assert answer.status_code == 422
    assert 'id="id_customer_need_error"' in text_of(answer)


def test_a_tick_without_its_evidence_is_refused_at_its_step(client_of, rep):
    page = Page(client_of(rep), opportunity_in(PROPOSE, owner=rep))

    with unchanged():
        answer = page.answer("sales_team_identified", "on")

    assert answer.status_code == 422
    assert 'id="id_sales_team_identified_error"' in text_of(answer)


def test_an_answer_that_a_passed_gate_needs_is_not_taken_away(client_of, rep):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep), of=QUALIFY)

    with unchanged():
        answer = page.answer("estimated_budget", "")

    assert answer.status_code == 422
    assert "Not saved" in text_of(answer)


def test_what_the_same_page_saved_before_is_no_conflict(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)

    answers = [page.answer("customer_need", text) for text in ("Lorries", "Lorries and ships", "Ships")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert reread(opportunity).customer_need == "Ships"


def test_a_change_of_another_field_by_another_person_is_kept(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    factories.edit(opportunity, by=manager, proposed_solution="Sensors")

    page.answer("customer_need", "Lorries")
    save = page.client.post(reverse("save", args=[opportunity.pk]), page.fields.urlencode(), content_type=FORM)

    assert save.status_code == 303
    now = reread(opportunity)
    assert (now.customer_need, now.proposed_solution) == ("Lorries", "Sensors")


def test_a_change_of_the_same_field_by_another_person_is_a_conflict_with_both_values(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    factories.edit(opportunity, by=manager, customer_need="Theirs")

    with unchanged():
        answer = page.answer("customer_need", "Mine")

    text = text_of(answer)
    assert answer.status_code == 409
    assert "Ingrid Dahl changed “customer need” while you were editing" in text
    assert "Saved now: <b>Theirs</b>" in text


def test_save_mine_replaces_what_the_other_person_saved(client_of, rep, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    theirs = factories.edit(opportunity, by=manager, customer_need="Theirs")

    answer = page.answer("customer_need", "Mine", settled=str(theirs.version))

    assert answer.status_code == 200
    assert reread(opportunity).customer_need == "Mine"
    assert page.answer("customer_need", "Mine and more").status_code == 200


def test_the_same_person_in_another_window_is_told_so(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    client = client_of(rep)
    page, other = Page(client, opportunity), Page(client, opportunity)
    other.answer("customer_need", "Ships")

    answer = page.answer("customer_need", "Planes")

    assert answer.status_code == 409
    assert "in another window" in text_of(answer)


@pytest.mark.parametrize("version", ["", "x", "9" * 19])
def test_an_answer_that_names_no_version_is_refused(client_of, rep, version):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))
    page.fields["version"] = version

    with unchanged():
        assert page.answer("customer_need", "Lorries").status_code == 400


def test_a_version_that_is_yet_to_come_is_refused(client_of, rep):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))
    page.fields["version"] = "999999"

    with unchanged():
        assert page.answer("customer_need", "Lorries").status_code == 422


def test_an_answer_after_the_opportunity_was_closed_is_refused(client_of, rep, manager):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep)
    page = Page(client_of(rep), opportunity)
    transitions.finish(opportunity=opportunity, by=rep, at=NOW)
    factories.win(reread(opportunity), by=manager)

    with unchanged():
        answer = page.answer("decision_date", "2026-03-03")

    assert answer.status_code == 409


def test_an_answer_after_the_opportunity_moved_is_saved_and_shows_where_it_is(client_of, rep, manager):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    page = Page(client_of(rep), opportunity)
    transitions.advance(opportunity=opportunity, by=manager, at=NOW)

    answer = page.answer("customer_need", "Lorries and ships")

    assert answer.status_code == 200
    assert reread(opportunity).customer_need == "Lorries and ships"
    assert 'class="is-current"' in text_of(answer)


def test_a_person_who_may_see_it_no_more_finds_nothing(client_of, rep, colleague):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    member = factories.add_team_member(opportunity, user=colleague)
    page = Page(client_of(colleague), opportunity)
    factories.remove(member)

    with unchanged():
        assert page.answer("customer_need", "Lorries").status_code == 404


def test_a_session_that_ended_leads_to_the_sign_in_page(client_of, rep):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))
    page.client.logout()

    with unchanged():
        assert page.answer("customer_need", "Lorries").status_code == 302


def test_a_step_of_another_process_is_not_found(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    other = factories.add_step(factories.add_process("Renewals", "Ask").stages.get(), "customer_need")
    page = Page(client_of(rep), opportunity)
    url = reverse("answer", args=[opportunity.pk, other.pk])

    with unchanged():
        assert page.client.post(url, page.fields.urlencode(), content_type=FORM).status_code == 404


# Explicit answers


@pytest.mark.parametrize(
    ("in_stage", "field", "also"),
    [
        (QUALIFY, "decision_maker_identified", "contact_decides"),
        (DEVELOP, "competitors_identified", "no_known_competitors"),
        (PROPOSE, "sales_team_identified", "sell_alone"),
    ],
)
def test_an_explicit_answer_completes_its_step(client_of, rep, in_stage, field, also):
    contact = factories.ContactFactory()
    opportunity = opportunity_in(in_stage, owner=rep, **({"contact": contact} if in_stage == QUALIFY else {}))
    page = Page(client_of(rep), opportunity)

    answer = page.answer(field, None, also=also)

    assert answer.status_code == 200
    assert getattr(reread(opportunity), field) is True
    assert f'id="box_{field}"' in text_of(answer)
    assert "checked" in text_of(answer)


# Cost


def test_an_answer_reads_little_before_it_writes(client_of, rep):
    page = Page(client_of(rep), opportunity_in(DEVELOP, owner=rep))

    with CaptureQueriesContext(connection) as queries:
        page.answer("customer_need", "Lorries")

    before = []
    for query in queries.captured_queries:
        if query["sql"].startswith(("INSERT", "UPDATE")):
            break
        if query["sql"].startswith("SELECT"):
            before.append(query["sql"])
    of_sign_in = 3
    assert len(before) - of_sign_in <= 8, before
    assert not any("stakeholder" in sql and "FROM" in sql.split("stakeholder")[0][-30:] for sql in before)

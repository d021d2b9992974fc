"""Next Stage, Back, Move here and Finish on the opportunity page, used without JavaScript."""

import json

import pytest

from opportunities import transitions
from opportunities.models import Event
from stages.install import SHIPPED
from tests.support import factories
from tests.support.db_assertions import digests, unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    STAGES,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.pages import drawn_for, panel

pytestmark = pytest.mark.django_db


def required_fields():
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return [
        (each["name_en"], asked["field"])
        for each in shipped["stages"]
        for asked in each["steps"]
        if asked.get("required", True)
    ]


# Next Stage


@pytest.mark.parametrize("name", STAGES[:-1])
def test_next_stage_moves_a_ready_opportunity(rep, client_of, name):
    client, opportunity = client_of(rep), ready_opportunity(name, owner=rep)

    answer = panel(client, opportunity).press(client, "Next Stage")

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())
    assert reread(opportunity).active_stage == stage(STAGES[STAGES.index(name) + 1])


def test_next_stage_saves_the_entries_and_moves(rep, client_of):
    client, opportunity = (
        client_of(rep),
        factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"]),
    )

    panel(client, opportunity).press(client, "Next Stage", customer_need="To know where every lorry is.")

    opportunity = reread(opportunity)
    assert opportunity.customer_need == "To know where every lorry is."
    assert opportunity.active_stage == stage(PROPOSE)


@pytest.mark.parametrize(("name", "missing"), required_fields())
def test_a_shut_gate_names_the_missing_step_and_links_to_its_field(rep, client_of, name, missing):
    contact = factories.ContactFactory(account=None)  # an account of the contact would be filled in
    entries = {"contact": contact} if missing == "account" else {}
    client, opportunity = (
        client_of(rep),
        factories.fill(opportunity_in(name, owner=rep, **entries), name, leave=[missing]),
    )
    button = "Finish" if name == CLOSE else "Next Stage"

    answer = panel(client, opportunity).press(client, button)

    assert answer.status_code == 422
    assert reread(opportunity).active_stage == stage(name)
    assert not reread(opportunity).is_finished
    refusal = answer.context["panel"].refusal
    assert [unmet.step.field for unmet in refusal.unmet] == [missing]
    html = answer.content.decode()
    assert f'href="#id_{missing}"' in html
    assert f'id="id_{missing}"' in html
    assert "Error:" not in html.split("</title>")[0]


def test_a_shut_gate_saves_the_entries_and_says_so(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    answer = panel(client, opportunity).press(client, "Next Stage", customer_need="Warm fish")

    assert answer.status_code == 422
    assert "Saved, but not moved." in answer.content.decode()
    assert reread(opportunity).customer_need == "Warm fish"
    assert reread(opportunity).active_stage == stage(DEVELOP)


def test_a_shut_gate_without_entries_does_not_say_that_they_are_saved(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    answer = panel(client, opportunity).press(client, "Next Stage")

    assert answer.status_code == 422
    assert "Not moved" in answer.content.decode()
    assert "Saved, but not moved." not in answer.content.decode()


def test_an_invalid_entry_saves_nothing_and_keeps_the_entries_on_the_page(rep, client_of):
    client, opportunity = client_of(rep), factories.fill(opportunity_in(QUALIFY, owner=rep), QUALIFY)
    before = digests()

    answer = panel(client, opportunity).press(
        client, "Next Stage", estimated_budget="a lot", purchase_timeframe="immediate"
    )

    assert answer.status_code == 422
    assert digests() == before
    html = answer.content.decode()
    assert 'value="a lot"' in html
    assert '<option value="immediate" selected>' in html


def test_a_tick_without_evidence_is_refused_on_its_field(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    answer = panel(client, opportunity).press(client, "Save", competitors_identified="on", customer_need="Warm fish")

    assert answer.status_code == 422
    assert digests() == before
    assert "there is no competitor yet" in str(answer.context["form"].errors["competitors_identified"])
    assert "Warm fish" in answer.content.decode()


def test_a_step_whose_evidence_was_removed_is_open_again_and_says_by_whom(rep, colleague, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    link = factories.add_competitor(opportunity, competitor=factories.CompetitorFactory(name="Telenor Maritim"))
    factories.edit(opportunity, competitors_identified=True)
    assert "Open again" not in client_of(rep).get(f"/opportunities/{opportunity.pk}/").content.decode()

    factories.remove(link, by=colleague)

    page = client_of(rep).get(f"/opportunities/{opportunity.pk}/").content.decode()
    assert "Open again: Telenor Maritim was removed by Ola Hansen, " in page


def test_an_optional_step_does_not_shut_the_gate(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(PROPOSE, owner=rep)
    assert not opportunity.proposal_developed

    panel(client, opportunity).press(client, "Next Stage")

    assert reread(opportunity).active_stage == stage(CLOSE)


def test_a_second_press_of_next_stage_is_refused_and_names_the_current_stage(rep, colleague, client_of):
    opportunity = ready_opportunity(QUALIFY, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    client = client_of(rep)
    stale = panel(client, opportunity)
    transitions.advance(opportunity=opportunity, by=colleague, at=NOW)

    answer = stale.press(client, "Next Stage")

    assert answer.status_code == 409
    assert reread(opportunity).active_stage == stage(DEVELOP)
    assert "Ola Hansen" in answer.content.decode()
    assert "Develop now" in answer.content.decode()


def test_next_stage_from_an_archived_stage_moves_nothing(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(PROPOSE, owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)
    drawn = drawn_for(opportunity) | {"from_stage": stage(DEVELOP).pk}

    with unchanged():
        answer = client.post(f"{opportunity.get_absolute_url()}advance/", drawn)

    assert answer.status_code == 409
    assert "Nothing was moved" in answer.content.decode()


def test_a_panel_of_an_archived_stage_is_refused(rep, client_of, subtests):
    client, opportunity = client_of(rep), ready_opportunity(PROPOSE, owner=rep)
    typed = panel(client, opportunity, of=DEVELOP).fields.dict() | {"customer_need": "Other"}
    factories.change_stage(DEVELOP, is_archived=True)

    for move in ("save", "advance", "back"):
        with subtests.test(move), unchanged():
            answer = client.post(f"{opportunity.get_absolute_url()}{move}/", typed)

            assert answer.status_code == 409
            assert "This page is out of date." in answer.content.decode()


def test_next_stage_without_entries_moves_and_changes_no_field(rep, client_of):
    opportunity = ready_opportunity(QUALIFY, owner=rep)

    client_of(rep).post(f"{opportunity.get_absolute_url()}advance/", drawn_for(opportunity))

    assert reread(opportunity).active_stage == stage(DEVELOP)
    assert reread(opportunity).estimated_budget == opportunity.estimated_budget


def test_fields_missing_from_a_post_are_not_changed(rep, client_of):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP)

    posted = {"stage": stage(DEVELOP).pk, "version": opportunity.version, "proposed_solution": "Boats"}
    client_of(rep).post(f"{opportunity.get_absolute_url()}save/", posted)

    assert reread(opportunity).customer_need == opportunity.customer_need
    assert reread(opportunity).proposed_solution == "Boats"


def test_a_tick_that_the_panel_did_not_show_is_not_removed(rep, client_of):
    client, opportunity = client_of(rep), factories.edit(opportunity_in(DEVELOP, owner=rep), thank_you_sent=True)
    form = panel(client, opportunity)
    factories.change_step("thank_you_sent", stage=stage(DEVELOP))

    form.press(client, "Save", customer_need="Fewer calls")

    assert reread(opportunity).customer_need == "Fewer calls"
    assert reread(opportunity).thank_you_sent


def test_a_tick_that_the_panel_showed_is_removed(rep, client_of):
    client, opportunity = client_of(rep), factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP)

    panel(client, opportunity).press(client, "Save", stakeholders_identified=None)

    assert not reread(opportunity).stakeholders_identified


# Back, Move here, Go back here, Finish


def test_back_returns_to_the_previous_stage_despite_missing_steps(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    answer = panel(client, opportunity).press(client, "Back")

    assert answer.status_code == 303
    assert reread(opportunity).active_stage == stage(QUALIFY)


def test_go_back_here_returns_to_a_visited_stage_and_saves_the_entries(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(PROPOSE, owner=rep)

    answer = panel(client, opportunity, QUALIFY).press(client, "Go back here", estimated_budget="", reason="No money")

    assert answer.status_code == 303
    opportunity = reread(opportunity)
    assert opportunity.active_stage == stage(QUALIFY)
    assert opportunity.estimated_budget is None
    assert opportunity.events.get(kind=Event.Kind.WENT_BACK).reason == "No money"


def test_a_required_field_of_a_passed_stage_cannot_be_emptied(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(PROPOSE, owner=rep)
    before = digests()

    answer = panel(client, opportunity, QUALIFY).press(client, "Save", estimated_budget="")

    assert answer.status_code == 422
    assert digests() == before
    assert "Qualify is passed and needs this answer." in answer.content.decode()


def test_move_here_moves_when_every_gate_on_the_way_is_open(rep, client_of):
    opportunity = factories.fill(opportunity_in(QUALIFY, owner=rep), QUALIFY, DEVELOP)
    client = client_of(rep)

    panel(client, opportunity, PROPOSE).press(client, "Move here")

    assert reread(opportunity).active_stage == stage(PROPOSE)
    assert list(reread(opportunity).visits.values_list("stage__name_en", flat=True)) == [QUALIFY, PROPOSE]


def test_move_here_lists_the_missing_steps_of_every_stage_on_the_way(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)

    answer = panel(client, opportunity, PROPOSE).press(client, "Move here")

    assert answer.status_code == 422
    assert {unmet.stage.name_en for unmet in answer.context["panel"].refusal.unmet} == {DEVELOP}
    assert f"?stage={stage(DEVELOP).pk}#id_customer_need" in answer.content.decode()
    assert reread(opportunity).active_stage == stage(QUALIFY)


def test_finish_redirects_to_the_close_page(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(CLOSE, owner=rep)

    answer = panel(client, opportunity).press(client, "Finish")

    assert (answer.status_code, answer.url) == (303, f"{opportunity.get_absolute_url()}close/")
    assert reread(opportunity).is_finished

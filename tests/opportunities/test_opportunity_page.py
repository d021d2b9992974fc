"""The opportunity page and its buttons, used without JavaScript."""

import re
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.editing import editing
from opportunities.models import Stakeholder
from salesflow.users.models import SALES_MANAGER
from stages.models import Step
from tests.support import factories
from tests.support.db_assertions import digests
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    PROPOSE,
    QUALIFY,
    STAGES,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.moves import hold, waive
from tests.support.pages import FORM, Form, drawn_for, panel

pytestmark = pytest.mark.django_db


# What the page shows


@pytest.mark.parametrize("name", STAGES)
def test_each_stage_shows_the_fields_of_its_steps(rep, client_of, name):
    opportunity = opportunity_in(name, owner=rep)

    page = client_of(rep).get(opportunity.get_absolute_url())

    assert page.status_code == 200
    for each in Step.objects.filter(stage=stage(name)):
        assert f'id="div_id_{each.field}"' in page.content.decode()
    assert page.content.decode().count('aria-current="step"') == 1


def test_every_tab_opens(rep, client_of, subtests):
    client, opportunity = client_of(rep), ready_opportunity(CLOSE, owner=rep)

    for tab in ("summary", "stakeholders", "competitors", "team", "timeline", "nonsense", "\x00"):
        with subtests.test(tab):
            assert client.get(opportunity.get_absolute_url(), {"tab": tab}).status_code == 200


def test_a_stage_that_does_not_exist_shows_the_active_one(rep, client_of, subtests):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    for asked in ("0", "x", "9223372036854775808", "-1", "\x00", ""):
        with subtests.test(asked):
            page = client.get(opportunity.get_absolute_url(), {"stage": asked})

            assert 'id="div_id_customer_need"' in page.content.decode()


@pytest.mark.sweep
def test_the_number_of_queries_does_not_depend_on_the_number_of_child_rows(
    rep, client_of, django_assert_max_num_queries, django_assert_num_queries
):
    client = client_of(rep)
    opportunity = opportunity_in(PROPOSE, owner=rep)
    waive(opportunity, "internal_review_completed", by=factories.UserFactory(role=SALES_MANAGER))
    hold(reread(opportunity))
    opportunity = reread(opportunity)
    for tab in ("stakeholders", "competitors", "team", "notes", "tasks", "timeline"):
        _add_child_rows(opportunity)
        with django_assert_max_num_queries(15) as few:
            client.get(opportunity.get_absolute_url(), {"tab": tab})

        _add_child_rows(opportunity)
        with django_assert_num_queries(len(few)):
            client.get(opportunity.get_absolute_url(), {"tab": tab})


def _add_child_rows(opportunity):
    for _ in range(2):
        factories.add_stakeholder(opportunity)
        factories.add_competitor(opportunity)
        factories.add_team_member(opportunity, user=factories.UserFactory())
        factories.plan(opportunity)


# The panel's own buttons


def test_a_button_makes_the_contact_the_decision_maker(rep, client_of):
    contact = factories.ContactFactory(name="Eva Lind")
    client, opportunity = client_of(rep), factories.OpportunityFactory(owner=rep, contact=contact)

    answer = panel(client, opportunity).press(client, "Eva Lind is the decision maker", decision_maker_identified="on")

    assert answer.status_code == 303
    assert reread(opportunity).decision_maker_identified
    assert opportunity.stakeholders.get().roles == (Stakeholder.Role.DECISION_MAKER,)


def test_the_button_for_the_decision_maker_needs_a_contact(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    answer = panel(client, opportunity).press(client, "The contact is the decision maker")

    assert answer.status_code == 422
    assert "Choose the contact first." in answer.content.decode()


def test_a_button_adds_the_owner_to_the_team(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(PROPOSE, owner=rep)

    panel(client, opportunity).press(client, "I sell this alone", sales_team_identified="on")

    assert opportunity.team_members.get().user == rep
    assert reread(opportunity).sales_team_identified


def test_no_known_competitors_can_be_set_in_the_panel(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    panel(client, opportunity).press(client, "No known competitors")

    assert reread(opportunity).competitors_identified


def test_a_new_account_and_contact_are_created_in_the_panel(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)

    panel(client, opportunity).press(
        client, "Save", account="new", **{"account-find": "Havbris AS", "contact": "new", "contact-find": "Eva Lind"}
    )

    opportunity = reread(opportunity)
    assert (str(opportunity.account), str(opportunity.contact), opportunity.contact.account) == (
        "Havbris AS",
        "Eva Lind",
        opportunity.account,
    )


def test_find_shows_answers_and_writes_nothing(rep, client_of):
    factories.AccountFactory(name="Havbris AS")
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)
    before = digests()

    form = panel(client, opportunity)
    form.fields["find"] = "account"
    form.fields["account-find"] = "havb"
    form.fields["estimated_budget"] = "12 000"
    answer = client.post(f"{opportunity.get_absolute_url()}save/", form.fields.urlencode(), content_type=FORM)

    assert answer.status_code == 200
    assert "Havbris AS" in answer.content.decode()
    assert "12 000" in answer.content.decode()
    assert digests() == before


# Two users


def test_changes_of_two_users_in_different_fields_are_merged(rep, colleague, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    client = client_of(rep)
    opened = panel(client, opportunity)
    factories.edit(opportunity, by=colleague, customer_need="Theirs")

    answer = opened.press(client, "Save", proposed_solution="Mine")

    assert answer.status_code == 303
    assert (reread(opportunity).customer_need, reread(opportunity).proposed_solution) == ("Theirs", "Mine")


def test_a_field_changed_by_both_is_a_conflict_and_a_second_save_succeeds(rep, colleague, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    client = client_of(rep)
    opened = panel(client, opportunity)
    factories.edit(opportunity, by=colleague, customer_need="Theirs")

    answer = opened.press(client, "Save", customer_need="Mine")

    assert answer.status_code == 409
    assert reread(opportunity).customer_need == "Theirs"
    html = answer.content.decode()
    assert all(shown in html for shown in ("Theirs", "Mine", "Ola Hansen"))
    Form(answer, f"{opportunity.get_absolute_url()}save/").press(client, "Save")
    assert reread(opportunity).customer_need == "Mine"


# Closed opportunities and those of others


def test_the_stage_of_a_closed_opportunity_takes_the_focus_like_that_of_an_open_one(rep, client_of):
    client = client_of(rep)
    opportunities = [factories.lost_opportunity(owner=rep), opportunity_in(DEVELOP, owner=rep)]

    for opportunity in opportunities:
        timeline = client.get(opportunity.get_absolute_url(), {"tab": "timeline"}).content.decode()
        team = client.get(opportunity.get_absolute_url(), {"tab": "team"}).content.decode()
        assert '<h2 id="stage-panel-title" data-focus>' in timeline
        assert '<h2 id="stage-panel-title">' in team


def test_the_line_of_a_lost_opportunity_counts_its_waived_steps_once(rep, manager, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.lose(opportunity, by=manager, waive_because="They went bankrupt.")

    with CaptureQueriesContext(connection) as ran:
        page = client_of(rep).get(opportunity.get_absolute_url()).content.decode()

    assert "steps waived" in page
    kinds = 'SELECT "opportunities_waiver"."kind" '
    assert len([query for query in ran if query["sql"].startswith(kinds)]) == 1


@pytest.mark.parametrize("move", ["save", "advance", "jump", "back", "finish"])
def test_a_closed_opportunity_cannot_be_saved_or_moved(rep, client_of, move):
    client, opportunity = client_of(rep), factories.won_opportunity(owner=rep)
    before = digests()

    posted = {
        "stage": stage(QUALIFY).pk,
        "version": opportunity.version,
        "estimated_budget": "7",
        **drawn_for(opportunity),
    }
    answer = client.post(f"{opportunity.get_absolute_url()}{move}/", posted)

    assert answer.status_code == 409
    assert digests() == before
    assert "Reopen it to change it" in answer.content.decode()


def test_a_closed_opportunity_with_an_unknown_step_is_shown(rep, client_of):
    opportunity = factories.won_opportunity(owner=rep)
    factories.change_step("debrief_filed", field="delete")

    assert client_of(rep).get(opportunity.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("move", ["", "save/", "advance/", "jump/", "back/", "finish/"])
def test_an_opportunity_of_others_gives_404(colleague, client_of, move):
    client, opportunity = client_of(colleague), ready_opportunity(QUALIFY)
    before = digests()

    assert client.get(f"{opportunity.get_absolute_url()}{move}").status_code == 404
    assert client.post(f"{opportunity.get_absolute_url()}{move}", {"stage": stage(QUALIFY).pk}).status_code in (
        404,
        405,
    )
    assert digests() == before


def test_a_user_without_a_role_is_refused_with_an_explanation(stranger, client_of):
    opportunity = opportunity_in(QUALIFY)

    answer = client_of(stranger).get(opportunity.get_absolute_url())

    assert answer.status_code == 403
    assert "Salesperson" in answer.content.decode()


@pytest.mark.parametrize("move", ["save", "advance", "jump", "back", "finish"])
def test_a_get_of_a_move_redirects_to_the_opportunity_and_moves_nothing(rep, client_of, move):
    client, opportunity = client_of(rep), ready_opportunity(QUALIFY, owner=rep)
    before = digests()

    answer = client.get(f"{opportunity.get_absolute_url()}{move}/")

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())
    assert digests() == before


def test_adding_a_stakeholder_does_not_make_an_open_panel_stale(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    opened = panel(client, opportunity)
    with editing(opportunity, by=rep, at=NOW) as record:
        record.stakeholders.create(contact=factories.ContactFactory())

    answer = opened.press(client, "Save", customer_need="Mine", stakeholders_identified="on")

    assert answer.status_code == 303
    assert reread(opportunity).customer_need == "Mine"


def test_each_page_of_a_long_timeline_links_to_the_next(rep, client_of):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)
    for number in range(45):
        factories.edit(opportunity, description=f"Call {number}")
    said = ""
    where = f"{opportunity.get_absolute_url()}?tab=timeline"

    for _ in range(3):
        html = client.get(where).content.decode()
        said += html
        following = re.search(r'href="([^"]*)" rel="next"', html)
        where = unescape(following[1]) if following else ""

    assert "Call 44" in said
    assert "Call 0<" in said
    assert where == ""


def test_the_time_in_a_stage_is_counted_in_calendar_days(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    midnight = NOW.replace(hour=23)  # in Oslo

    def said(at):
        with time_machine.travel(at, tick=False):
            return " ".join(client_of(rep).get(opportunity.get_absolute_url()).content.decode().split())

    assert "since today, target 21" in said(midnight - HOUR / 60)
    assert "1 day, target 21" in said(midnight)
    assert "2 days, target 21" in said(midnight + DAY)

"""My tasks: the reader's own open tasks of all opportunities, completed where they are listed."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities import transitions
from opportunities.activities import my_tasks
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DAY, NOW, TODAY, OpportunityFactory, plan
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep, name="Fleet telematics")


def page_of(client):
    response = client.get(reverse("my_tasks"))
    assert response.status_code == 200
    return response


def done(task):
    return reverse("task_done", args=[task.opportunity_id, task.pk])


def test_tasks_are_in_groups_by_their_date(rep, opportunity, client_of):
    plan(opportunity, text="Some day")
    plan(opportunity, text="Next week", due=TODAY + 7 * DAY)
    plan(opportunity, text="At two", due=TODAY, time=datetime.time(14))
    plan(opportunity, text="Ring them", due=TODAY - DAY)

    groups = page_of(client_of(rep)).context["groups"]

    assert [(group.title, [str(task) for task in group.tasks], group.count) for group in groups] == [
        ("Late", ["Ring them"], 1),
        ("Today", ["At two"], 1),
        ("Later", ["Next week"], 1),
        ("No date", ["Some day"], 1),
    ]


def test_tasks_of_others_and_tasks_that_have_ended_are_not_listed(rep, colleague, opportunity, client_of):
    factories.add_team_member(opportunity, user=colleague)
    plan(opportunity, text="Theirs", owner=colleague)
    factories.complete(plan(opportunity, text="Done"))
    factories.lost_opportunity(owner=rep, next_step="Dropped")

    assert page_of(client_of(rep)).context["groups"] == []
    assert [str(task) for task in my_tasks.of(colleague)] == ["Theirs"]


def test_a_task_of_an_opportunity_that_its_owner_may_not_see_any_more_is_not_listed(rep, colleague, opportunity):
    member = factories.add_team_member(opportunity, user=colleague)
    plan(opportunity, text="Theirs", owner=colleague)
    factories.remove(member)

    assert not my_tasks.of(colleague).exists()


@pytest.mark.parametrize(("language", "title"), [("en", "No open tasks"), ("nb", "Ingen åpne oppgaver")])
def test_a_page_without_tasks_says_what_belongs_there(rep, client_of, language, title):
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    assert title in page_of(client).content.decode()


def test_done_completes_the_task_and_leads_back_to_the_list(rep, opportunity, client_of):
    task = plan(opportunity, text="Ring them", due=TODAY)
    client = client_of(rep)

    answer = Form(page_of(client), done(task)).press(client, "Done")

    assert (answer.status_code, answer.url) == (303, reverse("my_tasks"))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, rep)
    assert "Done: Ring them" in page_of(client).content.decode()


def test_a_task_that_a_colleague_changed_since_is_shown_as_it_is_now(rep, manager, opportunity, client_of):
    task = plan(opportunity, text="Ring them", due=TODAY)
    client = client_of(rep)
    form = Form(page_of(client), done(task))
    factories.change_row(task, by=manager, text="Write to them")

    with unchanged():
        answer = form.press(client, "Done")

    assert answer.status_code == 409
    assert "Ingrid Dahl changed “Write to them” meanwhile" in answer.content.decode()
    assert Form(answer, done(task)).press(client, "Done").status_code == 303


def test_a_task_that_was_done_or_removed_since_is_a_409(rep, manager, opportunity, client_of):
    completed, removed = plan(opportunity, text="Ring them"), plan(opportunity, text="Write")
    client = client_of(rep)
    forms = [Form(page_of(client), done(task)) for task in (completed, removed)]
    factories.complete(completed, by=manager)
    factories.remove(removed, by=manager)

    for form, sentence in zip(forms, ["completed “Ring them” meanwhile", "removed “Write” meanwhile"], strict=True):
        answer = form.press(client, "Done")
        assert (answer.status_code, sentence in answer.content.decode()) == (409, True)


def test_done_without_a_version_is_a_400(rep, opportunity, client_of):
    task, client = plan(opportunity, text="Ring them"), client_of(rep)

    with unchanged():
        assert client.post(done(task), {"version": None}).status_code == 400


def test_a_task_of_a_closed_opportunity_cannot_be_done(rep, client_of):
    opportunity = factories.finished_opportunity(owner=rep)
    task = plan(opportunity, text="Ring them")
    client = client_of(rep)
    form = Form(page_of(client), done(task))
    factories.win(factories.reread(opportunity))

    with unchanged():
        assert form.press(client, "Done").status_code in (409, 422)


@pytest.mark.sweep
def test_a_page_of_many_tasks_costs_the_queries_of_a_page_with_one(rep, client_of):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as counted:
            page_of(client)
        return len(counted)

    client = client_of(rep)
    plan(OpportunityFactory(owner=rep), text="Ring them", due=TODAY)
    few = queries()
    for number in range(60):
        plan(OpportunityFactory(owner=rep), text=f"Write {number}", due=TODAY + number * DAY)

    assert queries() == few <= 15
    second = client.get(reverse("my_tasks"), {"page": 2})
    assert len(second.context["page"].object_list) == 11


def test_finishing_a_deal_leaves_its_tasks_open(rep):
    opportunity = factories.ready_opportunity(factories.CLOSE, owner=rep)
    plan(opportunity, text="Send the contract")
    transitions.finish(opportunity=factories.reread(opportunity), by=rep, at=NOW)

    assert [str(task) for task in my_tasks.of(rep)] == ["Send the contract"]

"""The next-step card, without JavaScript: each act has a page of its own, and its form writes once."""

import datetime
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from opportunities.forms.next_step import next_monday, postponement
from opportunities.models import Task
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DAY, HOUR, NOW, TODAY, OpportunityFactory, plan, reread
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

MONDAY = TODAY + 7 * DAY  # NOW is a Monday


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


def url(act, opportunity):
    return reverse(f"next_step_{act}", args=[opportunity.pk])


def opened(client, opportunity, act):
    """The form of an act, on its page."""
    address = f"{url(act, opportunity)}?"
    return Form(client.get(address), address)


def on_page(client, opportunity, act):
    """The form of an act, on the page of the opportunity."""
    return Form(client.get(opportunity.get_absolute_url()), f"{url(act, opportunity)}?")


def card(client, opportunity):
    html = client.get(opportunity.get_absolute_url()).content.decode()
    return " ".join(html.partition('id="next-step"')[2].partition("</section>")[0].split())


def step(opportunity):
    now = reread(opportunity)
    return now.next_step, now.next_step_due


# What the card shows


def test_an_opportunity_with_nothing_planned_offers_to_plan_the_first_step(client, opportunity):
    assert "Plan the first step" in card(client, opportunity)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (TODAY, "Today, Mon 2 Mar"),
        (TODAY + DAY, "Tomorrow, Tue 3 Mar"),
        (TODAY + 3 * DAY, "Thu 5 Mar"),
        (TODAY + 365 * DAY, "Tue 2 Mar 2027"),
        (TODAY - DAY, "Yesterday, Sun 1 Mar"),
        (TODAY - 5 * DAY, "Wed 25 Feb, 5 days past"),
    ],
)
def test_the_card_says_what_is_next_and_when(client, opportunity, due, said):
    plan(opportunity, text="Call Berit", due=due)

    shown = card(client, opportunity)

    assert "<strong>Call Berit</strong>" in shown
    assert said in shown
    assert ("is-late" in shown) == (due < TODAY)


def test_a_time_is_shown_with_its_date(client, opportunity):
    plan(opportunity, text="Call Berit", due=TODAY + DAY, time=datetime.time(9, 30))

    assert "Tomorrow, Tue 3 Mar, 09:30" in card(client, opportunity)


def test_a_closed_opportunity_has_no_card(client, rep):
    opportunity = factories.won_opportunity(owner=rep)

    assert 'id="next-step"' not in client.get(opportunity.get_absolute_url()).content.decode()
    for act in ("plan", "done", "change"):
        assert client.get(url(act, opportunity)).status_code == 303


def test_the_card_reads_its_task_once(client, opportunity, django_assert_max_num_queries):
    for number in range(5):
        plan(opportunity, text=f"Call {number}", due=TODAY)
    client.get(opportunity.get_absolute_url())

    with django_assert_max_num_queries(15):
        client.get(opportunity.get_absolute_url())
    with django_assert_max_num_queries(15):
        client.get(f"{opportunity.get_absolute_url()}?tab=tasks")
    with django_assert_max_num_queries(15):
        client.get(url("done", opportunity))


# Plan


def test_the_first_step_is_planned_for_one_of_the_dates_offered(client, opportunity):
    answer = opened(client, opportunity, "plan").press(
        client, "Save", **{"next-text": "Call Berit", "next-when": MONDAY.isoformat()}
    )

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())
    assert step(opportunity) == ("Call Berit", MONDAY)


def test_a_date_is_picked_with_a_time(client, opportunity):
    picked = {"next-when": "pick", "next-due": "2026-04-01", "next-time": "14:30"}
    opened(client, opportunity, "plan").press(client, "Save", **{"next-text": "Call Berit"} | picked)

    task = opportunity.tasks.get()
    assert (task.due, task.time) == (datetime.date(2026, 4, 1), datetime.time(14, 30))


def test_a_step_without_a_date_has_none(client, opportunity):
    opened(client, opportunity, "plan").press(
        client, "Save", **{"next-text": "Call Berit", "next-when": "", "next-due": "2026-04-01", "next-time": "9:00"}
    )

    assert step(opportunity) == ("Call Berit", None)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"next-text": " "}, "Say what is to be done."),
        ({"next-when": "pick"}, "Choose a date."),
        ({"next-when": "pick", "next-due": "31.02.2026"}, "There is no such day."),
        ({"next-when": "pick", "next-due": "2026-04-01", "next-time": "25:00"}, "Write the time as hours and minutes"),
        ({"next-when": "soon"}, "Write the date as day, month and year"),
        ({"next-text": "x" * 201}, "Shorten it to at most 200 characters."),
    ],
)
def test_an_entry_that_makes_no_sense_is_an_error_and_keeps_what_was_typed(client, opportunity, entries, said):
    form = opened(client, opportunity, "plan")

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Call Berit", "next-when": ""} | entries)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert f'value="{({"next-text": "Call Berit"} | entries)["next-text"].strip()}"' in html


def test_a_plan_from_a_page_of_yesterday_keeps_its_date(client, opportunity):
    form = opened(client, opportunity, "plan")
    with time_machine.travel(NOW + DAY, tick=False):
        refused = form.press(client, "Save", **{"next-text": "", "next-when": (TODAY + DAY).isoformat()})
        assert f'value="{(TODAY + DAY).isoformat()}"' in refused.content.decode()

        form.press(client, "Save", **{"next-text": "Call Berit"})

    assert step(opportunity) == ("Call Berit", TODAY + DAY)


def test_a_step_that_another_person_planned_meanwhile_is_named_and_the_second_save_plans_too(
    client, opportunity, manager
):
    form = opened(client, opportunity, "plan")
    plan(opportunity, by=manager, text="Write to Berit", at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Call Berit", "next-when": ""})

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Ingrid Dahl planned “Write to Berit” meanwhile, today 12:00." in html
    assert Form(answer, form.action).press(client, "Save").status_code == 303
    assert {task.text for task in opportunity.tasks.open()} == {"Write to Berit", "Call Berit"}


# Done, what's next?


def test_done_and_what_is_next_are_one_write(client, opportunity, rep):
    task = plan(opportunity, text="Call Berit", due=TODAY)
    version = reread(opportunity).version

    answer = opened(client, opportunity, "done").press(
        client, "Save", **{"next-text": "Send the offer", "next-when": (TODAY + DAY).isoformat()}
    )

    assert answer.status_code == 303
    task.refresh_from_db()
    assert (task.done_by, task.done_at) == (rep, NOW)
    assert step(opportunity) == ("Send the offer", TODAY + DAY)
    assert reread(opportunity).version == version + 1


def test_opening_done_completes_nothing(client, opportunity):
    plan(opportunity, text="Call Berit")

    with unchanged():
        page = client.get(url("done", opportunity)).content.decode()

    assert "Completes “Call Berit”" in page


def test_done_with_nothing_for_now_plans_nothing(client, opportunity):
    plan(opportunity, text="Call Berit", due=TODAY)

    opened(client, opportunity, "done").press(client, "Nothing for now")

    assert step(opportunity) == ("", None)
    assert Task.objects.get().done_at


def test_nothing_for_now_loses_no_step_that_was_typed(client, opportunity):
    plan(opportunity, text="Call Berit")
    form = opened(client, opportunity, "done")

    with unchanged():
        answer = form.press(client, "Nothing for now", **{"next-text": "Send the offer"})

    assert answer.status_code == 422
    assert "You typed a next step." in answer.content.decode()
    assert 'value="Send the offer"' in answer.content.decode()


def test_done_pressed_twice_is_done_once(client, opportunity):
    plan(opportunity, text="Call Berit")
    form = opened(client, opportunity, "done")
    first = form.press(client, "Save", **{"next-text": "Send the offer", "next-when": ""})

    with unchanged():
        second = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    assert (second.status_code, second.url) == (303, first.url)


def test_a_step_that_another_person_completed_meanwhile_is_named_and_what_was_typed_is_planned(
    client, opportunity, manager
):
    task = plan(opportunity, text="Call Berit")
    form = opened(client, opportunity, "done")
    factories.complete(task, by=manager, at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Send the offer", "next-when": MONDAY.isoformat()})

    assert answer.status_code == 409
    assert "Ingrid Dahl completed “Call Berit” meanwhile, today 12:00." in answer.content.decode()
    offered = Form(answer, f"{url('plan', opportunity)}?")
    assert offered.fields["next-text"] == "Send the offer"
    assert offered.press(client, "Save").status_code == 303
    assert step(opportunity) == ("Send the offer", MONDAY)


def test_a_step_that_another_person_reworded_is_completed_by_the_second_save(client, opportunity, manager):
    task = plan(opportunity, text="Call Berit")
    form = opened(client, opportunity, "done")
    factories.change_row(task, by=manager, text="Send the contract", at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Ask when they sign", "next-when": ""})

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Ingrid Dahl changed “Send the contract” meanwhile" in html
    assert "Completes “Send the contract”" in html
    assert Form(answer, form.action).press(client, "Save").status_code == 303
    assert step(opportunity) == ("Ask when they sign", None)


# Change


def test_change_shows_what_is_there_and_saves_what_was_typed(client, opportunity):
    plan(opportunity, text="Call Berit", due=TODAY, time=datetime.time(9, 30))
    form = opened(client, opportunity, "change")
    assert [form.fields[f"next-{name}"] for name in ("text", "due", "time")] == ["Call Berit", "2026-03-02", "09:30"]

    answer = form.press(client, "Save", **{"next-text": "Write to Berit", "next-due": "2026-03-09"})

    assert answer.status_code == 303
    assert step(opportunity) == ("Write to Berit", MONDAY)


def test_a_field_that_both_changed_is_shown_with_both_values_and_saved_the_second_time(client, opportunity, manager):
    task = plan(opportunity, text="Call Berit", due=TODAY)
    form = opened(client, opportunity, "change")
    factories.change_row(task, by=manager, text="Write to Berit", due=MONDAY, at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Meet Berit"})

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Ingrid Dahl changed this while you wrote." in html
    assert "Write to Berit" in html
    assert Form(answer, form.action).press(client, "Save").status_code == 303
    assert step(opportunity) == ("Meet Berit", MONDAY)


def test_a_step_that_was_completed_meanwhile_is_not_changed(client, opportunity, manager):
    task = plan(opportunity, text="Call Berit")
    form = opened(client, opportunity, "change")
    factories.complete(task, by=manager, at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Save", **{"next-text": "Meet Berit"})

    assert answer.status_code == 409
    assert "Ingrid Dahl completed “Call Berit” meanwhile" in answer.content.decode()
    assert 'value="Meet Berit"' in answer.content.decode()


# Postpone


@pytest.mark.parametrize(
    ("due", "offered"),
    [
        (None, None),
        (TODAY - 9 * DAY, ("Tomorrow", TODAY + DAY)),
        (TODAY, ("Tomorrow", TODAY + DAY)),
        (TODAY + DAY, ("Next week", MONDAY)),
        (MONDAY - DAY, ("Next week", MONDAY)),
        (MONDAY, None),
        (MONDAY + DAY, None),
    ],
)
def test_one_postponement_is_offered_and_only_to_a_later_date(due, offered):
    assert postponement(due, TODAY) == offered


@pytest.mark.parametrize("today", [TODAY + number * DAY for number in range(7)])
def test_the_monday_offered_comes_after_tomorrow(today):
    assert next_monday(today).weekday() == 0
    assert DAY < next_monday(today) - today <= 8 * DAY


def test_a_step_is_postponed_by_one_click(client, opportunity):
    plan(opportunity, text="Call Berit", due=TODAY, time=datetime.time(9))

    answer = on_page(client, opportunity, "postpone").press(client, "Tomorrow")

    assert answer.status_code == 303
    assert step(opportunity) == ("Call Berit", TODAY + DAY)
    assert opportunity.tasks.get().time == datetime.time(9)


def test_a_step_that_another_person_moved_meanwhile_is_not_postponed(client, opportunity, manager):
    task = plan(opportunity, text="Call Berit", due=TODAY)
    form = on_page(client, opportunity, "postpone")
    factories.change_row(task, by=manager, due=MONDAY, at=NOW + HOUR)

    with unchanged():
        answer = form.press(client, "Tomorrow")

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Ingrid Dahl changed “due date” while you were editing." in html
    assert "Mon 9 Mar" in html


# Every act


NAMES = {
    "plan": ("version", "token"),
    "done": ("version", "token", "task"),
    "change": ("version", "task"),
    "postpone": ("version", "task", "due"),
}


@pytest.mark.parametrize(("act", "name"), [(act, name) for act, names in NAMES.items() for name in names])
def test_a_form_that_does_not_name_what_it_was_drawn_for_is_refused(client, opportunity, act, name):
    if act != "plan":
        plan(opportunity, text="Call Berit", due=TODAY)
    form = on_page(client, opportunity, act) if act == "postpone" else opened(client, opportunity, act)
    form.fields["next-text"], form.fields["next-due"] = "Write", "2026-03-09"
    form.fields.pop(f"next-{name}")

    with unchanged():
        answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    assert answer.status_code == 400


@pytest.mark.parametrize("act", ["plan", "done", "change", "postpone"])
def test_an_opportunity_that_was_closed_meanwhile_takes_nothing(client, rep, act):
    opportunity = factories.ready_opportunity(factories.CLOSE, owner=rep)
    if act != "plan":
        plan(opportunity, text="Call Berit", due=TODAY)
    form = on_page(client, opportunity, act) if act == "postpone" else opened(client, opportunity, act)
    factories.win(reread(opportunity))

    with unchanged():
        entries = form.fields.dict() | {"next-text": "Write", "next-due": "2026-03-09"}
        answer = client.post(form.action, urlencode(entries), content_type=FORM)

    assert answer.status_code == 409
    assert "This opportunity is closed" in answer.content.decode()


@pytest.mark.parametrize("act", ["plan", "done", "change", "postpone"])
def test_a_person_who_does_not_see_the_opportunity_has_no_card(client_of, colleague, opportunity, act):
    plan(opportunity)

    assert client_of(colleague).post(url(act, opportunity), {"next-text": "Write"}).status_code == 404


def test_an_act_leads_back_to_the_stage_and_tab_it_was_opened_from(client, opportunity):
    here = f"{opportunity.get_absolute_url()}?stage={opportunity.active_stage_id}&tab=timeline"
    page = client.get(here).content.decode()
    address = f"{url('plan', opportunity)}?stage={opportunity.active_stage_id}&amp;tab=timeline"
    assert address in page

    form = Form(client.get(address.replace("&amp;", "&")), address.replace("&amp;", "&"))
    answer = form.press(client, "Save", **{"next-text": "Call Berit", "next-when": ""})

    assert answer.url == here


# With htmx


def test_htmx_gets_the_card_alone_and_goes_back_to_the_page_that_it_names(client, opportunity):
    plan(opportunity, text="Call Berit")
    here = f"http://testserver{opportunity.get_absolute_url()}?tab=team"
    from_page = {"HX-Request": "true", "HX-Current-URL": here}

    shown = client.get(url("done", opportunity), headers=from_page).content.decode()
    assert "<html" not in shown
    assert shown.strip().startswith('<section class="card next-step"')

    entries = {
        "next-task": opportunity.tasks.get().pk,
        "next-version": reread(opportunity).version,
        "next-token": "a-token-of-the-page-0",
        "nothing": "1",
    }
    answer = client.post(url("done", opportunity), entries, headers=from_page)
    assert answer.url == f"{opportunity.get_absolute_url()}?tab=team"
    assert (
        "Call Berit" not in client.get(reverse("next_step", args=[opportunity.pk]), headers=from_page).content.decode()
    )


# New opportunity, and the tab


def test_a_new_opportunity_asks_for_the_next_step_and_its_date(client):
    address = reverse("opportunity_new")
    form = Form(client.get(address), address)

    answer = form.press(client, "Create", name="Fleet", next_step="Call Berit", next_step_due="2026-03-09")

    assert answer.status_code == 303
    task = Task.objects.get()
    assert (task.text, task.due, task.opportunity.name) == ("Call Berit", MONDAY, "Fleet")


def test_a_new_opportunity_with_a_date_and_no_next_step_says_what_is_missing(client):
    address = reverse("opportunity_new")
    form = Form(client.get(address), address)

    with unchanged():
        answer = form.press(client, "Create", name="Fleet", next_step_due="2026-03-09")

    assert answer.status_code == 422
    assert "Say what the next step is." in answer.content.decode()


def test_the_tab_lists_open_tasks_first_and_offers_to_change_these_only(client, opportunity):
    factories.complete(plan(opportunity, text="Call Berit"))
    plan(opportunity, text="Some day")
    plan(opportunity, text="Send the offer", due=TODAY)

    html = client.get(f"{opportunity.get_absolute_url()}?tab=tasks").content.decode()

    rows = html.partition('id="tab-rows"')[2].partition("</ul>")[0]
    assert rows.index("Send the offer") < rows.index("Some day") < rows.index("Call Berit")
    assert rows.count(">Change<") == rows.count(">Remove<") == 2


def test_a_task_is_added_changed_and_removed_in_its_tab(client, opportunity, rep):
    address = reverse("task_add", args=[opportunity.pk])
    Form(client.get(address), address).press(client, "Add task", **{"add-text": "Call Berit", "add-due": "2026-03-09"})
    task = opportunity.tasks.get()
    assert (task.text, task.due, task.owner, task.created_by) == ("Call Berit", MONDAY, rep, rep)

    address = reverse("task_edit", args=[opportunity.pk, task.pk])
    Form(client.get(address), address).press(client, "Save", text="Write to Berit", time="10:15")
    task.refresh_from_db()
    assert (task.text, task.time, task.owner) == ("Write to Berit", datetime.time(10, 15), rep)

    address = reverse("task_remove", args=[opportunity.pk, task.pk])
    Form(client.get(address), address).press(client, "Remove")
    assert not opportunity.tasks.exists()


def test_the_card_in_norwegian(client, opportunity):
    plan(opportunity, text="Ringe Berit", due=TODAY + DAY)
    client.cookies["django_language"] = "nb"

    shown = card(client, opportunity)
    form = client.get(url("done", opportunity)).content.decode()

    assert "I morgen, tir 3. mar" in shown
    assert "Ferdig, hva nå?" in shown
    assert "Neste uke" in shown
    assert "man 9. mar" in form
    assert "Ingenting foreløpig" in form

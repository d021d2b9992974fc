"""Tasks and the next step that follows from them: the rules, as functions of the domain."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import transitions
from opportunities.activities import event_phrases
from opportunities.editing import deletion, editing, tasks
from opportunities.models import Event, Task, UnguardedWrite
from opportunities.models.tasks import first_open
from opportunities.verify import run
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.examples import examples
from tests.support.factories import DAY, HOUR, NOW, TODAY, OpportunityFactory, complete, plan, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def next_step(opportunity):
    now = reread(opportunity)
    return now.next_step, now.next_step_due


# What the next step is


def test_an_opportunity_starts_with_a_next_step_and_its_date(rep):
    opportunity = OpportunityFactory(owner=rep, next_step="Call Berit", next_step_due=TODAY + DAY)

    task = opportunity.tasks.get()
    assert (task.text, task.due, task.owner) == ("Call Berit", TODAY + DAY, rep)
    assert (task.created_at, task.created_by) == (NOW, rep)
    assert next_step(opportunity) == ("Call Berit", TODAY + DAY)
    assert opportunity.events.get().children[0]["what"] == "added"


def test_a_date_without_a_next_step_starts_nothing(rep):
    with refused(transitions.EntryMissing) as caught:
        transitions.start(by=rep, at=NOW, owner=rep, name="Fleet", next_step=" \u200b", next_step_due=TODAY)

    assert caught.value.field == "next_step"


def test_the_next_step_is_the_earliest_open_task(opportunity):
    plan(opportunity, text="Some day")
    plan(opportunity, text="Later", due=TODAY + 9 * DAY)
    tomorrow = plan(opportunity, text="Tomorrow", due=TODAY + DAY)
    at_nine = plan(opportunity, text="At nine", due=TODAY + DAY, time=datetime.time(9))
    assert next_step(opportunity) == ("At nine", TODAY + DAY)

    complete(at_nine)
    assert next_step(opportunity) == ("Tomorrow", TODAY + DAY)

    complete(tomorrow)
    assert next_step(opportunity) == ("Later", TODAY + 9 * DAY)


def test_of_two_tasks_alike_the_older_is_the_next_step(opportunity):
    plan(opportunity, text="First", due=TODAY, at=NOW + HOUR)
    plan(opportunity, text="Second", due=TODAY, at=NOW + 2 * HOUR)

    assert next_step(opportunity) == ("First", TODAY)


def test_without_an_open_task_there_is_no_next_step(opportunity):
    task = plan(opportunity, due=TODAY)

    complete(task)

    assert next_step(opportunity) == ("", None)


def test_the_next_step_is_set_through_tasks_only(opportunity, rep):
    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.next_step = "Call"
    with refused(TypeError):
        transitions.start(by=rep, at=NOW, owner=rep, name="Fleet", next_step_at=NOW)


days = st.one_of(st.none(), st.integers(-3, 3).map(lambda number: TODAY + number * DAY))
times = st.one_of(st.none(), st.sampled_from([datetime.time(9), datetime.time(14, 30)]))
plans = st.lists(st.tuples(days, times, st.sampled_from(["open", "open", "done", "dropped"])), max_size=7)


@pytest.mark.machine
@given(plans)
@settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_order_of_tasks_is_that_of_the_database_and_its_first_open_one_the_next_step(rep, planned):
    opportunity = OpportunityFactory(owner=rep)
    for number, (due, time, state) in enumerate(planned):
        task = plan(opportunity, text=f"Task {number}", due=due, time=time if due else None)
        if state != "open":
            complete(task)

    everything = list(opportunity.tasks.all())
    assert [task.pk for task in sorted(everything, key=lambda task: task.place)] == [
        task.pk for task in opportunity.tasks.in_order()
    ]
    first = first_open(everything)
    assert first == opportunity.tasks.open().in_order().first()
    assert next_step(opportunity) == ((first.text, first.due) if first else ("", None))
    expected = min(
        (
            (due is None, due or TODAY, time is None or due is None, (due and time) or datetime.time.min, number)
            for number, (due, time, state) in enumerate(planned)
            if state == "open"
        ),
        default=None,
    )
    assert (first.text if first else None) == (f"Task {expected[-1]}" if expected else None)


# How it ends


def test_a_task_that_is_done_says_who_did_it_and_when(opportunity, manager):
    task = plan(opportunity)

    complete(task, by=manager, at=NOW + HOUR)

    assert (task.done_by, task.done_at) == (manager, NOW + HOUR)


def test_a_task_that_has_ended_is_neither_changed_nor_removed_nor_done_again(opportunity, rep):
    task = plan(opportunity)
    complete(task)

    with refused(transitions.TaskEnded):
        factories.change_row(task, text="Another")
    with refused(transitions.TaskEnded):
        factories.remove(task)
    with refused(transitions.TaskEnded), editing(opportunity, by=rep, at=NOW) as record:
        tasks.find_open(record, task.pk, version=None)


@pytest.mark.parametrize("end", [factories.win, factories.lose])
def test_closing_drops_the_open_tasks_with_the_deal(rep, end):
    opportunity = factories.ready_opportunity(factories.CLOSE, owner=rep)
    done = plan(opportunity, text="Done")
    complete(done)
    plan(opportunity, text="Open", due=TODAY)
    plan(opportunity, text="Open too")

    end(reread(opportunity), at=NOW + HOUR)

    dropped = opportunity.tasks.filter(dropped_at=NOW + HOUR, done_at__isnull=True)
    assert {task.text for task in dropped} == {"Open", "Open too"}
    assert next_step(opportunity) == ("", None)
    assert "dropped “Open” with the deal" in map(str, event_phrases.of_event(opportunity.events.first(), {}))
    assert list(run.faults()) == []


def test_reopening_leaves_dropped_tasks_dropped(rep):
    opportunity = factories.ready_opportunity(factories.CLOSE, owner=rep)
    plan(opportunity)
    factories.win(reread(opportunity))

    transitions.reopen(opportunity=reread(opportunity), by=rep, at=NOW + HOUR, reason="They called.")

    assert not opportunity.tasks.open().exists()
    assert next_step(opportunity) == ("", None)
    assert list(run.faults()) == []


def test_a_closed_opportunity_takes_no_task(rep):
    opportunity = factories.won_opportunity(owner=rep)

    with refused(transitions.OpportunityClosed):
        plan(opportunity)
    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW, closed="allow") as record:
        tasks.plan(record, text="Call")


def test_deleting_an_opportunity_deletes_its_tasks(opportunity):
    root = factories.UserFactory(is_superuser=True, role=SALES_MANAGER)
    plan(opportunity)

    deletion.delete(opportunity=opportunity, by=root, at=NOW)

    assert not Task.objects.exists()


# What a task may say


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "x" * 201, "Call\u202e", "Call\nthem"])
def test_a_text_that_is_empty_too_long_or_misleads_is_refused(opportunity, text):
    with refused(transitions.InvalidEntry) as caught:
        plan(opportunity, text=text)

    assert list(caught.value.errors) == ["text"]


def test_a_time_needs_a_date(opportunity):
    with refused(transitions.InvalidEntry) as caught:
        plan(opportunity, time=datetime.time(9))

    assert list(caught.value.errors) == ["due"]


def test_a_row_saved_past_the_functions_is_judged_alike(opportunity, rep):
    task = plan(opportunity, text="Call")

    with refused(transitions.InvalidEntry):
        factories.change_row(task, text="\u200b")


def test_a_task_is_for_a_person_who_works_on_the_opportunity(opportunity, colleague, manager):
    with refused(transitions.NotAllowed, "cannot see this opportunity"):
        plan(opportunity, owner=colleague)

    assert plan(opportunity, owner=manager).owner == manager
    factories.add_team_member(opportunity, user=colleague)
    assert plan(opportunity, owner=colleague).owner == colleague


def test_the_open_tasks_of_the_owner_go_to_the_new_owner(opportunity, rep, colleague, manager):
    mine, done, theirs = (
        plan(opportunity, text="Mine"),
        plan(opportunity, text="Done"),
        plan(opportunity, owner=manager),
    )
    complete(done)

    factories.edit(opportunity, owner=colleague)

    assert [Task.objects.get(pk=task.pk).owner for task in (mine, done, theirs)] == [colleague, rep, manager]
    assert list(run.faults()) == []


# Two at once


def version_of(opportunity):
    return reread(opportunity).version


def done(opportunity, by, task, version):
    with editing(opportunity, by=by, at=NOW + 2 * HOUR, version=version) as record:
        found = tasks.find_open(record, task.pk, version=version)
        tasks.refuse_changed(record, found, version=version)
        tasks.complete(found)


def test_a_task_that_another_person_completed_is_not_completed_again(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    complete(task, by=manager, at=NOW + HOUR)

    with refused(transitions.StaleTask, "Ingrid Dahl completed “Call” meanwhile, 2 Mar 2026 12:00"):
        done(opportunity, rep, task, version)


def test_a_task_that_another_person_reworded_is_not_completed_unseen(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    factories.change_row(task, by=manager, text="Send the contract")

    with refused(transitions.StaleTask, "Ingrid Dahl changed “Send the contract” meanwhile"):
        done(opportunity, rep, task, version)


def test_a_task_that_another_person_removed_is_not_completed(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    factories.remove(task, by=manager)

    with refused(transitions.StaleTask, "Ingrid Dahl removed “Call” meanwhile"):
        done(opportunity, rep, task, version)


def test_a_task_that_was_completed_before_another_one_changed_says_who_completed_it(opportunity, rep, manager):
    task, other = plan(opportunity, text="Call"), plan(opportunity, text="Write")
    version = version_of(opportunity)
    factories.complete(task, by=manager)
    factories.change_row(other, by=manager, text="Write to Berit")

    with refused(transitions.StaleTask, "Ingrid Dahl completed “Call” meanwhile"):
        done(opportunity, rep, task, version)


def test_a_task_that_oneself_completed_in_another_window_says_so(opportunity, rep):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    factories.complete(task, by=rep)

    with refused(transitions.StaleTask, "You completed “Call” in another window"):
        done(opportunity, rep, task, version)


def test_a_task_that_never_was_there_is_gone(opportunity, rep):
    with refused(transitions.Gone), editing(opportunity, by=rep, at=NOW) as record:
        tasks.find_open(record, 7, version=record.version)


def test_other_writes_do_not_make_a_task_stale(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    factories.edit(opportunity, by=manager, name="Another")
    plan(opportunity, by=manager, text="Something else")

    done(opportunity, rep, task, version)

    assert Task.objects.get(pk=task.pk).done_by == rep


def test_two_people_who_change_the_date_and_the_text_are_merged(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call", due=TODAY), version_of(opportunity)
    factories.change_row(task, by=manager, due=TODAY + DAY)

    with editing(opportunity, by=rep, at=NOW, version=version) as record:
        tasks.change(tasks.find_open(record, task.pk, version=version), text="Write", due=TODAY)

    assert next_step(opportunity) == ("Write", TODAY + DAY)
    assert list(run.faults()) == []


def test_an_owner_that_only_the_other_changed_is_kept(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call"), version_of(opportunity)
    factories.change_row(task, by=manager, owner=manager)

    with editing(opportunity, by=rep, at=NOW, version=version) as record:
        tasks.change(tasks.find_open(record, task.pk, version=version), text="Write", owner=rep)

    assert (Task.objects.get().text, Task.objects.get().owner) == ("Write", manager)
    assert list(run.faults()) == []


def test_two_people_who_change_the_date_differently_are_told(opportunity, rep, manager):
    task, version = plan(opportunity, text="Call", due=TODAY), version_of(opportunity)
    factories.change_row(task, by=manager, due=TODAY + DAY)

    with (
        refused(transitions.StaleVersion, "Ingrid Dahl changed “due date” while you were editing"),
        editing(opportunity, by=rep, at=NOW, version=version) as record,
    ):
        tasks.change(tasks.find_open(record, task.pk, version=version), due=TODAY + 7 * DAY)


# What the timeline says


def said(opportunity):
    events = opportunity.events.exclude(kind=Event.Kind.STARTED).order_by("version")
    return [str(phrase) for event in events for phrase in event_phrases.of_event(event, {})]


def test_the_timeline_speaks_of_tasks_in_sentences(opportunity):
    task = plan(opportunity, text="Call Håkon", due=TODAY)
    factories.change_row(task, due=TODAY + DAY, time=datetime.time(9, 30))
    complete(task)
    factories.remove(plan(opportunity, text="Nothing"))

    assert said(opportunity) == [
        "set the next step to “Call Håkon”",
        "set Due date of Call Håkon to 3 Mar 2026 (was 2 Mar 2026)",
        "set Time of Call Håkon to 09:30",
        "completed “Call Håkon”",
        "set the next step to “Nothing”",
        "removed the task “Nothing”",
    ]


def test_writing_nothing_new_writes_nothing(opportunity, rep):
    task = plan(opportunity, text="Call", due=TODAY)

    with unchanged():
        factories.change_row(task, text="Call", due=TODAY)

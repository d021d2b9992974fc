"""A bulk run does one act to each of its opportunities, once, by the rules and the rights of the moment."""

import datetime

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from opportunities import row_runs, transitions
from opportunities.bulk_runs import expected, making, reasons, running
from opportunities.editing import deletion
from opportunities.models import BulkRun, Opportunity
from opportunities.verify import run as verification
from salesflow.users.models import User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DAY, DEVELOP, HOUR, NOW, QUALIFY, TODAY, UserFactory, opportunity_in, reread
from tests.support.meanwhile import failing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

Act = BulkRun.Act


@pytest.fixture(scope="module")
def made_once(cast):
    """Two opportunities in Qualify, one of which is ready, and one in Develop."""
    rep = cast["rep"]
    not_ready = opportunity_in(QUALIFY, owner=rep, name="Not ready")
    return [
        not_ready,
        factories.ready_opportunity(QUALIFY, owner=rep, name="Ready"),
        opportunity_in(DEVELOP, owner=rep),
    ]


@pytest.fixture
def opportunities(made_once):
    return [reread(each) for each in made_once]


def chosen(*opportunities):
    return Opportunity.objects.filter(pk__in=[each.pk for each in opportunities]).order_by("pk")


def make(act, opportunities, by, **limit):
    return making.make(act=act, chosen=chosen(*opportunities), by=by, at=NOW, **limit)


def start(run, **entries):
    running.start(run, at=NOW + HOUR, **entries)
    running.go_on(run, clock=lambda: NOW + HOUR)
    run.refresh_from_db()
    return run


def outcomes(run):
    return list(run.rows.values_list("outcome", "why"))


def value(opportunity, name):
    return getattr(reread(opportunity), name)


def test_each_act_writes_every_opportunity_through_the_rules(opportunities, rep, colleague, subtests):
    tomorrow = TODAY + DAY
    acts = {
        Act.OWNER: ({"owner": colleague}, lambda each: each.owner == colleague),
        Act.CLOSE_DATE: ({"day": tomorrow}, lambda each: each.estimated_close_date == tomorrow),
        Act.RATING: ({"choice": "hot"}, lambda each: each.rating == "hot"),
        Act.FORECAST: ({"choice": "committed"}, lambda each: each.forecast_category == "committed"),
        Act.NEXT_STEP: ({"text": "Call them", "day": tomorrow}, lambda each: each.next_step == "Call them"),
        Act.HOLD: ({"text": "Summer"}, lambda each: each.is_on_hold),
    }
    for act, (entries, is_done) in acts.items():
        with subtests.test(str(act.value)):
            own = [opportunity_in(QUALIFY, owner=rep) for _ in range(2)]

            run = start(make(act, own, rep), **entries)

            assert outcomes(run) == [("done", "")] * 2
            assert all(is_done(reread(each)) for each in own)
            assert run.finished_at == NOW + HOUR
            event = reread(own[0]).events.first()
            assert (event.by, event.version) == (rep, run.rows.first().written_version)
    assert list(verification.faults()) == []


def test_advance_passes_no_gate_and_names_the_missing_steps(opportunities, rep):
    not_ready, ready, _develop = opportunities
    last = opportunity_in(CLOSE, owner=rep)

    run = start(make(Act.ADVANCE, [not_ready, ready, last], rep))

    assert outcomes(run) == [("refused", "gate_closed"), ("done", ""), ("refused", "no_such_move")]
    assert [value(each, "active_stage").name_en for each in (not_ready, ready)] == [QUALIFY, DEVELOP]
    missing = run.rows.first().steps
    assert missing == [
        unmet.step.pk for unmet in factories.progress(not_ready).unmet([not_ready.active_stage], not_ready)
    ]
    assert reasons.why(Act.ADVANCE, "no_such_move") == "It is in its last stage."


def test_an_opportunity_that_changed_since_it_was_counted_is_refused(opportunities, rep):
    first, second, _third = opportunities
    run = make(Act.RATING, [first, second], rep)
    factories.edit(first, description="Another person was here.")

    start(run, choice="cold")

    assert outcomes(run) == [("refused", "changed"), ("done", "")]
    assert value(first, "rating") == "warm"


def test_one_that_has_the_value_already_is_left_as_it_is(opportunities, rep):
    first = opportunities[0]
    version = first.version

    run = start(make(Act.RATING, [first], rep), choice="warm")

    assert outcomes(run) == [("unchanged", "")]
    assert value(first, "version") == version


def test_closed_deleted_and_hidden_opportunities_are_refused(rep, colleague, manager):
    closed, deleted, hidden = (opportunity_in(QUALIFY, owner=rep) for _ in range(3))
    factories.add_team_member(hidden, user=colleague)
    own = [opportunity_in(QUALIFY, owner=colleague) for _ in range(2)]
    for each in (closed, deleted):
        factories.add_team_member(each, user=colleague)
    closed = factories.lost_opportunity(owner=colleague)
    run = make(Act.RATING, [*own, hidden, deleted, closed], colleague)
    factories.remove(hidden.team_members.get())
    boss = UserFactory(is_superuser=True)
    deletion.delete(opportunity=reread(deleted), by=boss, at=NOW)

    start(run, choice="hot")

    found = dict(zip(run.rows.values_list("opportunity", flat=True), outcomes(run), strict=True))
    assert found[None] == ("refused", "gone")
    assert found[hidden.pk] == ("refused", "gone")
    assert found[closed.pk] == ("refused", "closed")
    assert [found[each.pk] for each in own] == [("done", "")] * 2


def test_the_rights_of_the_moment_count(opportunities, rep, colleague):
    member_of = opportunities[0]
    factories.add_team_member(member_of, user=colleague)
    run = make(Act.OWNER, [member_of], colleague)
    assert expected.counts(run) == {"not_allowed": 1}
    start(run, owner=colleague)
    assert outcomes(run) == [("refused", "not_allowed")]

    run = make(Act.RATING, opportunities, rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    start(run, choice="hot")
    assert outcomes(run) == [("refused", "not_allowed")] * 3


def test_a_new_owner_who_lost_the_role_gets_nothing(opportunities, rep, colleague):
    run = make(Act.OWNER, opportunities, rep)
    colleague.groups.clear()

    start(run, owner=colleague)

    assert outcomes(run) == [("refused", "not_allowed")] * 3


def test_what_a_run_would_do_is_what_it_does(rep, colleague, manager, subtests):
    """The forecast of the page, and the outcome right after it, for each act."""
    mine = opportunity_in(QUALIFY, owner=rep)
    ready = factories.ready_opportunity(DEVELOP, owner=rep)
    member_of = opportunity_in(QUALIFY, owner=colleague)
    factories.add_team_member(member_of, user=rep)
    held = opportunity_in(QUALIFY, owner=rep)
    transitions.hold(opportunity=held, by=rep, at=NOW + HOUR, reason="Summer")
    every = [mine, ready, member_of, held, opportunity_in(CLOSE, owner=rep)]
    every += [factories.finished_opportunity(owner=rep), factories.lost_opportunity(owner=rep)]
    changed = opportunity_in(QUALIFY, owner=rep)
    entries = {
        Act.OWNER: {"owner": manager},
        Act.ADVANCE: {},
        Act.HOLD: {"text": "Summer"},
        Act.CLOSE_DATE: {"day": TODAY},
    }
    for act, given in entries.items():
        with subtests.test(str(act.value)):
            run = make(act, [*every, changed], rep)
            factories.edit(changed, description=str(act))
            said = dict(expected.expected(run).values_list("pk", "expected"))

            start(run, **given)

            became = {row.pk: row.why or row.outcome for row in run.rows.all()}
            assert became == said
            assert expected.DONE in said.values()


def test_a_run_is_started_once_and_stops_for_good(opportunities, rep):
    run = make(Act.RATING, opportunities, rep)
    assert running.stop(run, at=NOW) is False
    assert running.start(run, at=NOW, choice="hot") is True
    assert running.start(run, at=NOW, choice="cold") is False
    running.do_some(run.pk, 1, clock=lambda: NOW)

    assert running.stop(run, at=NOW) is True
    assert running.stop(run, at=NOW) is False
    running.go_on(run, clock=lambda: NOW)

    assert outcomes(run) == [("done", ""), ("", ""), ("", "")]
    assert [value(each, "rating") for each in opportunities] == ["hot", "warm", "warm"]


def test_a_run_that_was_not_started_does_nothing(opportunities, rep):
    run = make(Act.RATING, opportunities, rep)

    with unchanged():
        assert running.do_some(run.pk, 10, clock=lambda: NOW) is False


@pytest.mark.sweep
def test_a_larger_run_is_left_to_the_worker_in_slices(rep):
    first = opportunity_in(QUALIFY, owner=rep)
    others = [opportunity_in(QUALIFY, owner=rep) for _ in range(running.BULK_RUNS.at_once)]
    run = make(Act.RATING, [first, *others], rep)
    running.start(run, at=NOW, choice="hot")

    running.go_on(run, clock=lambda: NOW)

    assert {outcome for outcome, _why in outcomes(run)} == {""}
    row_runs.work_on.call("bulk", run.pk)
    assert {outcome for outcome, _why in outcomes(run)} == {"done"}


def test_a_row_at_which_the_program_fails_does_not_stop_the_others(opportunities, rep):
    _not_ready, ready, _develop = opportunities
    last = opportunity_in(CLOSE, owner=rep)
    run = make(Act.ADVANCE, [ready, last], rep)

    with failing('INSERT INTO "opportunities_stagevisit"', RuntimeError("broken")):
        start(run)

    assert outcomes(run) == [("refused", "error"), ("refused", "no_such_move")]
    assert value(ready, "active_stage").name_en == QUALIFY


def test_an_error_of_the_database_leaves_the_row_for_the_next_attempt(opportunities, rep):
    run = make(Act.RATING, opportunities[:1], rep)
    running.start(run, at=NOW, choice="hot")

    with failing('INSERT INTO "opportunities_event"', DatabaseError("gone away")), pytest.raises(DatabaseError):
        running.do_some(run.pk, 10, clock=lambda: NOW)
    assert outcomes(run) == [("", "")]

    row_runs.wake()
    running.do_some(run.pk, 10, clock=lambda: NOW)
    assert outcomes(run) == [("done", "")]


def test_what_was_done_is_put_back_while_nothing_changed_since(opportunities, rep, subtests):
    entries = {Act.CLOSE_DATE: {"day": TODAY}, Act.RATING: {"choice": "hot"}, Act.FORECAST: {"choice": "omitted"}}
    fields = {Act.CLOSE_DATE: "estimated_close_date", Act.RATING: "rating", Act.FORECAST: "forecast_category"}
    for act, given in entries.items():
        with subtests.test(str(act.value)):
            own = [opportunity_in(QUALIFY, owner=rep) for _ in range(3)]
            before = [value(each, fields[act]) for each in own]
            run = start(make(act, own, rep), **given)
            factories.edit(own[2], description="Changed since")

            back = making.put_back(run, by=rep, at=NOW + DAY)
            assert making.put_back(run, by=rep, at=NOW + DAY) == back
            start(back)

            assert outcomes(back) == [("done", ""), ("done", ""), ("refused", "changed")]
            assert [value(each, fields[act]) for each in own[:2]] == before[:2]
            assert value(own[2], fields[act]) != before[2]
    assert list(verification.faults()) == []


def test_the_owner_is_put_back_with_the_tasks_and_the_team(rep, colleague, manager):
    plain, with_task, with_own_task, member = (opportunity_in(QUALIFY, owner=rep) for _ in range(4))
    factories.plan(with_task, text="Call Berit")
    factories.add_team_member(with_own_task, user=colleague)
    factories.plan(with_own_task, text="Draw it", owner=colleague)
    factories.add_team_member(member, user=colleague)
    run = start(make(Act.OWNER, [plain, with_task, with_own_task, member], rep), owner=colleague)
    assert with_task.tasks.get().owner == colleague

    back = start(making.put_back(run, by=manager, at=NOW + DAY))

    assert outcomes(back) == [("done", ""), ("done", ""), ("refused", "changed"), ("done", "")]
    assert [value(each, "owner") for each in (plain, with_task, with_own_task)] == [rep, rep, colleague]
    assert with_task.tasks.get().owner == rep
    assert [list(each.team_members.values_list("user", flat=True)) for each in (plain, member)] == [[], [colleague.pk]]


def test_some_runs_cannot_be_made(opportunities, rep, colleague):
    with pytest.raises(making.CannotBeMade, match="at least one"):
        make(Act.RATING, opportunities, colleague)  # sees none of them
    with pytest.raises(making.CannotBeMade, match="At most 2"):
        make(Act.RATING, opportunities, rep, most=2)
    assert not BulkRun.objects.exists()
    run = start(make(Act.NEXT_STEP, opportunities[:1], rep), text="Call them")
    with pytest.raises(making.CannotBeMade, match="put back"):
        making.put_back(run, by=rep, at=NOW)


def test_a_run_that_was_never_started_is_removed_after_a_day(opportunities, rep):
    old = make(Act.RATING, opportunities, rep)
    kept = start(make(Act.RATING, opportunities, rep), choice="hot")

    making.make(act=Act.RATING, chosen=chosen(*opportunities), by=rep, at=NOW + datetime.timedelta(days=2))

    assert not BulkRun.objects.filter(pk=old.pk).exists()
    assert BulkRun.objects.filter(pk=kept.pk).exists()


def test_a_run_is_made_and_forecast_by_as_many_statements_for_many_rows_as_for_few(rep):
    def cost(opportunities):
        with CaptureQueriesContext(connection) as queries:
            expected.counts(make(Act.ADVANCE, opportunities, rep))
        return len(queries)

    few = [opportunity_in(QUALIFY, owner=rep)]
    many = [*few, *(opportunity_in(QUALIFY, owner=rep) for _ in range(5))]
    assert cost(few) == cost(many) <= 8

"""`manage.py verify` finds no fault in rows that moves wrote, and finds each kind of fault."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Waiver,
    write_guard,
)
from opportunities.verify import run
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DAY, DEVELOP, HOUR, NOW, PROPOSE, QUALIFY, reason, stage, step

pytestmark = pytest.mark.django_db


def faults(**options):
    return [fault for fault in run.faults(**options) if not fault.is_stricter_later]


def stricter_later():
    return [fault.what for fault in run.faults() if fault.is_stricter_later]


def verify():
    printed = io.StringIO()
    call_command("verify", stdout=printed)
    return printed.getvalue()


def put_on_hold(opportunity):
    transitions.hold(opportunity=opportunity, by=opportunity.owner, at=NOW + HOUR, reason="They are on holiday.")
    return factories.reread(opportunity)


def moved_on(opportunity):
    transitions.advance(opportunity=opportunity, by=opportunity.owner, at=NOW + DAY)


def resumed(opportunity):
    transitions.resume(opportunity=opportunity, by=opportunity.owner, at=NOW + DAY)


def asked_and_lost(rep):
    opportunity = factories.opportunity_in(CLOSE, owner=rep)
    factories.ask(opportunity, by=rep, at=NOW, description="They do not answer.")
    factories.lose(factories.fill(factories.reread(opportunity)))
    return factories.reread(opportunity)


def waived(opportunity, field, manager):
    transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step(field), reason="A small one.")
    return factories.reread(opportunity)


# Rows written by moves


def test_verify_finds_no_fault_in_an_empty_database():
    assert "No faults." in verify()


@pytest.mark.parametrize(
    "made",
    [
        lambda rep: factories.OpportunityFactory(owner=rep),
        lambda rep: factories.ready_opportunity(PROPOSE, owner=rep),
        lambda rep: factories.finished_opportunity(owner=rep),
        lambda rep: factories.won_opportunity(owner=rep),
        lambda rep: factories.lost_opportunity(owner=rep),
        lambda rep: put_on_hold(factories.opportunity_in(DEVELOP, owner=rep)),
        lambda rep: moved_on(put_on_hold(factories.ready_opportunity(DEVELOP, owner=rep))),
        lambda rep: resumed(put_on_hold(factories.opportunity_in(DEVELOP, owner=rep))),
    ],
    ids=["new", "ready", "finished", "won", "lost", "on hold", "moved on", "resumed"],
)
def test_verify_finds_no_fault_after_moves(rep, made):
    made(rep)

    assert faults() == []
    assert "No faults." in verify()


def test_the_gap_after_going_back_from_a_finished_process_is_no_fault(rep):
    opportunity = factories.finished_opportunity(owner=rep)

    transitions.go_back(opportunity=opportunity, by=rep, at=NOW + DAY, to_stage=stage(DEVELOP))

    assert faults() == []


def test_the_gap_before_a_reopening_is_no_fault(rep):
    opportunity = factories.won_opportunity(owner=rep)

    transitions.reopen(opportunity=opportunity, by=rep, at=NOW + DAY, reason="They called.", to_stage=stage(QUALIFY))

    assert faults() == []


def test_a_waived_step_of_a_passed_stage_is_no_fault(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    opportunity = waived(opportunity, "customer_need", manager)

    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    assert faults() == []


def test_a_file_that_was_renamed_after_it_was_presented_is_no_fault(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    file = factories.upload(opportunity, name="Offer.pdf")
    factories.present(factories.reread(opportunity), file=file)
    factories.change_row(file, name="Final offer.pdf")

    assert list(run.faults()) == []


def test_verify_prints_how_many_rows_it_checked(rep):
    factories.won_opportunity(owner=rep)
    factories.opportunity_in(DEVELOP, owner=rep)

    assert "1 open, 1 won, 0 lost opportunities, 6 visits" in verify()


def test_verify_writes_nothing(rep):
    factories.won_opportunity(owner=rep)

    with unchanged():
        verify()


# Each kind of fault


def record(**columns):
    """Writes these columns of the opportunity without `editing`."""
    return lambda opportunity: Opportunity.objects.filter(pk=opportunity.pk).update(**columns)


def rows(model, *, change=None, **which):
    """Changes these rows of the opportunity, or deletes them."""

    def corrupt(opportunity):
        found = model.objects.filter(opportunity=opportunity, **which)
        assert found.update(**change) if change else found.delete()[0]

    return corrupt


def elsewhere(opportunity):
    """Sets a stage of another process."""
    process = Process.objects.create(name_en="Renewal")
    other = factories.add_stage(process, "Renew")
    ProcessInstance.objects.filter(opportunity=opportunity).update(active_stage=other)


def develop(rep):
    return factories.opportunity_in(DEVELOP, owner=rep)


def jumped(rep):
    opportunity = factories.fill(factories.ready_opportunity(QUALIFY, owner=rep), DEVELOP)
    transitions.jump(opportunity=opportunity, by=rep, at=NOW, to_stage=stage(PROPOSE))
    return factories.reread(opportunity)


def later(**columns):
    return lambda opportunity: record(**{name: value() for name, value in columns.items()})(opportunity)


CORRUPTIONS = {
    "no primary process": (develop, rows(ProcessInstance, change={"is_primary": False}), "has 0 primary processes"),
    "no process": (develop, rows(ProcessInstance), "has 0 primary processes"),
    "a stage of another process": (develop, elsewhere, "is in Renew, which is no stage of its process"),
    "active stage": (
        develop,
        later(active_stage=lambda: stage(PROPOSE), pipeline_phase=lambda: stage(DEVELOP)),
        "active_stage_id is",
    ),
    "finished": (develop, record(is_finished=True), "is_finished is True and should be False"),
    "ready": (develop, record(is_ready=True), "is_ready is True and should be False"),
    "ready when closed": (factories.won_opportunity, record(is_ready=True), "is_ready is True and should be False"),
    "steps met": (develop, record(steps_met=4), "steps_met is 4 and should be 0"),
    "steps waived": (develop, record(steps_waived=1), "steps_waived is 1 and should be 0"),
    "unmet steps": (develop, record(unmet_steps=[]), "unmet_steps is [] and should be ["),
    "missing behind": (develop, record(missing_behind=2), "missing_behind is 2 and should be 0"),
    "steps required": (develop, record(steps_required=9), "steps_required is 9 and should be 4"),
    "stakeholders": (develop, record(stakeholder_count=7), "stakeholder_count is 7 and should be 2"),
    "decision makers": (develop, record(decision_maker_count=7), "decision_maker_count is 7 and should be 1"),
    "competitors": (develop, record(competitor_count=1), "competitor_count is 1 and should be 0"),
    "sales team": (develop, record(team_count=1), "team_count is 1 and should be 0"),
    "pipeline phase": (develop, later(pipeline_phase=lambda: stage(CLOSE)), "the pipeline phase is Close"),
    "a blank behind a gate": (
        develop,
        record(estimated_budget=None),
        "has passed Qualify without “Estimated budget”: not filled in",
    ),
    "a tick taken back behind a gate": (
        develop,
        record(decision_maker_identified=False),
        "has passed Qualify without “Identify decision maker”: not marked complete",
    ),
    "evidence gone behind a gate": (
        develop,
        rows(Stakeholder, roles=Stakeholder.Role.DECISION_MAKER),
        "has passed Qualify without “Identify decision maker”: no stakeholder has the role Decision maker yet",
    ),
    "a blank in a stage that was jumped over": (
        jumped,
        record(customer_need=" "),
        "has passed Develop without “Customer need”",
    ),
    "a blank in a won one": (factories.won_opportunity, record(decision_date=None), "has passed Close without"),
    "no open visit": (
        develop,
        rows(StageVisit, left_at__isnull=True),
        "has 0 open visits where there should be 1",
    ),
    "an open visit of a finished process": (
        factories.finished_opportunity,
        rows(StageVisit, stage__name_en=CLOSE, change={"left_at": None, "left_by": None}),
        "has 1 open visits where there should be 0",
    ),
    "an open visit of a closed one": (
        factories.lost_opportunity,
        rows(StageVisit, stage__name_en=CLOSE, change={"left_at": None, "left_by": None}),
        "has 1 open visits where there should be 0",
    ),
    "a visit of another stage": (
        develop,
        lambda opportunity: opportunity.visits.filter(left_at__isnull=True).update(stage=stage(CLOSE)),
        "is in Develop, but the stage last entered is Close",
    ),
    "no visits": (develop, rows(StageVisit), "was never in any stage"),
    "the moment of entering": (develop, record(stage_entered_at=NOW - DAY), "the moment it entered its stage"),
    "a gap": (
        develop,
        rows(StageVisit, stage__name_en=QUALIFY, change={"entered_at": NOW - DAY, "left_at": NOW - HOUR}),
        "was in no stage between Qualify and Develop",
    ),
    "two stages at once": (
        develop,
        rows(StageVisit, stage__name_en=QUALIFY, change={"left_at": NOW + HOUR}),
        "was in Qualify and Develop at the same time",
    ),
    "the days in the stage": (develop, record(stage_counted_from=NOW + DAY), "the days in its stage are not counted"),
    "on hold without a hold": (develop, record(is_on_hold=True), "is on hold, but has no open hold"),
    "a hold without being on hold": (
        lambda owner: put_on_hold(develop(owner)),
        record(is_on_hold=False),
        "has an open hold, but is not on hold",
    ),
    "a hold that was deleted": (
        lambda owner: put_on_hold(develop(owner)),
        rows(Hold),
        "is on hold, but has no open hold",
    ),
    "reason of another status": (
        develop,
        later(status_reason=lambda: reason("canceled")),
        "is open, but its reason is “Canceled”",
    ),
    "reason on hold": (develop, later(status_reason=lambda: reason("on_hold")), "its reason is “On hold”"),
    "closed without closing": (factories.won_opportunity, rows(Closing), "is won, and has 0 closings in force"),
    "open with a closing in force": (
        factories.lost_opportunity,
        record(status="open", closed_on=None, actual_revenue=None, forecast_category="pipeline"),
        "is open, and has 1 closings in force",
    ),
    "outcome": (
        factories.won_opportunity,
        record(status="lost", forecast_category="lost"),
        "its outcome is not that of its closing",
    ),
    "close date": (
        factories.won_opportunity,
        record(closed_on=NOW.date() - DAY),
        "its close date is not that of its closing",
    ),
    "reason of closing": (
        factories.lost_opportunity,
        later(status_reason=lambda: reason("out_sold")),
        "its reason is not that of its closing",
    ),
    "actual revenue": (
        factories.won_opportunity,
        rows(Closing, change={"actual_revenue": 7}),
        "its actual revenue is not that of its closing",
    ),
    "stage of closing": (
        factories.won_opportunity,
        lambda opportunity: opportunity.closings.update(stage=stage(PROPOSE)),
        "its stage is not that of its closing",
    ),
    "won without finishing": (
        factories.won_opportunity,
        lambda opportunity: [
            opportunity.instances.update(finished_at=None),
            record(is_finished=False)(opportunity),
        ],
        "is won, but its process is not finished",
    ),
    "a request that waits": (
        asked_and_lost,
        rows(CloseRequest, change={"answered_at": None, "answered_by": None, "outcome": ""}),
        "is closed, and a request to close it still waits",
    ),
    "a hole in the history": (develop, rows(Event, version=2), "its history has holes"),
    "the last line of the history gone": (develop, rows(Event, version=3), "is at version 3, its history at 2"),
    "no history": (develop, rows(Event), "is at version 3, its history at 0"),
    "version": (develop, record(version=9), "is at version 9, its history at 3"),
    "a field changed without an event": (
        develop,
        record(estimated_revenue=5),
        "its history does not account for estimated_revenue",
    ),
    "an owner changed without an event": (
        develop,
        lambda opportunity: record(owner=factories.UserFactory())(opportunity),
        "its history does not account for owner",
    ),
}


@pytest.mark.sweep
@pytest.mark.parametrize("made", dict.fromkeys(made for made, _corrupt, _sentence in CORRUPTIONS.values()))
def test_each_corruption_is_reported(rep, made, subtests):
    factories.opportunity_in(PROPOSE, owner=rep, name="Innocent")
    opportunity = made(owner=rep) if made in MADE_BY_FACTORIES else made(rep)
    assert faults() == []

    for name, (its_made, corrupt, sentence) in CORRUPTIONS.items():
        if its_made is not made:
            continue
        with subtests.test(name), transaction.atomic():
            with write_guard.guarded_every():
                corrupt(factories.reread(opportunity))
            found = faults()
            transaction.set_rollback(True)
            assert {(fault.opportunity_id, fault.name) for fault in found} == {(opportunity.pk, opportunity.name)}
            assert any(fault.what.startswith(sentence) for fault in found), [fault.what for fault in found]


MADE_BY_FACTORIES = (factories.won_opportunity, factories.lost_opportunity, factories.finished_opportunity)


def test_a_deleted_waiver_is_reported(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    opportunity = waived(opportunity, "customer_need", manager)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    with write_guard.guarded_every():
        Waiver.objects.all().delete()

    assert "has passed Develop without “Customer need”: not filled in" in [fault.what for fault in faults()]


def test_a_broken_reference_is_reported(rep):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL never lets a reference break")
    opportunity = develop(rep)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(
            "UPDATE opportunities_stagevisit SET entered_by_id = 999 WHERE opportunity_id = %s", [opportunity.pk]
        )

    found = faults()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE opportunities_stagevisit SET entered_by_id = %s", [rep.pk])
    assert "opportunities_stagevisit" in found[0].what


@pytest.mark.parametrize("word", ["field", "evidence"])
def test_a_step_with_an_unknown_field_or_evidence_is_reported(rep, word):
    factories.change_step("decision_maker_identified", **{word: "horoscope"})

    found = faults()

    assert [(fault.opportunity_id, fault.name) for fault in found] == [
        (None, "Opportunity Sales Process › Qualify › Identify decision maker")
    ]
    assert found[0].what.endswith("not known: horoscope")


def test_the_command_prints_each_fault_and_fails(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep, name="Nordlys Shipping – telematics")
    with write_guard.guarded_every():
        record(version=9)(opportunity)
    printed = io.StringIO()

    with pytest.raises(CommandError, match="Faults: 1"):
        call_command("verify", stdout=printed)

    assert f"{opportunity.pk} Nordlys Shipping – telematics: is at version 9, its history at 3\n" in printed.getvalue()
    assert "No faults" not in printed.getvalue()


# A process that became stricter is not a fault


def ask_for(field, stage_name):
    """A manager adds a required step to a stage."""
    factories.add_step(stage(stage_name), field, f"More: {field}")


@pytest.mark.parametrize("made", [develop, jumped, factories.won_opportunity])
@pytest.mark.parametrize("where", [QUALIFY, DEVELOP])
def test_a_step_added_later_is_reported_as_stricter_later(rep, made, where):
    opportunity = made(owner=rep) if made in MADE_BY_FACTORIES else made(rep)
    passed = where == QUALIFY or made is not develop

    ask_for("estimated_revenue", where)

    assert faults() == []
    assert stricter_later() == ([f"{where} now asks for “More: estimated_revenue”"] if passed else [])
    assert opportunity.estimated_revenue is None


def test_a_step_made_required_later_is_reported_as_stricter_later(rep):
    factories.opportunity_in(CLOSE, owner=rep)

    factories.change_step("proposal_developed", required=True)

    assert faults() == []
    assert "Missing later, no fault: Propose now asks for “Develop proposal”; 1 opportunit" in verify()


def test_evidence_required_later_is_reported_as_stricter_later(rep):
    factories.opportunity_in(CLOSE, owner=rep)

    factories.change_step("internal_review_completed", evidence="competitor")
    with write_guard.guarded_every():
        OpportunityCompetitor.objects.all().delete()

    assert "Propose now asks for “Complete internal review”" in stricter_later()


def test_a_stage_moved_before_the_active_one_is_reported_as_stricter_later(rep):
    factories.opportunity_in(DEVELOP, owner=rep)

    factories.change_stage(CLOSE, order=0)

    assert faults() == []
    assert len(stricter_later()) == len(stage(CLOSE).steps.all())


# Batches


@pytest.mark.sweep
def test_a_batch_runs_the_same_number_of_queries_for_any_size(rep):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert faults() == []
        return len(captured)

    factories.won_opportunity(owner=rep)
    few = queries()
    for _ in range(3):
        factories.won_opportunity(owner=rep)

    assert queries() == few


def test_every_batch_is_checked(rep):
    opportunities = [factories.OpportunityFactory(owner=rep) for _ in range(5)]
    with write_guard.guarded_every():
        Opportunity.objects.update(version=9)

    found = faults(count=2)

    assert [fault.opportunity_id for fault in found] == [opportunity.pk for opportunity in opportunities]


@pytest.mark.django_db(transaction=True)
def test_verify_works_outside_a_transaction(rep):
    factories.opportunity_in(DEVELOP, owner=rep)

    assert faults() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores no reference to a row that does not exist")
@pytest.mark.django_db(transaction=True)
def test_each_broken_reference_is_reported(rep):
    opportunities = factories.opportunity_in(DEVELOP, owner=rep), factories.won_opportunity(owner=rep)
    with write_guard.guarded_every(), connection.constraint_checks_disabled():
        for opportunity in opportunities:
            record(account=999999)(opportunity)

    found = [fault.what for fault in faults() if fault.name == "database"]

    with write_guard.guarded_every():
        Opportunity.objects.update(account=None)
    assert len(found) == 2

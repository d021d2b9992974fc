"""What happened to an opportunity before its import is done again, each act at its moment and by the ordinary rules."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.models import Event, Note, Opportunity, Waiver
from opportunities.transitions import (
    Arrival,
    ArrivingCompetitor,
    ArrivingStakeholder,
    LostAnswers,
    PastAct,
    PastClosing,
    PastEstimate,
    PastFinish,
    PastHold,
    PastNote,
    PastReopening,
    PastResumption,
    PastTask,
    PastVisit,
    WonAnswers,
)
from opportunities.verify import run
from stages.models import Step
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, PROPOSE, QUALIFY, reread, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

CREATED = NOW - 300 * DAY
Kind = Event.Kind


def day(number):
    return CREATED + number * DAY


def bring_in(by, owner, *past, keep=True, **more):
    arrival = Arrival(**{"name": "Fleet telematics", "owner": owner, "created_at": CREATED, "past": past, **more})
    return reread(transitions.bring_in(by=by, at=NOW, arrival=arrival, keep=keep))


def lost_on(number, **more):
    answers = LostAnswers(factories.reason("no_fit"), day(number).date(), **more)
    return PastClosing(day(number), answers)


def won_on(number):
    return PastClosing(day(number), WonAnswers(None, day(number).date(), "Signed", Decimal(900)))


def kinds_of(opportunity):
    return list(opportunity.events.order_by("version").values_list("kind", flat=True))


def visits_of(opportunity):
    found = opportunity.visits.order_by("pk").values_list("stage__name_en", "entered_at", "left_at")
    return [(name, (entered - CREATED).days, left and (left - CREATED).days) for name, entered, left in found]


def assert_sound():
    assert list(run.faults()) == []


def test_one_that_was_lost_and_reopened_is_open_with_both_in_its_history(rep, manager):
    opportunity = bring_in(
        manager,
        rep,
        PastReopening(day(60), "They called back", stage(DEVELOP)),
        PastVisit(day(20), stage(DEVELOP), estimated_revenue=Decimal(500)),
        lost_on(40, description="No budget"),
        PastEstimate(day(70), estimated_revenue=Decimal(700)),
        stage=stage(DEVELOP),
    )

    assert (opportunity.status, opportunity.active_stage.name_en) == ("open", DEVELOP)
    assert visits_of(opportunity) == [(QUALIFY, 0, 20), (DEVELOP, 20, 40), (DEVELOP, 60, None)]
    assert kinds_of(opportunity) == [Kind.STARTED, Kind.ADVANCED, Kind.LOST, Kind.REOPENED, Kind.EDITED, Kind.IMPORTED]
    closing = opportunity.closings.get()
    assert (closing.at, closing.reopened_at, closing.reopen_reason) == (day(40), day(60), "They called back")
    assert opportunity.estimated_revenue == Decimal(700)
    of_closing = opportunity.waivers.filter(closing=closing)
    assert of_closing.exists() and not opportunity.waivers.in_force().filter(closing__isnull=False).exists()
    assert {each.kind for each in opportunity.waivers.all()} == {Waiver.Kind.IMPORTED}
    assert_sound()


def test_the_closing_with_which_its_past_ends_is_its_closing(rep, manager):
    answers = WonAnswers(None, NOW.date(), "", Decimal(1))

    opportunity = bring_in(
        manager, rep, PastFinish(day(80)), won_on(90), PastVisit(day(30), stage(CLOSE)), closing=answers
    )

    assert (opportunity.status, opportunity.actual_revenue, opportunity.closed_on) == (
        "won",
        Decimal(900),
        day(90).date(),
    )
    assert visits_of(opportunity) == [(QUALIFY, 0, 30), (CLOSE, 30, 80)]
    assert kinds_of(opportunity)[1:] == [Kind.JUMPED, Kind.FINISHED, Kind.WON, Kind.IMPORTED]
    assert_sound()


def test_nothing_of_a_closed_opportunity_changes_after_its_closing(rep, manager):
    later = PastVisit(day(50), stage(QUALIFY), estimated_revenue=Decimal(999))

    with refused(transitions.OpportunityClosed):
        bring_in(manager, rep, lost_on(40), later, closing=lost_on(40).answers)


def test_a_past_that_ends_closed_contradicts_an_open_opportunity(rep, manager):
    with refused(transitions.EntryMissing) as caught:
        bring_in(manager, rep, lost_on(40))
    assert caught.value.field == "status"


def test_a_rep_imports_no_closing_not_even_one_that_was_undone(rep):
    with refused(transitions.NotAllowed):
        bring_in(rep, rep, lost_on(40), PastReopening(day(60), "They called back"), keep=False)


def test_a_hold_ends_when_it_is_resumed_or_by_the_next_move(rep, manager):
    opportunity = bring_in(
        manager,
        rep,
        PastHold(day(10), "Summer"),
        PastResumption(day(15)),
        PastHold(day(16), "Budget"),
        PastVisit(day(20), stage(DEVELOP)),
        PastResumption(day(20)),
        PastHold(day(30), "Merger"),
    )

    holds = opportunity.holds.order_by("pk").values_list("reason", "from_at", "until_at")
    assert list(holds) == [
        ("Summer", day(10), day(15)),
        ("Budget", day(16), day(20)),
        ("Merger", day(30), None),
    ]
    assert opportunity.is_on_hold
    assert visits_of(opportunity) == [(QUALIFY, 0, 20), (DEVELOP, 20, None)]
    assert_sound()


def test_one_that_is_on_hold_today_is_put_on_hold_by_the_import(rep, manager):
    opportunity = bring_in(manager, rep, stage=stage(DEVELOP), on_hold_because="It was on hold.")

    assert (opportunity.is_on_hold, opportunity.status_reason.key) == (True, "on_hold")
    assert opportunity.holds.get().from_at == NOW
    assert_sound()


def test_notes_have_their_moments_and_their_authors_also_after_the_closing(rep, colleague, manager):
    opportunity = bring_in(
        manager,
        rep,
        PastNote(day(50), "They regret it", author=colleague),
        PastNote(day(5), "First call", Note.Kind.MEETING, is_pinned=True),
        lost_on(40),
        closing=LostAnswers(factories.reason("no_fit"), NOW.date()),
    )

    notes = opportunity.notes.order_by("created_at").values_list(
        "text", "kind", "is_pinned", "created_at", "created_by"
    )
    assert list(notes) == [
        ("First call", "meeting", True, day(5), manager.pk),
        ("They regret it", "general", False, day(50), colleague.pk),
    ]
    assert_sound()


def test_tasks_are_planned_done_and_dropped_at_their_moments(rep, manager):
    opportunity = bring_in(
        manager,
        rep,
        PastTask(day(5), "Call", day(6).date(), done_at=day(7)),
        PastTask(day(5), "Send the offer"),
        lost_on(40),
        PastReopening(day(41), "They called back"),
        PastTask(day(42), "Call again", owner=rep),
    )

    tasks = opportunity.tasks.order_by("pk").values_list("text", "done_at", "dropped_at")
    assert list(tasks) == [("Call", day(7), None), ("Send the offer", None, day(40)), ("Call again", None, None)]
    assert opportunity.next_step == "Call again"
    assert_sound()


def test_the_task_of_a_person_who_left_the_team_is_the_owners_and_names_them(rep, manager, stranger):
    opportunity = bring_in(
        manager,
        rep,
        PastTask(day(5), "Call", owner=stranger, done_at=day(7)),
        PastTask(day(8), "Call again", owner=stranger),
    )

    tasks = opportunity.tasks.order_by("pk").values_list("text", "owner", "done_at")
    assert list(tasks) == [(f"{stranger}: Call", rep.pk, day(7)), (f"{stranger}: Call again", rep.pk, None)]
    assert_sound()


def test_a_closed_one_takes_no_task_of_then(rep, manager):
    with refused(transitions.OpportunityClosed):
        bring_in(
            manager,
            rep,
            lost_on(40),
            PastTask(day(41), "Call"),
            closing=LostAnswers(factories.reason("no_fit"), NOW.date()),
        )


def test_a_rep_stops_before_a_gate_that_the_past_has_passed(rep):
    opportunity = bring_in(
        rep, rep, PastVisit(day(20), stage(CLOSE)), PastFinish(day(30)), PastNote(day(40), "Late"), keep=False
    )

    assert (opportunity.active_stage.name_en, opportunity.is_finished) == (QUALIFY, False)
    assert opportunity.notes.get().created_at == day(40)
    assert not opportunity.waivers.exists()
    assert_sound()


def test_a_process_that_a_rep_brings_in_is_not_finished_before_its_gate_is_open(rep):
    before = Step.objects.filter(stage__name_en__in=[QUALIFY, DEVELOP, PROPOSE])
    factories.change_step(*before.values_list("field", flat=True), required=False)

    opportunity = bring_in(rep, rep, PastVisit(day(20), stage(CLOSE)), PastFinish(day(30)), keep=False)

    assert (opportunity.active_stage.name_en, opportunity.is_finished) == (CLOSE, False)
    assert_sound()


def test_an_act_of_no_known_kind_is_a_fault_of_the_program(rep, manager):
    with pytest.raises(TypeError, match="Nothing is known of a PastAct"):
        bring_in(manager, rep, PastAct(day(5)))


def test_people_come_with_what_is_known_of_them(rep, manager):
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    opportunity = bring_in(
        manager,
        rep,
        stakeholders=(ArrivingStakeholder(contact, ("champion", "end_user"), "supporter", "high", "Knows us"),),
        competitors=(ArrivingCompetitor(rival, "high", "Cheap"),),
    )

    row = opportunity.stakeholders.get()
    assert (row.roles, row.attitude, row.influence, row.note) == (
        ("champion", "end_user"),
        "supporter",
        "high",
        "Knows us",
    )
    link = opportunity.competitor_links.get()
    assert (link.threat, link.note) == ("high", "Cheap")
    assert_sound()


@pytest.mark.parametrize("act", [PastNote(day(-1), "Before"), PastNote(NOW + DAY, "After")])
def test_nothing_happened_before_it_was_created_or_in_the_future(rep, manager, act):
    with refused(transitions.EntryMissing):
        bring_in(manager, rep, act)
    assert not Opportunity.objects.exists()


def test_a_finished_one_that_went_back_is_in_its_last_stage(rep, manager):
    opportunity = bring_in(
        manager,
        rep,
        PastVisit(day(20), stage(CLOSE)),
        PastFinish(day(30)),
        PastVisit(day(40), stage(CLOSE)),
        PastVisit(day(50), stage(PROPOSE)),
    )

    assert (opportunity.active_stage.name_en, opportunity.is_finished) == (PROPOSE, False)
    assert kinds_of(opportunity)[1:-1] == [Kind.JUMPED, Kind.FINISHED, Kind.WENT_BACK, Kind.WENT_BACK]
    assert_sound()


def test_a_tick_is_set_as_soon_as_its_evidence_is_there(rep, manager):
    factories.change_step("decision_maker_identified", evidence="meeting_note")

    opportunity = bring_in(
        manager,
        rep,
        PastNote(day(5), "We met", Note.Kind.MEETING),
        PastVisit(day(20), stage(DEVELOP)),
        entries={"decision_maker_identified": True},
    )

    assert opportunity.decision_maker_identified
    assert "decision_maker_identified" not in {each.step.field for each in opportunity.waivers.all()}
    assert_sound()

"""Random arrivals: an imported opportunity is as legal as any, a rep's passes no gate, and later moves are gated."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import transitions
from opportunities.models import Event, Waiver
from opportunities.progress import Progress
from opportunities.transitions import (
    Arrival,
    ArrivingCompetitor,
    ArrivingMember,
    ArrivingStakeholder,
    LostAnswers,
    PastVisit,
    WonAnswers,
)
from opportunities.verify import run
from stages import gates
from stages.models import LostGate
from tests.support import factories
from tests.support.examples import examples
from tests.support.factories import DAY, HOUR, NOW, STAGES, reread

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

LONGEST = 400 * 24  # hours before NOW
Kind = Event.Kind
FORWARD = (Kind.ADVANCED, Kind.JUMPED)

hours = st.integers(0, LONGEST)
amounts = st.none() | st.integers(0, 10**6).map(Decimal)
ANSWERED = ("contact", "account", *factories.ANSWERS)
TICKS = (
    *("decision_maker_identified", "stakeholders_identified", "competitors_identified", "sales_team_identified"),
    *("internal_review_completed", "proposal_presented", "final_proposal_completed", "final_proposal_presented"),
    *("thank_you_sent", "debrief_filed"),
)

arrivals = st.fixed_dictionaries(
    {
        "created": st.integers(0, LONGEST),
        "entered": st.none() | hours,
        "stage": st.none() | st.sampled_from(STAGES),
        "visits": st.lists(st.tuples(st.sampled_from(STAGES), hours, amounts), max_size=4),
        "stages_filled": st.integers(0, 4),  # the answers and ticks of so many stages are in the file, but for `left`
        "left": st.sets(st.sampled_from([*ANSWERED, *TICKS]), max_size=2),
        "revenue": amounts,
        "closing": st.sampled_from([None, None, "won", "lost"]),
        "closed": hours,
        "next_step": st.sampled_from(["", "Call them"]),
    }
)
"""Moments are hours before NOW, so that some are in an order that cannot be true."""

LATER = st.lists(st.sampled_from(["advance", "finish", "win", "lose", "reopen", "back", "withdraw"]), max_size=6)


def moment(hours):
    return NOW - hours * HOUR


def in_order(drawn):
    """The same with moments that can be true: the older of two is first."""
    moments = sorted([drawn["created"], *(at for _stage, at, _amount in drawn["visits"])], reverse=True)
    visits = [(stage, at, amount) for (stage, _at, amount), at in zip(drawn["visits"], moments[1:], strict=True)]
    entered = None if drawn["entered"] is None else min(drawn["entered"], moments[-1])
    closed = min(drawn["closed"], moments[-1] if entered is None else entered)
    return {**drawn, "created": moments[0], "visits": visits, "entered": entered, "closed": closed}


def arrival_of(drawn, owner):
    contact = factories.ContactFactory()
    steps = [factories.step(name) for name in (*ANSWERED, *TICKS)]
    filled = {step.field for step in steps if step.stage.name_en in STAGES[: drawn["stages_filled"]]} - drawn["left"]
    values = {name: factories.ANSWERS.get(name, True) for name in filled}
    values |= {name: value for name, value in (("contact", contact), ("account", contact.account)) if name in filled}
    named = bool(filled)
    closed_on = transitions.organisation_date(moment(drawn["closed"]))
    return Arrival(
        name="Fleet telematics",
        owner=owner,
        created_at=moment(drawn["created"]),
        entries={**values, "estimated_revenue": drawn["revenue"]},
        stage=drawn["stage"] and factories.stage(drawn["stage"]),
        stage_entered_at=None if drawn["entered"] is None else moment(drawn["entered"]),
        past=tuple(
            PastVisit(moment(at), factories.stage(name), estimated_revenue=amount)
            for name, at, amount in drawn["visits"]
        ),
        closing={
            None: None,
            "won": WonAnswers(None, closed_on, "", Decimal(5)),
            "lost": LostAnswers(factories.reason("no_fit"), closed_on, "They stopped."),
        }[drawn["closing"]],
        stakeholders=(ArrivingStakeholder(contact, ("decision_maker",)),) if named else (),
        competitors=(ArrivingCompetitor(factories.CompetitorFactory()),) if named else (),
        team=(ArrivingMember(owner),) if named else (),
        next_step=drawn["next_step"],
    )


def assert_sound():
    assert [fault for fault in run.faults() if not fault.is_stricter_later] == []


def assert_passed_no_gate(opportunity):
    """Each gate before the furthest stage that it ever entered is open by the data alone."""
    progress = Progress.of(opportunity)
    entered = {visit.stage_id for visit in opportunity.visits.all()}
    furthest = max(place for place, stage in enumerate(progress.stages) if stage.pk in entered)
    assert gates.unmet(progress.stages[:furthest], opportunity) == []
    assert not opportunity.waivers.exists()
    assert opportunity.is_open


def assert_lacks_exactly_what_is_waived(opportunity, lost_gate):
    """There is one waiver for each step that is missing in the stages passed, or for the closing, and no other."""
    progress = Progress.of(opportunity)
    entered = {visit.stage_id for visit in opportunity.visits.all()}
    furthest = max(place for place, stage in enumerate(progress.stages) if stage.pk in entered)
    needed = {
        "open": furthest,
        "won": 4,
        "lost": {"complete": 4, "reached": progress.position + 1, "any": 0}[lost_gate],
    }
    asked = progress.stages[: max(furthest, needed[opportunity.status])]
    waivers = list(opportunity.waivers.all())
    assert sorted(each.step_id for each in waivers) == sorted(each.step.pk for each in gates.unmet(asked, opportunity))
    assert all((each.kind, each.at) == (Waiver.Kind.IMPORTED, NOW) for each in waivers)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=arrivals.map(in_order), lost_gate=st.sampled_from(LostGate.values), later=LATER)
def test_what_a_manager_imports_is_as_legal_as_any_and_moves_on_only_by_the_rules(cast, drawn, lost_gate, later):
    with transaction.atomic():
        factories.Process.objects.filter(is_default=True).update(lost_gate=lost_gate)
        arrival = arrival_of(drawn, cast["rep"])
        opportunity = transitions.bring_in(by=cast["manager"], at=NOW, arrival=arrival, keep=True)
        opportunity = reread(opportunity)
        assert opportunity.status == (drawn["closing"] or "open")
        assert_lacks_exactly_what_is_waived(opportunity, lost_gate)
        events = list(opportunity.events.order_by("version"))
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert (events[-1].kind, {event.imported_at for event in events[:-1]}) == (Kind.IMPORTED, {NOW})
        assert_sound()
        for number, what in enumerate(later, start=1):
            opportunity = make(opportunity, what, cast, NOW + number * DAY)
        assert_sound()
        transaction.set_rollback(True)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=arrivals.map(in_order), by=st.sampled_from(["rep", "manager"]))
def test_without_keeping_no_gate_is_passed(cast, drawn, by):
    with transaction.atomic():
        arrival = arrival_of({**drawn, "closing": None}, cast["rep"])
        opportunity = reread(transitions.bring_in(by=cast[by], at=NOW, arrival=arrival, keep=False))
        assert_passed_no_gate(opportunity)
        assert_sound()
        transaction.set_rollback(True)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=arrivals, keep=st.booleans(), for_another=st.booleans())
def test_a_file_of_a_rep_is_refused_or_passes_no_gate(cast, drawn, keep, for_another):
    with transaction.atomic():
        owner = cast["colleague"] if for_another else cast["rep"]
        arrival = arrival_of(drawn, owner)
        before = Event.objects.count()
        try:
            opportunity = transitions.bring_in(by=cast["rep"], at=NOW, arrival=arrival, keep=keep)
        except transitions.Refused:
            assert Event.objects.count() == before
        else:
            assert (keep, for_another, drawn["closing"]) == (False, False, None)
            assert_passed_no_gate(reread(opportunity))
        transaction.set_rollback(True)


def make(opportunity, what, cast, at):
    """Tries a move as the rep. It succeeds exactly if the gates, asked here, are open."""
    progress = Progress.of(opportunity)
    given = {"opportunity": opportunity, "by": cast["rep"], "at": at}
    stages = {"advance": progress.reached, "finish": progress.stages, "win": progress.stages}.get(what, [])
    if what == "lose":
        gate = LostGate(progress.instance.process.lost_gate)
        stages = {LostGate.COMPLETE: progress.stages, LostGate.REACHED: progress.reached, LostGate.ANY: []}[gate]
    is_shut = bool(gates.unmet(stages, opportunity, progress.waived))
    try:
        _move(what, given, cast)
    except transitions.GateClosed:
        assert is_shut or (what == "win" and not progress.is_last)
    except (transitions.NoSuchMove, transitions.OpportunityClosed):
        pass
    else:
        assert not is_shut
    return reread(opportunity)


def _move(what, given, cast):
    if what == "advance":
        transitions.advance(**given)
    elif what == "finish":
        transitions.finish(**given)
    elif what == "back":
        transitions.go_back(**given)
    elif what == "reopen":
        transitions.reopen(**given, reason="They called.")
    elif what == "win":
        transitions.close_as_won(**given, actual_revenue=Decimal(1), closed_on=given["at"].date())
    elif what == "lose":
        reason = factories.reason("no_fit")
        transitions.close_as_lost(**given, reason=reason, closed_on=given["at"].date(), description="They stopped.")
    else:
        waiver = given["opportunity"].waivers.in_force().first()
        if waiver is not None and given["opportunity"].is_open:
            given["by"] = cast["manager"]
            transitions.withdraw_waiver(**given, step=waiver.step, reason="Ask them.")

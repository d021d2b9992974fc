"""An import brings opportunities in by the ordinary moves: as legal as any, and never past a gate for a rep."""

from decimal import Decimal

import pytest
from django.urls import reverse

from opportunities import transitions
from opportunities.models import Event, Opportunity, Waiver
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
from salesflow.users.models import COLLEAGUE
from tests.support import factories
from tests.support.day_pages import page_of
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, DAY, DEVELOP, HOUR, NOW, PROPOSE, QUALIFY, reread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

CREATED = NOW - 300 * DAY
ENTERED = NOW - 100 * DAY
CLOSED = NOW - 10 * DAY
IMPORTED = Waiver.Kind.IMPORTED
Kind = Event.Kind

QUALIFIED = {
    "purchase_timeframe": "this_year",
    "estimated_budget": Decimal(0),
    "purchase_process": "committee",
    "decision_maker_identified": True,
}
"""What Qualify asks for, but for the contact and the account."""


def bring_in(by, owner, *, keep, **more):
    arrival = Arrival(**{"name": "Fleet telematics", "owner": owner, "created_at": CREATED, **more})
    return transitions.bring_in(by=by, at=NOW, arrival=arrival, keep=keep)


def in_stage(name, at=ENTERED):
    return {"stage": factories.stage(name), "stage_entered_at": at}


def qualified():
    """An arrival that opens the gate of Qualify, and no other."""
    contact = factories.ContactFactory()
    people = (ArrivingStakeholder(contact, ("decision_maker",)),)
    return {"entries": {**QUALIFIED, "contact": contact, "account": contact.account}, "stakeholders": people}


def won(**more):
    answers = {"reason": None, "closed_on": CLOSED.date(), "description": "", "actual_revenue": Decimal(900)}
    return WonAnswers(**answers | more)


def lost(**more):
    return LostAnswers(**{"reason": factories.reason("no_fit"), "closed_on": CLOSED.date(), **more})


def visits_of(opportunity):
    return [(visit.stage.name_en, visit.entered_at) for visit in opportunity.visits.select_related("stage")]


def history_of(opportunity):
    return [(event.kind, event.at, event.imported_at) for event in opportunity.events.order_by("version")]


def waived(opportunity):
    """The fields of the steps whose waivers count, by their kind."""
    waivers = opportunity.waivers.in_force().select_related("step")
    return {(waiver.step.field, waiver.kind) for waiver in waivers}


def assert_sound():
    assert list(run.faults()) == []


# Open


def test_a_manager_keeps_the_stage_and_each_missing_step_is_waived(rep, manager):
    opportunity = bring_in(manager, rep, keep=True, **in_stage(DEVELOP), **qualified())

    now = reread(opportunity)
    assert (now.active_stage.name_en, now.stage_entered_at, now.created_at) == (DEVELOP, ENTERED, CREATED)
    assert (visits_of(now), waived(now)) == ([(QUALIFY, CREATED), (DEVELOP, ENTERED)], set())
    assert (now.created_by, now.modified_at, now.steps_to_catch_up) == (manager, NOW, 0)
    further = bring_in(manager, rep, keep=True, **in_stage(PROPOSE), **qualified())
    missing = {"customer_need", "proposed_solution", "stakeholders_identified", "competitors_identified"}
    assert waived(further) == {(name, IMPORTED) for name in missing}
    assert {(each.at, each.by, each.closing) for each in further.waivers.all()} == {(NOW, manager, None)}
    assert (reread(further).steps_to_catch_up, reread(further).missing_behind) == (4, 0)
    assert_sound()


def test_the_history_has_the_moments_of_the_file_and_says_when_it_was_written(rep, manager):
    opportunity = bring_in(manager, rep, keep=True, **in_stage(PROPOSE))

    assert history_of(opportunity) == [
        (Kind.STARTED, CREATED, NOW),
        (Kind.JUMPED, ENTERED, NOW),
        (Kind.IMPORTED, NOW, None),
    ]
    last = opportunity.events.first()
    assert (last.by, len(last.waived_steps)) == (manager, 10)
    assert last.reason == "It was in Propose when it was imported."


def test_the_gate_is_in_full_force_from_the_next_move_on(rep, manager):
    opportunity = reread(bring_in(manager, rep, keep=True, **in_stage(PROPOSE)))

    with refused(transitions.GateClosed) as caught:
        transitions.advance(opportunity=opportunity, by=manager, at=NOW)
    assert {missing.stage.name_en for missing in caught.value.unmet} == {PROPOSE}


def test_a_step_that_is_met_later_is_caught_up_on(rep, manager):
    opportunity = bring_in(manager, rep, keep=True, **in_stage(DEVELOP))
    assert reread(opportunity).steps_to_catch_up == 6

    now = factories.edit(opportunity, estimated_budget=Decimal(9))

    assert now.steps_to_catch_up == 5
    step = factories.step("purchase_timeframe")
    transitions.withdraw_waiver(opportunity=now, by=manager, at=NOW + HOUR, step=step, reason="Ask them.")
    assert (reread(now).steps_to_catch_up, reread(now).missing_behind) == (4, 1)
    assert [fault.what for fault in run.faults() if not fault.is_stricter_later] == []


def test_a_rep_lands_where_the_data_opens_the_gates(rep):
    opportunity = bring_in(rep, rep, keep=False, **in_stage(CLOSE), **qualified())

    now = reread(opportunity)
    assert (now.active_stage.name_en, waived(now), now.stage_entered_at) == (DEVELOP, set(), ENTERED)
    assert reread(bring_in(rep, rep, keep=False, **in_stage(CLOSE))).active_stage.name_en == QUALIFY
    assert reread(bring_in(rep, rep, keep=False, **in_stage(QUALIFY), **qualified())).active_stage.name_en == QUALIFY
    assert_sound()


def test_a_manager_may_choose_the_stage_that_the_data_opens(rep, manager):
    opportunity = bring_in(manager, rep, keep=False, **in_stage(CLOSE), **qualified())

    assert (reread(opportunity).active_stage.name_en, waived(opportunity)) == (DEVELOP, set())


def test_a_rep_keeps_no_stage_and_imports_for_nobody_else(rep, colleague, manager):
    with refused(transitions.NotAllowed, "Only managers may waive"):
        bring_in(rep, rep, keep=True, **in_stage(DEVELOP))
    with refused(transitions.NotAllowed, "Only the owner and managers may import"):
        bring_in(rep, colleague, keep=False, team=(ArrivingMember(rep),))
    with refused(transitions.NotAllowed, "Only managers may import closed"):
        bring_in(rep, rep, keep=False, closing=lost())
    reader = factories.UserFactory(role=COLLEAGUE)
    with refused(transitions.NotAllowed):
        bring_in(reader, rep, keep=False)


def test_nobody_without_a_role_comes_along_on_the_sales_team(rep, stranger):
    with refused(transitions.NotAllowed, "has no role"):
        bring_in(rep, rep, keep=False, team=(ArrivingMember(stranger),))


def test_a_manager_imports_only_for_people_whose_opportunities_they_see(rep):
    lead = factories.UserFactory(role="Sales manager")
    unit = factories.UnitFactory(lead=lead)
    factories.User.objects.filter(pk=lead.pk).update(sees_all=False)
    lead = factories.User.objects.get(pk=lead.pk)
    own = factories.UserFactory(unit=unit)

    with refused(transitions.NotAllowed, "Only the owner and managers may import"):
        bring_in(lead, rep, keep=True, **in_stage(DEVELOP))
    assert bring_in(lead, own, keep=True, **in_stage(DEVELOP)).active_stage.name_en == DEVELOP


def test_a_manager_does_not_come_to_see_an_opportunity_by_importing_it(rep):
    outsider = factories.UserFactory(role="Sales manager")
    factories.UnitFactory()
    factories.User.objects.filter(pk=outsider.pk).update(sees_all=False)
    outsider = factories.User.objects.get(pk=outsider.pk)

    with refused(transitions.NotAllowed, "Only the owner and managers may import"):
        bring_in(outsider, rep, keep=True, **in_stage(DEVELOP), team=(ArrivingMember(outsider),))


def test_the_owner_and_the_name_are_no_entries(rep, manager, colleague):
    with pytest.raises(TypeError):
        bring_in(manager, rep, keep=False, entries={"owner": colleague})
    with pytest.raises(TypeError):
        bring_in(manager, rep, keep=False, entries={"status": "won"})


def test_a_tick_without_its_evidence_is_left_out_and_its_step_is_waived(rep, manager):
    entries = {"competitors_identified": True}
    without = bring_in(manager, rep, keep=True, **in_stage(CLOSE), entries=entries)

    assert not without.competitors_identified
    assert ("competitors_identified", IMPORTED) in waived(without)
    assert_sound()


def test_a_tick_with_its_evidence_is_set(rep, manager):
    entries = {"competitors_identified": True}
    rival = factories.CompetitorFactory()
    opportunity = bring_in(
        manager,
        rep,
        keep=True,
        **in_stage(CLOSE),
        entries=entries,
        competitors=(ArrivingCompetitor(rival), ArrivingCompetitor(rival)),
    )

    assert ("competitors_identified", IMPORTED) not in waived(opportunity)
    assert opportunity.competitor_links.count() == 1


def test_the_next_step_and_the_note_of_the_file_come_along(rep):
    opportunity = bring_in(rep, rep, keep=False, next_step="Call them", next_step_due=NOW.date(), note="Met in May.")

    now = reread(opportunity)
    assert (now.next_step, now.next_step_due, now.notes.get().text) == ("Call them", NOW.date(), "Met in May.")
    assert_sound()


# The history of the file


def test_the_visits_of_the_file_become_visits_with_the_estimates_of_then(rep, manager):
    visits = (
        PastVisit(
            CREATED + 20 * DAY, factories.stage(PROPOSE), estimated_revenue=Decimal(200), close_date=CLOSED.date()
        ),
        PastVisit(CREATED, factories.stage(QUALIFY), estimated_revenue=Decimal(100)),
        PastVisit(CREATED + 10 * DAY, factories.stage(DEVELOP)),
        PastVisit(CREATED + 30 * DAY, factories.stage(DEVELOP), estimated_revenue=Decimal(300)),
    )
    entries = {"estimated_revenue": Decimal(400)}

    opportunity = bring_in(manager, rep, keep=True, past=visits, entries=entries)

    at = [CREATED + days * DAY for days in (0, 10, 20, 30)]
    assert visits_of(opportunity) == [(QUALIFY, at[0]), (DEVELOP, at[1]), (PROPOSE, at[2]), (DEVELOP, at[3])]
    kinds = [Kind.STARTED, Kind.ADVANCED, Kind.ADVANCED, Kind.WENT_BACK, Kind.IMPORTED]
    assert [kind for kind, _at, _imported in history_of(opportunity)] == kinds
    events = opportunity.events.order_by("version")
    said = [each["new"] for event in events for each in event.changes if each["field"] == "estimated_revenue"]
    assert said == ["100.00", "200.00", "300.00", "400.00"]
    assert reread(opportunity).stage_counted_from == CREATED + 20 * DAY
    assert_sound()


def test_a_history_that_goes_back_to_a_skipped_stage_enters_no_other_one_first(rep, manager):
    stages = [CLOSE, DEVELOP]
    visits = tuple(PastVisit(CREATED + day * DAY, factories.stage(name)) for day, name in enumerate(stages, start=1))

    opportunity = bring_in(manager, rep, keep=True, past=visits)

    back = CREATED + 2 * DAY
    expected = [(QUALIFY, CREATED), (CLOSE, CREATED + DAY), (QUALIFY, back), (DEVELOP, back)]
    assert (visits_of(opportunity), reread(opportunity).stage_entered_at) == (expected, back)
    assert_sound()


def test_a_rep_follows_the_history_no_further_than_the_data_open_the_gates(rep):
    stages = [PROPOSE, DEVELOP, CLOSE]
    visits = tuple(PastVisit(CREATED + day * DAY, factories.stage(name)) for day, name in enumerate(stages, start=1))

    opportunity = bring_in(rep, rep, keep=False, past=visits, **qualified())

    assert visits_of(opportunity) == [(QUALIFY, CREATED), (DEVELOP, CREATED + DAY)]
    assert waived(opportunity) == set()
    assert_sound()


def test_moments_that_cannot_be_true_are_refused(rep, manager, subtests):
    develop = factories.stage(DEVELOP)
    cases = {
        "created in the future": ("created_at", {"created_at": NOW + HOUR}),
        "created long ago": ("created_at", {"created_at": NOW.replace(year=1)}),
        "entered in the future": ("stage_entered_at", in_stage(DEVELOP, NOW + HOUR)),
        "entered before it was created": ("stage_entered_at", in_stage(DEVELOP, CREATED - HOUR)),
        "a visit before it was created": ("stage_entered_at", {"past": (PastVisit(CREATED - HOUR, develop),)}),
        "entered before its history": (
            "stage",
            {**in_stage(PROPOSE, CREATED + HOUR), "past": (PastVisit(CREATED + DAY, develop),)},
        ),
        "closed before it entered": ("closed_on", {**in_stage(DEVELOP, CLOSED + 2 * DAY), "closing": lost()}),
        "closed before it was created": ("closed_on", {"closing": won(closed_on=(CREATED - DAY).date())}),
        "closed in the future": ("closed_on", {"closing": won(closed_on=(NOW + 2 * DAY).date())}),
    }
    for name, (field, more) in cases.items():
        with subtests.test(name):
            with refused(transitions.EntryMissing) as caught:
                bring_in(manager, rep, keep=True, **more)
            assert caught.value.field == field


def test_a_stage_of_another_process_is_refused(rep, manager):
    process = factories.add_process("Renewals", "Ask")

    with refused(transitions.NoSuchMove, "not part of this process"):
        bring_in(manager, rep, keep=True, **in_stage(DEVELOP), process=process)


# Closed


def test_a_won_opportunity_comes_in_as_won_on_its_day(rep, manager):
    opportunity = bring_in(manager, rep, keep=False, **in_stage(DEVELOP), closing=won(), **qualified())

    now = reread(opportunity)
    closing = now.closing_in_force()
    assert (now.status, now.actual_revenue, now.closed_on) == ("won", 900, CLOSED.date())
    assert (closing.at.date(), closing.stage.name_en, now.is_finished) == (CLOSED.date(), CLOSE, True)
    kinds = [Kind.STARTED, Kind.ADVANCED, Kind.JUMPED, Kind.WON, Kind.IMPORTED]
    assert [kind for kind, _at, _imported in history_of(now)] == kinds
    assert {kind for _field, kind in waived(now)} == {IMPORTED}
    assert_sound()


def test_a_lost_opportunity_comes_in_as_lost_from_its_stage(rep, manager, subtests):
    missing = {"complete": 19 - 1, "reached": 10, "any": 6}
    for lost_gate, count in missing.items():
        with subtests.test(lost_gate):
            factories.Process.objects.filter(is_default=True).update(lost_gate=lost_gate)
            opportunity = bring_in(manager, rep, keep=False, **in_stage(DEVELOP), closing=lost(description="Gone."))
            now = reread(opportunity)
            assert (now.status, now.active_stage.name_en, len(waived(now))) == ("lost", DEVELOP, count)
            assert_sound()


def test_a_reopened_import_lacks_what_was_waived_for_its_closing(rep, manager):
    opportunity = reread(bring_in(manager, rep, keep=False, **in_stage(DEVELOP), closing=lost()))

    transitions.reopen(opportunity=opportunity, by=rep, at=NOW + HOUR, reason="They called.")

    now = reread(opportunity)
    assert (now.steps_to_catch_up, len(waived(now)), now.missing_behind) == (6, 6, 0)
    with refused(transitions.GateClosed) as caught:
        transitions.advance(opportunity=now, by=manager, at=NOW + 2 * HOUR)
    assert {missing.stage.name_en for missing in caught.value.unmet} == {DEVELOP}
    assert_sound()


def test_the_page_of_a_closed_import_says_what_its_closing_lacked(rep, manager, client_of):
    opportunity = bring_in(manager, rep, keep=False, **in_stage(DEVELOP), closing=lost())

    assert "imported without 12 steps" in page_of(client_of(rep), opportunity.get_absolute_url())


def test_what_a_closing_needs_is_asked_of_an_imported_one_too(rep, manager):
    with refused(transitions.EntryMissing, "Say what the revenue is"):
        bring_in(manager, rep, keep=False, closing=won(actual_revenue=None))
    with refused(transitions.EntryMissing, "which competitor"):
        bring_in(manager, rep, keep=False, closing=lost(reason=factories.reason("out_sold")))


# Later


def test_an_update_changes_fields_and_never_the_stage(rep, manager):
    opportunity = bring_in(rep, rep, keep=False, **qualified())
    version = reread(opportunity).version

    given = {"opportunity": opportunity, "by": rep, "at": NOW + HOUR, "version": version}
    transitions.update(entries={"name": "Fleet 2", "estimated_revenue": Decimal(7)}, **given)
    transitions.update(entries={"name": "Fleet 2"}, **given | {"version": version + 1})

    now = reread(opportunity)
    assert (now.name, now.estimated_revenue, now.version) == ("Fleet 2", 7, version + 1)
    with pytest.raises(TypeError):
        transitions.update(entries={"active_stage": factories.stage(CLOSE)}, **given)
    with refused(transitions.StaleVersion):
        transitions.update(entries={"name": "Fleet 3"}, **given)


def test_a_manager_keeps_the_stage_of_a_reps_import_later(rep, manager):
    opportunity = reread(bring_in(rep, rep, keep=False, **in_stage(PROPOSE), **qualified()))
    factories.edit(opportunity, customer_need="To know where every lorry is.")

    given = {"opportunity": opportunity, "at": NOW + HOUR, "stage": factories.stage(PROPOSE)}
    with refused(transitions.NotAllowed):
        transitions.lift(by=rep, **given)
    transitions.lift(by=manager, **given)

    now = reread(opportunity)
    missing = {"proposed_solution", "stakeholders_identified", "competitors_identified"}
    assert (now.active_stage.name_en, waived(now)) == (PROPOSE, {(name, IMPORTED) for name in missing})
    with refused(transitions.AlreadyMoved):
        transitions.lift(by=manager, **given)
    assert_sound()


def test_a_stage_is_not_kept_of_what_was_moved_since_or_never_imported(rep, manager):
    started = factories.OpportunityFactory(owner=rep)
    moved = reread(bring_in(rep, rep, keep=False, **qualified()))
    transitions.advance(opportunity=moved, by=rep, at=NOW + HOUR)

    given = {"by": manager, "at": NOW + 2 * HOUR, "stage": factories.stage(CLOSE)}
    with refused(transitions.AlreadyMoved):
        transitions.lift(opportunity=moved, **given)
    with refused(transitions.NoSuchMove, "not imported"):
        transitions.lift(opportunity=started, **given)


def test_an_import_is_undone_while_nobody_has_changed_it(rep, colleague, manager):
    opportunity = reread(bring_in(rep, rep, keep=False, next_step="Call them", note="Met in May."))
    given = {"opportunity": opportunity, "at": NOW + HOUR, "version": opportunity.version}

    with refused(transitions.NotAllowed):
        transitions.undo_import(by=colleague, **given)
    transitions.undo_import(by=rep, **given)

    assert not Opportunity.objects.exists()
    with refused(transitions.Gone):
        transitions.undo_import(by=rep, **given)


def test_an_import_that_was_changed_or_used_is_not_undone(rep, manager, subtests):
    def edited(opportunity):
        factories.edit(opportunity, name="Fleet 2")

    def mailed(opportunity):
        factories.write_mail(opportunity)

    def copied(opportunity):
        transitions.copy(opportunity=opportunity, by=rep, at=NOW, name="Again")

    for name, use in {"edited": edited, "mailed": mailed, "copied": copied}.items():
        opportunity = reread(bring_in(rep, rep, keep=False, **qualified()))
        use(opportunity)
        for version in {opportunity.version, reread(opportunity).version}:
            with subtests.test(name, version=version), refused(transitions.Refused):
                transitions.undo_import(by=manager, opportunity=opportunity, at=NOW + HOUR, version=version)
    started = factories.OpportunityFactory(owner=rep)
    with refused(transitions.NoSuchMove):
        transitions.undo_import(by=manager, opportunity=started, at=NOW, version=started.version)


# On pages


def test_pages_say_what_was_imported_and_lead_to_what_still_lacks_a_step(rep, manager, client_of):
    opportunity = bring_in(manager, rep, keep=True, **in_stage(DEVELOP), entries={"estimated_budget": Decimal(0)})
    bring_in(manager, rep, keep=True, name="Complete", **in_stage(DEVELOP), **qualified())
    mine, every = "?owner=me&amp;catch_up=1", f"?owner={rep.pk}&amp;catch_up=1"

    page = client_of(rep).get(opportunity.get_absolute_url() + "?stage=" + str(factories.stage(QUALIFY).pk))
    said = " ".join(page.content.decode().split())
    assert "Imported without this: waived by Ingrid Dahl" in said
    assert "5 imported" in said
    timeline = client_of(rep).get(opportunity.get_absolute_url() + "?tab=timeline")
    told = " ".join(str(entry.sentence) for entry in timeline.context["entries"])
    assert "imported that it was created in Qualify" in told
    assert "imported that it moved from Qualify to Develop" in told
    assert "imported it and waived 5 steps as imported" in told
    assert "1 imported, still lacks a step" in " ".join(client_of(rep).get(reverse("my_day")).content.decode().split())
    assert mine in client_of(rep).get(reverse("my_day")).content.decode()
    assert every in client_of(manager).get(reverse("my_day")).content.decode()
    for person, query in ((rep, mine), (manager, every)):
        page = page_of(client_of(person), "/opportunities/" + query.replace("&amp;", "&"))
        assert ("Fleet telematics" in page, "Complete" in page) == (True, False)

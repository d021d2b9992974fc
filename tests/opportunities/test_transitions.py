"""The moves of an open opportunity: what each does, and what each refuses without a trace."""

from decimal import Decimal
from itertools import pairwise

import pytest

from opportunities import transitions, verification
from opportunities.models import Event, Opportunity, StageVisit
from stages.models import Process
from tests import factories
from tests.factories import CLOSE, DAY, DEVELOP, HOUR, NOW, PROPOSE, QUALIFY, STAGES, stage, step
from tests.rows import refused

pytestmark = pytest.mark.django_db

REQUIRED = {
    QUALIFY: [
        "contact",
        "account",
        "purchase_timeframe",
        "estimated_budget",
        "purchase_process",
        "decision_maker_identified",
    ],
    DEVELOP: ["customer_need", "proposed_solution", "stakeholders_identified", "competitors_identified"],
    PROPOSE: ["sales_team_identified", "internal_review_completed", "proposal_presented"],
    CLOSE: [
        "final_proposal_completed",
        "final_proposal_presented",
        "decision_date",
        "thank_you_sent",
        "debrief_filed",
    ],
}
EACH_STEP = [(name, field) for name, fields in REQUIRED.items() for field in fields]


def forward(deal, by=None, at=NOW, **more):
    return transitions.advance(opportunity=deal, by=by or deal.owner, at=at, **more)


def back(deal, by=None, at=NOW, **more):
    return transitions.go_back(opportunity=deal, by=by or deal.owner, at=at, **more)


def jump(deal, to, by=None, at=NOW, **more):
    return transitions.jump(opportunity=deal, by=by or deal.owner, at=at, to_stage=stage(to), **more)


def finish(deal, by=None, at=NOW, **more):
    return transitions.finish(opportunity=deal, by=by or deal.owner, at=at, **more)


def hold(deal, by=None, at=NOW, reason="They are on holiday."):
    return transitions.hold(opportunity=deal, by=by or deal.owner, at=at, reason=reason)


def waive(deal, field, by, at=NOW, reason="They do not say."):
    return transitions.waive(opportunity=deal, by=by, at=at, step=step(field), reason=reason)


def visits(deal):
    """The journey: stage, entered, left."""
    return [(visit.stage.name_en, visit.entered_at, visit.left_at) for visit in deal.visits.order_by("pk")]


def last_event(deal):
    return deal.events.latest("version")


def where(deal):
    deal = factories.reread(deal)
    return deal.active_stage.name_en, deal.pipeline_phase.name_en, deal.is_finished, deal.status


def missing(refusal):
    return [(each.stage.name_en, each.step.field) for each in refusal.value.unmet]


# Start


def test_an_opportunity_starts_in_the_first_stage_of_the_default_process(rep):
    deal = transitions.start(by=rep, at=NOW, owner=rep, name="Fleet telematics")

    deal = factories.reread(deal)
    assert where(deal) == (QUALIFY, QUALIFY, False, "open")
    assert visits(deal) == [(QUALIFY, NOW, None)]
    assert deal.instances.get().is_primary
    assert deal.status_reason.key == "in_progress"
    assert (deal.created_by, deal.created_at, deal.modified_at, deal.stage_entered_at) == (rep, NOW, NOW, NOW)
    assert (deal.steps_met, deal.steps_required, deal.is_ready) == (0, 6, False)


def test_starting_is_the_first_version_and_the_first_event(rep):
    deal = transitions.start(by=rep, at=NOW, owner=rep, name="Fleet telematics", estimated_budget=Decimal(0))

    event = deal.events.get()
    assert (factories.reread(deal).version, event.version, event.kind, event.by) == (1, 1, Event.Kind.STARTED, rep)
    changes = {change["field"]: change["new"] for change in event.changes}
    assert changes["name"] == "Fleet telematics"
    assert changes["estimated_budget"] == "0.00"


def test_a_contact_given_at_the_start_becomes_a_stakeholder_and_brings_the_account(rep):
    contact = factories.ContactFactory()

    deal = factories.OpportunityFactory(owner=rep, contact=contact)

    assert factories.reread(deal).account == contact.account
    assert deal.stakeholders.get().contact == contact
    assert factories.reread(deal).stakeholder_count == 1


def test_an_opportunity_can_be_started_in_another_process(rep):
    tenders = Process.objects.create(name_en="Tenders")
    first = factories.add_stage(tenders, "Read", order=1)

    deal = factories.OpportunityFactory(owner=rep, process=tenders)

    assert factories.reread(deal).active_stage == first
    assert deal.instances.get().process == tenders


def test_a_manager_starts_an_opportunity_for_a_rep(manager, rep):
    deal = factories.OpportunityFactory(owner=rep, by=manager)

    assert (factories.reread(deal).owner, factories.reread(deal).created_by) == (rep, manager)


def test_nobody_without_a_role_starts_or_is_given_an_opportunity(stranger, rep):
    with refused(transitions.NotAllowed, "role"):
        factories.OpportunityFactory(owner=rep, by=stranger)
    with refused(transitions.NotAllowed, "role"):
        factories.OpportunityFactory(owner=stranger, by=rep)


@pytest.mark.parametrize(
    ("entries", "refusal", "field"),
    [
        ({"name": ""}, transitions.InvalidEntry, "name"),
        ({"name": " \u200b\u00a0"}, transitions.InvalidEntry, "name"),
        ({"name": "x" * 201}, transitions.InvalidEntry, "name"),
        ({"estimated_budget": Decimal(-1)}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("1.234")}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("NaN")}, transitions.InvalidEntry, "estimated_budget"),
        ({"estimated_budget": Decimal("1e13")}, transitions.InvalidEntry, "estimated_budget"),
        ({"probability": 101}, transitions.InvalidEntry, "probability"),
        ({"purchase_process": "by lot"}, transitions.InvalidEntry, "purchase_process"),
        ({"contact_id": 2**62}, TypeError, None),
        ({"forecast_category": "won"}, transitions.BrokenConstraint, None),
        ({"decision_maker_identified": True}, transitions.EvidenceMissing, "decision_maker_identified"),
        ({"status": "won"}, TypeError, None),
        ({"active_stage": None}, TypeError, None),
    ],
)
def test_a_start_with_entries_that_cannot_be_taken_is_refused(rep, entries, refusal, field):
    with refused(refusal) as caught:
        transitions.start(by=rep, at=NOW, owner=rep, **{"name": "Fleet telematics", **entries})

    assert getattr(caught.value, "field", None) == field


def test_without_a_process_in_use_nothing_starts(rep):
    Process.objects.update(is_default=False)

    with refused(transitions.NoSuchMove, "no process for new opportunities"):
        factories.OpportunityFactory(owner=rep)


def test_in_a_process_that_is_archived_or_has_no_stages_nothing_starts(rep):
    archived = Process.objects.create(name_en="Old", is_archived=True)
    empty = Process.objects.create(name_en="Empty")

    with refused(transitions.NoSuchMove):
        factories.OpportunityFactory(owner=rep, process=archived)
    with refused(transitions.NoSuchMove, "no stages"):
        factories.OpportunityFactory(owner=rep, process=empty)


# Next Stage


@pytest.mark.parametrize(("here", "there"), list(pairwise(STAGES)))
def test_next_stage_ends_the_visit_and_begins_the_next(rep, here, there):
    deal = factories.ready_deal(here, owner=rep)
    version = deal.version

    visit = forward(deal, at=NOW + DAY)

    deal = factories.reread(deal)
    assert where(deal) == (there, there, False, "open")
    assert visits(deal)[-2:] == [(here, NOW, NOW + DAY), (there, NOW + DAY, None)]
    assert visit == deal.visits.latest("pk")
    assert (visit.entered_by, deal.stage_entered_at) == (rep, NOW + DAY)
    assert deal.version == version + 1
    event = last_event(deal)
    assert (event.kind, event.by, event.at, event.version) == (Event.Kind.ADVANCED, rep, NOW + DAY, deal.version)
    assert (event.from_stage.name_en, event.to_stage.name_en) == (here, there)
    assert (deal.steps_met, deal.steps_required, deal.is_ready) == (0, len(REQUIRED[there]), False)


@pytest.mark.parametrize(("here", "field"), EACH_STEP)
def test_one_required_step_missing_holds_the_gate_shut_and_is_named_alone(rep, here, field):
    deal = factories.fill(factories.deal_in(here, owner=rep), here, leave=[field])
    if field in ("contact", "account"):  # a contact brings the account, too
        deal = factories.edit(deal, **{field: None})
    move = finish if here == CLOSE else forward

    with refused(transitions.GateClosed) as caught:
        move(deal)

    assert missing(caught) == [(here, field)]
    assert step(field).name in str(caught.value)
    assert not deal.is_ready


@pytest.mark.parametrize("here", STAGES)
def test_everything_missing_is_listed_in_order_by_name(rep, here):
    deal = factories.deal_in(here, owner=rep)

    with refused(transitions.GateClosed) as caught:
        (finish if here == CLOSE else forward)(deal)

    assert missing(caught) == [(here, field) for field in REQUIRED[here]]
    for field in REQUIRED[here]:
        assert step(field).name in str(caught.value)


def test_the_optional_step_never_blocks(rep):
    deal = factories.ready_deal(PROPOSE, owner=rep)
    assert not deal.proposal_developed

    forward(deal)

    assert where(deal)[0] == CLOSE


def test_the_gate_looks_at_the_stages_before_the_active_one_too(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)
    factories.change_step("contact", field="description")

    with refused(transitions.GateClosed) as caught:
        forward(deal)

    assert missing(caught) == [(QUALIFY, "description")]


def test_there_is_no_next_stage_after_the_last(rep):
    for deal in (factories.ready_deal(CLOSE, owner=rep), factories.finished_deal(owner=rep)):
        with refused(transitions.NoSuchMove, "no stage after Close"):
            forward(deal)


def test_the_visit_keeps_what_its_stage_required_and_how_that_stood(rep, manager):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    waive(deal, "customer_need", by=manager)

    forward(deal)

    left = deal.visits.get(stage=stage(DEVELOP))
    assert {each["field"]: each["state"] for each in left.requirements} == {
        "customer_need": "waived",
        "proposed_solution": "met",
        "stakeholders_identified": "met",
        "competitors_identified": "met",
    }
    assert left.left_by == rep


def test_a_visit_never_ends_before_it_began(rep):
    deal = factories.ready_deal(QUALIFY, owner=rep)

    forward(deal, at=NOW - DAY)

    assert visits(deal)[0] == (QUALIFY, NOW, NOW)


# A button drawn for another stage


def test_a_second_press_of_the_same_button_moves_nothing_and_says_who_was_first(rep, colleague):
    deal = factories.ready_deal(QUALIFY, owner=rep)
    factories.add_team_member(deal, user=colleague)
    forward(deal, by=colleague, at=NOW + HOUR)

    with refused(transitions.AlreadyMoved, "is in Develop now") as caught:
        forward(deal)

    event = caught.value.event
    assert (event.by, event.at, event.to_stage.name_en) == (colleague, NOW + HOUR, DEVELOP)


@pytest.mark.parametrize("move", [forward, back, finish, factories.win, factories.lose])
def test_every_move_goes_by_the_stage_its_button_was_drawn_for(rep, move):
    deal = factories.ready_deal(DEVELOP, owner=rep)

    with refused(transitions.AlreadyMoved):
        move(deal, from_stage=stage(QUALIFY))


def test_move_here_goes_by_the_stage_its_button_was_drawn_for(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)

    with refused(transitions.AlreadyMoved):
        jump(deal, PROPOSE, from_stage=stage(QUALIFY))


def test_what_happened_after_the_move_does_not_hide_who_moved_it(rep, manager):
    deal = factories.ready_deal(QUALIFY, owner=rep)
    forward(deal, at=NOW + HOUR)
    waive(deal, "customer_need", by=manager)
    hold(deal, by=manager)

    with refused(transitions.AlreadyMoved) as caught:
        forward(deal)

    assert (caught.value.event.kind, caught.value.event.by) == (Event.Kind.ADVANCED, rep)


# Move here


def test_move_here_enters_a_later_stage_at_once_and_gives_no_visit_to_those_between(rep):
    deal = factories.fill(factories.OpportunityFactory(owner=rep))

    visit = jump(deal, CLOSE, at=NOW + DAY)

    assert where(deal) == (CLOSE, CLOSE, False, "open")
    assert visits(deal) == [(QUALIFY, NOW, NOW + DAY), (CLOSE, NOW + DAY, None)]
    assert visit.stage.name_en == CLOSE
    event = last_event(deal)
    assert (event.kind, event.from_stage.name_en, event.to_stage.name_en) == (Event.Kind.JUMPED, QUALIFY, CLOSE)


@pytest.mark.parametrize(
    ("here", "to", "field"),
    [
        (here, to, field)
        for here, to, field in [
            (QUALIFY, CLOSE, "purchase_timeframe"),
            (QUALIFY, CLOSE, "proposed_solution"),
            (QUALIFY, CLOSE, "internal_review_completed"),
            (QUALIFY, PROPOSE, "competitors_identified"),
            (DEVELOP, CLOSE, "sales_team_identified"),
        ]
    ],
)
def test_every_gate_on_the_way_must_open(rep, here, to, field):
    deal = factories.fill(factories.deal_in(here, owner=rep), leave=[field])

    with refused(transitions.GateClosed) as caught:
        jump(deal, to)

    assert missing(caught) == [(step(field).stage.name_en, field)]


def test_what_the_stage_moved_to_asks_for_holds_nobody_back(rep):
    deal = factories.ready_deal(QUALIFY, owner=rep)

    jump(deal, DEVELOP)

    assert where(deal)[0] == DEVELOP


@pytest.mark.parametrize("to", [QUALIFY, DEVELOP])
def test_move_here_leads_forward_only(rep, to):
    deal = factories.ready_deal(DEVELOP, owner=rep)

    with refused(transitions.NoSuchMove, "does not lie ahead"):
        jump(deal, to)


def test_a_finished_process_has_nothing_ahead(rep):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.NoSuchMove):
        jump(deal, CLOSE)


def test_nobody_moves_to_a_stage_of_another_process_or_one_that_is_archived(rep):
    deal = factories.fill(factories.OpportunityFactory(owner=rep))
    foreign = factories.add_stage(Process.objects.create(name_en="Tenders"), "Read")
    factories.change_stage(PROPOSE, is_archived=True)

    for target in (foreign, stage(PROPOSE)):
        with refused(transitions.NoSuchMove, "not a stage of this process"):
            transitions.jump(opportunity=deal, by=rep, at=NOW, to_stage=target)
        with refused(transitions.NoSuchMove, "not a stage of this process"):
            back(deal, to_stage=target)


# Back


def test_back_is_a_new_visit_to_the_previous_stage_and_asks_for_nothing(rep):
    deal = factories.deal_in(PROPOSE, owner=rep)

    visit = back(deal, at=NOW + DAY, reason="They want something else.")

    assert where(deal) == (DEVELOP, DEVELOP, False, "open")
    assert visits(deal)[-2:] == [(PROPOSE, NOW, NOW + DAY), (DEVELOP, NOW + DAY, None)]
    assert visit.stage.name_en == DEVELOP
    event = last_event(deal)
    assert (event.kind, event.reason) == (Event.Kind.WENT_BACK, "They want something else.")
    assert {each["state"] for each in deal.visits.get(stage=stage(PROPOSE)).requirements} == {"unmet"}


@pytest.mark.parametrize("to", [QUALIFY, DEVELOP, PROPOSE])
def test_back_leads_to_any_stage_that_was_visited(rep, to):
    deal = factories.deal_in(CLOSE, owner=rep)

    back(deal, to_stage=stage(to))

    assert where(deal)[0] == to


def test_a_stage_that_was_skipped_is_nowhere_to_go_back_to(rep):
    deal = factories.fill(factories.OpportunityFactory(owner=rep))
    jump(deal, CLOSE)
    deal = factories.reread(deal)

    with refused(transitions.NoSuchMove, "was skipped"):
        back(deal, to_stage=stage(DEVELOP))

    back(deal, to_stage=stage(PROPOSE))  # the previous one may be entered, visited or not
    assert where(deal)[0] == PROPOSE


@pytest.mark.parametrize("to", [DEVELOP, PROPOSE, CLOSE])
def test_back_is_no_way_around_a_gate(rep, to):
    deal = factories.deal_in(CLOSE, owner=rep)
    back(deal, to_stage=stage(DEVELOP))
    deal = factories.edit(factories.reread(deal), customer_need="")

    with refused(transitions.NoSuchMove, "does not lie behind"):
        back(deal, to_stage=stage(to))


def test_there_is_nothing_before_the_first_stage(rep):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.NoSuchMove, "no stage before Qualify"):
        back(deal)


@pytest.mark.parametrize("to", [None, CLOSE, QUALIFY])
def test_a_finished_process_that_goes_back_is_finished_no_longer(rep, to):
    deal = factories.finished_deal(owner=rep)

    back(deal, to_stage=to and stage(to), at=NOW + DAY)

    assert where(deal) == (to or PROPOSE, to or PROPOSE, False, "open")
    assert deal.instances.get().finished_at is None
    assert visits(deal)[-1] == (to or PROPOSE, NOW + DAY, None)


# Finish


def test_finish_ends_the_last_visit_and_leaves_the_last_stage_active(rep):
    deal = factories.ready_deal(CLOSE, owner=rep)

    visit = finish(deal, at=NOW + DAY)

    assert where(deal) == (CLOSE, CLOSE, True, "open")
    assert deal.instances.get().finished_at == NOW + DAY
    assert visits(deal)[-1] == (CLOSE, NOW, NOW + DAY)
    assert visit.stage.name_en == CLOSE
    assert last_event(deal).kind == Event.Kind.FINISHED


@pytest.mark.parametrize("here", [QUALIFY, DEVELOP, PROPOSE])
def test_only_the_last_stage_is_finished(rep, here):
    deal = factories.fill(factories.deal_in(here, owner=rep))

    with refused(transitions.NoSuchMove, "Only the last stage"):
        finish(deal)


def test_a_process_is_finished_once(rep):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.NoSuchMove, "already finished"):
        finish(deal)


# Hold and resume


def test_on_hold_is_a_row_on_the_visit_and_a_status_reason(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)

    made = hold(deal, at=NOW + HOUR, reason="They are on holiday.")

    deal = factories.reread(deal)
    assert (deal.is_on_hold, deal.status_reason.key, deal.status) == (True, "on_hold", "open")
    assert (made.visit.stage.name_en, made.from_at, made.until_at, made.by) == (DEVELOP, NOW + HOUR, None, rep)
    assert (last_event(deal).kind, last_event(deal).reason) == (Event.Kind.HELD, "They are on holiday.")


def test_resume_ends_the_hold_where_it_was(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)
    made = hold(deal)

    transitions.resume(opportunity=deal, by=rep, at=NOW + DAY)

    made.refresh_from_db()
    deal = factories.reread(deal)
    assert (made.until_at, made.ended_by) == (NOW + DAY, rep)
    assert (deal.is_on_hold, deal.status_reason.key) == (False, "in_progress")
    assert where(deal)[0] == DEVELOP
    assert last_event(deal).kind == Event.Kind.RESUMED


def moves_of_an_open_deal():
    yield "advance", DEVELOP, forward
    yield "back", DEVELOP, back
    yield "jump", DEVELOP, lambda deal, at: jump(deal, PROPOSE, at=at)
    yield "finish", CLOSE, finish
    yield "won", CLOSE, factories.win
    yield "lost", CLOSE, factories.lose


@pytest.mark.parametrize(
    ("here", "move"),
    [pytest.param(here, move, id=name) for name, here, move in moves_of_an_open_deal()],
)
def test_any_other_move_ends_the_hold(rep, here, move):
    deal = factories.ready_deal(here, owner=rep)
    made = hold(deal)

    move(deal, at=NOW + DAY)

    made.refresh_from_db()
    deal = factories.reread(deal)
    assert (made.until_at, deal.is_on_hold) == (NOW + DAY, False)
    assert deal.status_reason.key == (
        deal.closings.get().status_reason.key if deal.closings.exists() else "in_progress"
    )


def test_an_edit_does_not_end_the_hold(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)
    hold(deal)

    factories.edit(deal, customer_need="Trucks")

    assert factories.reread(deal).is_on_hold


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\u00a0"])
def test_a_hold_has_a_reason(rep, reason):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        hold(deal, reason=reason)

    assert caught.value.field == "reason"


def test_what_is_on_hold_is_not_held_again_and_what_is_not_is_not_resumed(rep):
    deal = factories.OpportunityFactory(owner=rep)
    with refused(transitions.NoSuchMove, "not on hold"):
        transitions.resume(opportunity=deal, by=rep, at=NOW)
    hold(deal)

    with refused(transitions.NoSuchMove):
        hold(deal)


def test_a_finished_process_is_not_put_on_hold(rep):
    deal = factories.finished_deal(owner=rep)

    with refused(transitions.NoSuchMove):
        hold(deal)


# Waive


def test_a_waived_step_counts_as_met(rep, manager):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    waiver = waive(deal, "customer_need", by=manager, reason="They cannot say.")

    deal = factories.reread(deal)
    assert (waiver.by, waiver.at, waiver.reason) == (manager, NOW, "They cannot say.")
    assert (deal.is_ready, deal.steps_met, deal.steps_required) == (True, 4, 4)
    event = last_event(deal)
    assert (event.kind, event.reason, event.by) == (Event.Kind.WAIVED, "They cannot say.", manager)
    forward(deal)
    assert where(deal)[0] == PROPOSE


def test_a_waiver_holds_for_one_opportunity_only(rep, manager):
    waived, other = (
        factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"]) for _ in range(2)
    )
    waive(waived, "customer_need", by=manager)

    with refused(transitions.GateClosed):
        forward(other)


def test_only_managers_waive(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.NotAllowed):
        waive(deal, "contact", by=rep)
    with refused(transitions.NotAllowed):
        waive(deal, "contact", by=colleague)


@pytest.mark.parametrize("reason", ["", "\t\n", "\u2060"])
def test_a_waiver_has_a_reason(rep, manager, reason):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EntryMissing) as caught:
        waive(deal, "contact", by=manager, reason=reason)

    assert caught.value.field == "reason"


def test_only_a_required_step_that_is_missing_is_waived_and_once(rep, manager):
    deal = factories.ready_deal(QUALIFY, owner=rep)

    with refused(transitions.NoSuchMove, "is not missing"):
        waive(deal, "contact", by=manager)
    with refused(transitions.NoSuchMove, "is not missing"):
        waive(deal, "proposal_developed", by=manager)
    waive(deal, "customer_need", by=manager)
    with refused(transitions.NoSuchMove, "is not missing"):
        waive(deal, "customer_need", by=manager)


def test_a_step_that_asks_for_something_unknown_holds_the_gate_until_it_is_waived(rep, manager):
    deal = factories.ready_deal(QUALIFY, owner=rep)
    factories.change_step("contact", field="shoe_size")

    with refused(transitions.GateClosed) as caught:
        forward(deal)
    assert missing(caught) == [(QUALIFY, "shoe_size")]

    waive(deal, "shoe_size", by=manager)
    forward(deal)
    assert where(deal)[0] == DEVELOP


# Who, and whether it is there at all

MOVES = {
    "advance": lambda deal, by: forward(deal, by=by),
    "jump": lambda deal, by: jump(deal, PROPOSE, by=by),
    "back": lambda deal, by: back(deal, by=by),
    "finish": lambda deal, by: finish(deal, by=by),
    "won": lambda deal, by: factories.win(deal, by=by),
    "lost": lambda deal, by: factories.lose(deal, by=by),
    "hold": lambda deal, by: hold(deal, by=by),
    "resume": lambda deal, by: transitions.resume(opportunity=deal, by=by, at=NOW),
    "waive": lambda deal, by: waive(deal, "decision_date", by=by),
    "reopen": lambda deal, by: transitions.reopen(opportunity=deal, by=by, at=NOW, reason="Again."),
    "edit": lambda deal, by: factories.edit(deal, by=by, name="Mine now"),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_who_has_no_part_in_an_opportunity_moves_nothing(rep, colleague, stranger, move):
    deal = factories.deal_in(DEVELOP, owner=rep)

    for outsider in (colleague, stranger):
        with refused(transitions.NotAllowed):
            move(deal, outsider)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_an_opportunity_that_was_deleted_is_gone(rep, manager, move):
    deal = factories.OpportunityFactory(owner=rep)
    ghost = Opportunity(pk=deal.pk + 1_000_000, owner=rep, active_stage=deal.active_stage)

    with refused(transitions.Gone, "deleted"):
        move(ghost, manager)


@pytest.mark.parametrize("move", [name for name in MOVES if name != "reopen"])
@pytest.mark.parametrize("closed", [factories.won_deal, factories.lost_deal])
def test_a_closed_opportunity_stays_where_it_is(rep, manager, move, closed):
    deal = closed(owner=rep)

    for person in (rep, manager):
        with refused(transitions.OpportunityClosed, "closed and can only be read"):
            MOVES[move](deal, person)


def test_team_members_and_managers_move_what_they_do_not_own(rep, colleague, manager):
    deal = factories.ready_deal(QUALIFY, owner=rep)
    factories.add_team_member(deal, user=colleague)

    forward(deal, by=colleague)
    back(factories.reread(deal), by=manager)

    assert where(deal)[0] == QUALIFY


def test_the_opportunity_that_was_passed_in_never_changes(rep):
    deal = factories.ready_deal(QUALIFY, owner=rep)
    before = dict(deal.__dict__)

    forward(deal)

    assert {name: value for name, value in deal.__dict__.items() if name in before and name != "_state"} == {
        name: value for name, value in before.items() if name != "_state"
    }


def test_one_visit_is_open_while_the_process_runs_and_none_when_it_is_finished(rep):
    deal = factories.deal_in(CLOSE, owner=rep)
    assert StageVisit.objects.filter(opportunity=deal, left_at=None).count() == 1

    finish(factories.fill(deal))
    assert StageVisit.objects.filter(opportunity=deal, left_at=None).count() == 0


def test_a_finished_deal_is_not_moved_on_by_a_stage_that_was_added_behind_the_last(rep):
    deal = factories.finished_deal(owner=rep)
    after = factories.add_stage(stage(CLOSE).process, "After", order=9)

    with refused(transitions.NoSuchMove):
        jump(deal, after.name_en)
    with refused(transitions.NoSuchMove):
        transitions.advance(opportunity=deal, by=rep, at=NOW)

    factories.win(deal)
    assert factories.reread(deal).is_won
    assert list(verification.faults()) == []

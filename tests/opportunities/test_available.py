"""`available` and the moves agree: a move is open exactly when making it succeeds."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.transitions import Move, MoveKind
from salesflow.users.models import SALES_MANAGER
from stages.models import LostGate, Process
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, STAGES, TODAY, opportunity_in, reread, stage

pytestmark = pytest.mark.django_db

STEPS = ("customer_need", "debrief_filed", "proposal_developed")  # the last is optional
SAID = {"reason": "They said so."}
NEED_STEP_AND_REASON = (
    MoveKind.WAIVE,
    MoveKind.ASK_FOR_WAIVER,
    MoveKind.APPROVE_WAIVER_REQUEST,
    MoveKind.WITHDRAW_WAIVER,
)
ABOUT_A_STEP = (*NEED_STEP_AND_REASON, MoveKind.TAKE_BACK_WAIVER_REQUEST, MoveKind.DECLINE_WAIVER_REQUEST)


def make(move, opportunity, by):
    """Makes the move with valid entries."""
    common = {"opportunity": opportunity, "by": by, "at": NOW}
    lost = {"reason": factories.reason("canceled"), "closed_on": TODAY, "description": "No money."}
    entries = {
        MoveKind.JUMP: {"to_stage": move.target},
        MoveKind.GO_BACK: {"to_stage": move.target},
        MoveKind.REOPEN: {"to_stage": move.target, **SAID},
        MoveKind.CLOSE_AS_WON: {"actual_revenue": Decimal(1), "closed_on": TODAY},
        MoveKind.CLOSE_AS_LOST: lost,
        MoveKind.WAIVE_AND_CLOSE: {"waive_because": "It is dead.", **lost},
        **{kind: {"step": move.target, **SAID} for kind in NEED_STEP_AND_REASON},
        MoveKind.TAKE_BACK_WAIVER_REQUEST: {"step": move.target},
        MoveKind.DECLINE_WAIVER_REQUEST: {"step": move.target},
        MoveKind.HOLD: SAID,
        MoveKind.ASK_MANAGER: lost,
        MoveKind.APPROVE_CLOSE_REQUEST: {"waive_because": "It is dead."},
        MoveKind.DECLINE_CLOSE_REQUEST: {"answer": "Not yet."},
    }
    name = "close_as_lost" if move.kind is MoveKind.WAIVE_AND_CLOSE else move.kind.value
    getattr(transitions, name)(**common, **entries.get(move.kind, {}))


def every_move():
    to_stages = [
        Move(kind, stage(name)) for kind in (MoveKind.JUMP, MoveKind.GO_BACK, MoveKind.REOPEN) for name in STAGES
    ]
    about_steps = [Move(kind, factories.step(name)) for kind in ABOUT_A_STEP for name in STEPS]
    others = set(MoveKind) - {move.kind for move in to_stages + about_steps}
    return [*to_stages, *about_steps, *(Move(kind) for kind in sorted(others))]


def succeeds(move, opportunity, by):
    """Whether the move can be made. Rolls it back."""
    try:
        with transaction.atomic():
            make(move, opportunity, by)
            transaction.set_rollback(True)
    except transitions.Refused:
        return False
    return True


def is_listed_as_open(move, moves):
    target = None if move.kind in (MoveKind.ADVANCE, MoveKind.FINISH) else move.target
    found = transitions.find(moves, move.kind, target)
    return found is not None and found.is_open


def assert_agree(opportunity, by):
    opportunity = reread(opportunity)
    moves = transitions.available(opportunity, by=by)
    for move in every_move():
        assert is_listed_as_open(move, moves) == succeeds(move, opportunity, by), (move.kind, move.target, str(by))


people = st.sampled_from(["owner", "member", "manager", "outsider"])
past = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.sampled_from(STAGES)),
        st.tuples(st.just("fill"), st.sampled_from(STAGES)),
        st.tuples(st.sampled_from(["advance", "advance", "finish", "hold", "ask", "lose", "win"]), st.none()),
        st.tuples(st.sampled_from(["jump", "go_back", "reopen"]), st.sampled_from(STAGES)),
        st.tuples(st.just("waive"), st.sampled_from(STEPS)),
        st.tuples(
            st.sampled_from(["ask_for_waiver", "ask_for_waiver", "approve_waiver_request", "withdraw_waiver"]),
            st.sampled_from(STEPS),
        ),
    ),
    max_size=7,
)
KINDS = {"ask": MoveKind.ASK_MANAGER, "lose": MoveKind.WAIVE_AND_CLOSE, "win": MoveKind.CLOSE_AS_WON}


def make_history(opportunity, past, manager):
    """Makes those of the past acts that are possible, as a manager."""
    for name, what in past:
        now = reread(opportunity)
        if name == "fill":
            if now.is_open:
                factories.fill(now, what, by=manager)
            continue
        target = stage(what) if what in STAGES else factories.step(what) if what else None
        move = Move(KINDS.get(name) or MoveKind(name), target)
        if succeeds(move, now, manager):
            make(move, now, manager)


@pytest.mark.sweep
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(begins_in=st.sampled_from(STAGES), past=past, who=people, lost_gate=st.sampled_from(LostGate.values))
def test_a_move_is_open_exactly_when_making_it_succeeds(begins_in, past, who, lost_gate):
    with transaction.atomic():
        Process.objects.update(lost_gate=lost_gate)
        owner, member, outsider = (factories.UserFactory() for _ in range(3))
        manager = factories.UserFactory(role=SALES_MANAGER)
        opportunity = opportunity_in(begins_in, owner=owner)
        factories.add_team_member(opportunity, user=member)
        make_history(opportunity, past, manager)

        assert_agree(opportunity, {"owner": owner, "member": member, "manager": manager, "outsider": outsider}[who])

        transaction.set_rollback(True)


def kinds(opportunity, by):
    return {move.kind for move in transitions.available(reread(opportunity), by=by)}


def test_the_owner_of_a_new_opportunity_has_these_moves(rep):
    opportunity = opportunity_in(QUALIFY, owner=rep)

    moves = transitions.available(opportunity, by=rep)

    assert kinds(opportunity, rep) == {
        *(
            MoveKind.ADVANCE,
            MoveKind.JUMP,
            MoveKind.CLOSE_AS_WON,
            MoveKind.CLOSE_AS_LOST,
            MoveKind.HOLD,
            MoveKind.ASK_MANAGER,
            MoveKind.ASK_FOR_WAIVER,
        )
    }
    assert [move.target for move in moves if move.kind is MoveKind.JUMP] == [
        stage(n) for n in (DEVELOP, PROPOSE, CLOSE)
    ]
    assert transitions.find(moves, MoveKind.CLOSE_AS_WON).only_in == stage(CLOSE)


def test_each_move_lists_its_unmet_steps(rep):
    opportunity = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    moves = transitions.available(opportunity, by=rep)

    advance = transitions.find(moves, MoveKind.ADVANCE)
    jump = transitions.find(moves, MoveKind.JUMP, stage(CLOSE))
    assert [unmet.step.field for unmet in advance.unmet] == ["customer_need"]
    assert jump.unmet[0].step.field == "customer_need"
    assert len(jump.unmet) > 1


def test_a_closed_opportunity_can_only_be_reopened_by_owner_and_managers(rep, colleague, manager):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    make(Move(MoveKind.WAIVE_AND_CLOSE), opportunity, manager)

    assert kinds(opportunity, rep) == kinds(opportunity, manager) == {MoveKind.REOPEN}
    targets = [move.target for move in transitions.available(reread(opportunity), by=rep)]
    assert targets == [stage(QUALIFY), stage(DEVELOP)]
    assert kinds(opportunity, colleague) == set()


def test_a_user_who_may_not_edit_has_no_moves(rep, colleague):
    assert transitions.available(opportunity_in(DEVELOP, owner=rep), by=colleague) == []


def test_a_finished_process_can_go_back_to_every_visited_stage(rep):
    moves = transitions.available(factories.finished_opportunity(owner=rep), by=rep)

    targets = [move.target for move in moves if move.kind is MoveKind.GO_BACK]
    assert targets == [stage(name) for name in STAGES]


def test_available_reads_the_progress_once(rep, django_assert_max_num_queries):
    opportunity = Opportunity.objects.get(pk=opportunity_in(CLOSE, owner=rep).pk)
    rep.is_manager  # noqa: B018 - reads the groups

    with django_assert_max_num_queries(6):
        transitions.available(opportunity, by=rep)

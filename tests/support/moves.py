"""The moves with the defaults of most tests (by the owner, at NOW), and helpers that read the state after a move."""

from opportunities import transitions
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step

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


def forward(opportunity, by=None, at=NOW, **more):
    return transitions.advance(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


def back(opportunity, by=None, at=NOW, **more):
    return transitions.go_back(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


def jump(opportunity, to, by=None, at=NOW, **more):
    return transitions.jump(opportunity=opportunity, by=by or opportunity.owner, at=at, to_stage=stage(to), **more)


def finish(opportunity, by=None, at=NOW, **more):
    return transitions.finish(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


def hold(opportunity, by=None, at=NOW, reason="They are on holiday."):
    return transitions.hold(opportunity=opportunity, by=by or opportunity.owner, at=at, reason=reason)


def waive(opportunity, field, by, at=NOW, reason="They do not say."):
    return transitions.waive(opportunity=opportunity, by=by, at=at, step=step(field), reason=reason)


def ask_for_waiver(opportunity, field, by=None, at=NOW, reason="It does not apply."):
    asks = by or opportunity.owner
    return transitions.ask_for_waiver(opportunity=opportunity, by=asks, at=at, step=step(field), reason=reason)


def approve_waiver(opportunity, field, by, at=NOW, reason="They do not say."):
    return transitions.approve_waiver_request(opportunity=opportunity, by=by, at=at, step=step(field), reason=reason)


def decline_waiver(opportunity, field, by, at=NOW, answer=""):
    return transitions.decline_waiver_request(opportunity=opportunity, by=by, at=at, step=step(field), answer=answer)


def withdraw_waiver(opportunity, field, by, at=NOW, reason="They say now."):
    return transitions.withdraw_waiver(opportunity=opportunity, by=by, at=at, step=step(field), reason=reason)


def visits(opportunity):
    """The visits in order: stage, time of entering, time of leaving."""
    return [(visit.stage.name_en, visit.entered_at, visit.left_at) for visit in opportunity.visits.order_by("pk")]


def last_event(opportunity):
    return opportunity.events.latest("version")


def where(opportunity):
    opportunity = factories.reread(opportunity)
    return (
        opportunity.active_stage.name_en,
        opportunity.pipeline_phase.name_en,
        opportunity.is_finished,
        opportunity.status,
    )


def missing(refusal):
    return [(each.stage.name_en, each.step.field) for each in refusal.value.unmet]

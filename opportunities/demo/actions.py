"""The actions on an opportunity of a demo. Each one writes through `editing` or `transitions`."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from opportunities import transitions
from opportunities.demo.context import DAY, DemoOpportunity
from opportunities.editing import tasks
from opportunities.models import Opportunity, StageVisit, Stakeholder, StatusReason, TeamMember
from salesflow.users.models import User
from stages import gates
from stages.models import Step

Action = Callable[[DemoOpportunity], None]


def start(demo: DemoOpportunity) -> None:
    demo.opportunity = transitions.start(
        by=demo.owner,
        at=demo.at,
        owner=demo.owner,
        name=demo.entry.name,
        account=demo.account,
        contact=demo.contacts[0][0],
        description=demo.phrase("origins"),
        estimated_revenue=demo.entry.revenue,
        estimated_close_date=demo.ends_on,
        rating=demo.rng.choice(Opportunity.Rating.values),
        next_step=demo.rng.choice(demo.phrases["next_steps"][0]),
        next_step_due=demo.at.date() + demo.rng.randint(2, 9) * DAY,
    )


# Filling in


def fill(demo: DemoOpportunity, share: float = 1, leave: str = "", of: int | None = None) -> None:
    """Fills in this share of the steps of the active stage, without the field `leave`.

    `of` is the index of another stage.
    """
    steps = gates.steps_in_use(demo.stage if of is None else demo.stages[of])
    with demo.edit() as record:
        for step in steps[: round(len(steps) * share)]:
            if step.field != leave:
                _answer(demo, record, step)
        _rate(demo, record)
        demo.opportunity = record


fill_half = partial(fill, share=0.5)


def _answer(demo: DemoOpportunity, record: Opportunity, step: Step) -> None:
    if step.evidence:
        EVIDENCE[step.evidence](demo, record)
    setattr(record, step.field, _answers(demo).get(step.field, True))


def _answers(demo: DemoOpportunity) -> dict[str, Any]:
    """The value of each field that is not a tick."""
    entry = demo.entry
    return {
        "account": demo.account,
        "contact": demo.contacts[0][0],
        "purchase_timeframe": _timeframe(demo),
        "estimated_budget": demo.opportunity.estimated_budget or demo.round_sum(0.8, 1.3),
        "purchase_process": "individual" if len(demo.contacts) <= 2 else "committee",
        "customer_need": entry.need,
        "proposed_solution": entry.solution,
        "decision_date": demo.ends_on,
        "estimated_revenue": entry.revenue,
        "estimated_close_date": demo.ends_on,
        "description": demo.opportunity.description,
    }


def _timeframe(demo: DemoOpportunity) -> str:
    days = (demo.ends_on - demo.at.date()).days
    limits = ((30, "immediate"), (90, "this_quarter"), (150, "next_quarter"), (240, "this_year"))
    return next((answer for limit, answer in limits if days < limit), "unknown")


def _rate(demo: DemoOpportunity, record: Opportunity) -> None:
    """Sets rating, forecast, probability and revenue, from the third stage on."""
    if demo.position >= 2:
        record.rating = Opportunity.Rating.HOT
        record.forecast_category = ("best_case", "committed")[demo.position - 2]
        record.probability = demo.rng.choice([None, None, 50, 70, 90])
        record.estimated_revenue = demo.round_sum(0.95, 1.1)


def _name_decision_maker(demo: DemoOpportunity, record: Opportunity) -> None:
    _name(demo, record, {Stakeholder.Role.DECISION_MAKER})


def _name_all_stakeholders(demo: DemoOpportunity, record: Opportunity) -> None:
    _name(demo, record, set(Stakeholder.Role.values))


def _name(demo: DemoOpportunity, record: Opportunity, roles: set[str]) -> None:
    for contact, role in demo.contacts:
        if role in roles:
            record.stakeholders.update_or_create(contact=contact, defaults={"role": role})


def _name_competitors(demo: DemoOpportunity, record: Opportunity) -> None:
    for name in demo.entry.competitors:
        record.competitor_links.get_or_create(competitor=demo.competitors[name])
    record.no_known_competitors = not demo.entry.competitors


def _gather_team(demo: DemoOpportunity, record: Opportunity) -> None:
    record.team_members.get_or_create(user=demo.owner)
    if demo.is_shared:
        helps = TeamMember.Role.TECHNICAL_SALES
        record.team_members.get_or_create(user=demo.colleague, defaults={"role": helps})


EVIDENCE = {
    "decision_maker": _name_decision_maker,
    "stakeholder": _name_all_stakeholders,
    "competitor": _name_competitors,
    "team_member": _gather_team,
}


def revise(demo: DemoOpportunity) -> None:
    """Changes description and revenue, as after a conversation with the customer."""
    with demo.edit() as record:
        record.description = f"{record.description} {demo.phrases['revised']}"
        record.estimated_revenue = demo.round_sum(0.7, 0.9)
        demo.opportunity = record


def plan(demo: DemoOpportunity) -> None:
    """Completes the next step and plans another: overdue, due today, due later, or none."""
    kind = demo.rng.choices(("overdue", "today", "soon", "later", "nothing"), weights=(25, 8, 40, 17, 10))[0]
    with demo.edit() as record:
        for task in record.tasks.open():
            task.opportunity = record
            tasks.complete(task)
        if kind == "nothing":
            return
        where = -1 if record.is_finished else demo.position
        tasks.plan(record, text=demo.rng.choice(demo.phrases["next_steps"][where]), due=_due(demo, kind))


def _due(demo: DemoOpportunity, kind: str) -> datetime.date:
    if kind == "overdue":
        return max(demo.at.date(), demo.today - demo.rng.randint(1, 9) * DAY)
    least, most = {"today": (0, 0), "soon": (1, 7), "later": (8, 45)}[kind]
    return demo.today + demo.rng.randint(least, most) * DAY


# Moves


def advance(demo: DemoOpportunity) -> None:
    _entered(demo, transitions.advance(opportunity=demo.opportunity, by=demo.owner, at=demo.at))


def jump(demo: DemoOpportunity, to: int) -> None:
    """Moves to the stage with that index."""
    target = demo.stages[to]
    _entered(demo, transitions.jump(opportunity=demo.opportunity, by=demo.owner, at=demo.at, to_stage=target))


def go_back(demo: DemoOpportunity) -> None:
    reason = demo.phrase("back")
    _entered(demo, transitions.go_back(opportunity=demo.opportunity, by=demo.owner, at=demo.at, reason=reason))


def _entered(demo: DemoOpportunity, visit: StageVisit) -> None:
    demo.opportunity.active_stage, demo.opportunity.is_finished = visit.stage, False


def hold(demo: DemoOpportunity) -> None:
    transitions.hold(opportunity=demo.opportunity, by=demo.owner, at=demo.at, reason=demo.phrase("hold"))


def resume(demo: DemoOpportunity) -> None:
    transitions.resume(opportunity=demo.opportunity, by=demo.owner, at=demo.at)


def waive(demo: DemoOpportunity, field: str) -> None:
    """The manager waives the step of the active stage that asks for that field."""
    transitions.waive(by=demo.manager, reason=demo.phrases["waive"], **_about(demo, field))


def ask_for_waiver(demo: DemoOpportunity, field: str) -> None:
    transitions.ask_for_waiver(by=demo.owner, reason=demo.phrases["ask_for_waiver"], **_about(demo, field))


def take_back(demo: DemoOpportunity, field: str) -> None:
    transitions.take_back_waiver_request(by=demo.owner, **_about(demo, field))


def approve_waiver(demo: DemoOpportunity, field: str) -> None:
    transitions.approve_waiver_request(by=demo.manager, reason=demo.phrases["waive"], **_about(demo, field))


def decline_waiver(demo: DemoOpportunity, field: str) -> None:
    transitions.decline_waiver_request(by=demo.manager, answer=demo.phrases["decline_waiver"], **_about(demo, field))


def withdraw_waiver(demo: DemoOpportunity, field: str) -> None:
    transitions.withdraw_waiver(by=demo.manager, reason=demo.phrases["withdraw"], **_about(demo, field))


def _about(demo: DemoOpportunity, field: str) -> dict[str, Any]:
    """The arguments of an act about the step of the active stage that asks for that field."""
    step = next(step for step in gates.required_steps(demo.stage) if step.field == field)
    return {"opportunity": demo.opportunity, "at": demo.at, "step": step}


def ask(demo: DemoOpportunity) -> None:
    """The owner asks the manager to close the opportunity as lost although steps are missing."""
    transitions.ask_manager(
        opportunity=demo.opportunity,
        by=demo.owner,
        at=demo.at,
        reason=_lost_reason("went_quiet"),
        closed_on=transitions.organisation_date(demo.at),
        description=demo.phrase("ask"),
    )


def decline(demo: DemoOpportunity) -> None:
    answer = demo.phrases["decline"]
    transitions.decline_close_request(opportunity=demo.opportunity, by=demo.manager, at=demo.at, answer=answer)


def take_request_back(demo: DemoOpportunity) -> None:
    transitions.take_back_close_request(opportunity=demo.opportunity, by=demo.owner, at=demo.at)


def give_up(demo: DemoOpportunity) -> None:
    """The manager waives all missing steps and closes the opportunity as lost."""
    lose(demo, by=demo.manager, waive_because=demo.phrases["waive_rest"])


def finish(demo: DemoOpportunity) -> None:
    transitions.finish(opportunity=demo.opportunity, by=demo.owner, at=demo.at)
    demo.opportunity.is_finished = True


def win(demo: DemoOpportunity) -> None:
    transitions.close_as_won(
        opportunity=demo.opportunity,
        by=demo.owner,
        at=demo.at,
        actual_revenue=demo.round_sum(0.9, 1.05),
        closed_on=transitions.organisation_date(demo.at),
        description=demo.entry.why,
    )


def lose(demo: DemoOpportunity, by: User | None = None, waive_because: str | None = None) -> None:
    winner, key = demo.entry.lost_to, demo.entry.lost_because
    transitions.close_as_lost(
        opportunity=demo.opportunity,
        by=by or demo.owner,
        at=demo.at,
        reason=_lost_reason("out_sold" if winner else key),
        competitor=demo.competitors[winner] if winner else None,
        closed_on=transitions.organisation_date(demo.at),
        description=demo.entry.why,
        waive_because=waive_because,
    )


def _lost_reason(key: str) -> StatusReason:
    return StatusReason.objects.get(key=key)


def reopen(demo: DemoOpportunity, to: int | None = None) -> None:
    """Reopens in the stage with that index, or in the stage in which it was closed."""
    target = None if to is None else demo.stages[to]
    reason = demo.phrases["reopen"][demo.opportunity.is_finished]
    _entered(
        demo,
        transitions.reopen(opportunity=demo.opportunity, by=demo.owner, at=demo.at, reason=reason, to_stage=target),
    )

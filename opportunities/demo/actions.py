"""The actions on an opportunity of a demo that start and move it. Each one calls `transitions`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from opportunities import transitions
from opportunities.demo.context import DAY, DemoOpportunity
from opportunities.models import Opportunity, StageVisit, StatusReason
from salesflow.users.models import User
from stages import gates
from stages.models import Process, stages_of

A_YEAR = 12  # months

Action = Callable[[DemoOpportunity], None]


def start(demo: DemoOpportunity, process: str = "") -> None:
    """Starts the opportunity in the process of this name, or in the one for new opportunities."""
    chosen = Process.objects.get(name_en=process) if process else None
    if chosen:
        demo.stages = stages_of(chosen.pk)
    demo.opportunity = transitions.start(
        process=chosen,
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


def renew(demo: DemoOpportunity) -> None:
    """Renews the won opportunity of the same name."""
    source = Opportunity.objects.get(name=demo.entry.name, status=Opportunity.Status.WON)
    ends_on = transitions.close_date_of_renewal(source, A_YEAR, demo.at)
    demo.opportunity = transitions.copy(
        opportunity=source,
        by=demo.owner,
        at=demo.at,
        name=demo.phrases["renewal"] % {"name": demo.entry.name, "year": ends_on.year},
        estimated_revenue=source.actual_revenue,
        take=list(transitions.CopyPart),
        renewed_after=A_YEAR,
    )


def copy(demo: DemoOpportunity) -> None:
    """Copies the other opportunity of the account that its owner has, with its people."""
    source = Opportunity.objects.filter(account=demo.account, owner=demo.owner).latest("pk")
    demo.opportunity = transitions.copy(
        opportunity=source,
        by=demo.owner,
        at=demo.at,
        name=demo.entry.name,
        estimated_revenue=Decimal(demo.entry.revenue),
        take=[transitions.CopyPart.STAKEHOLDERS, transitions.CopyPart.COMPETITORS],
    )
    with demo.edit() as record:
        record.estimated_close_date = demo.ends_on


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

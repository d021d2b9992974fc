"""What happens to an opportunity of a demo. Each act takes the story and writes through `editing` or `transitions`."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from opportunities import transitions
from opportunities.demo.context import DAY, Story
from opportunities.editing import tasks
from opportunities.models import Opportunity, StageVisit, Stakeholder, StatusReason, TeamMember
from salesflow.users.models import User
from stages import gates
from stages.models import Step

Act = Callable[[Story], None]


def start(story: Story) -> None:
    story.opportunity = transitions.start(
        by=story.owner,
        at=story.at,
        owner=story.owner,
        name=story.script.name,
        account=story.account,
        contact=story.contacts[0][0],
        description=story.say("origins"),
        estimated_revenue=story.script.revenue,
        estimated_close_date=story.ends_on,
        rating=story.chance.choice(Opportunity.Rating.values),
        next_step=story.chance.choice(story.phrases["next_steps"][0]),
        next_step_due=story.at.date() + story.chance.randint(2, 9) * DAY,
    )


# Filling in


def fill(story: Story, share: float = 1, leave: str = "", of: int | None = None) -> None:
    """Fill in this share of the steps of the stage (or of the one with that index), but for the field to leave."""
    steps = gates.steps_in_use(story.stage if of is None else story.stages[of])
    with story.edit() as record:
        for step in steps[: round(len(steps) * share)]:
            if step.field != leave:
                _answer(story, record, step)
        _judge(story, record)
        story.opportunity = record


fill_half = partial(fill, share=0.5)


def _answer(story: Story, record: Opportunity, step: Step) -> None:
    if step.evidence:
        EVIDENCE[step.evidence](story, record)
    setattr(record, step.field, _answers(story).get(step.field, True))


def _answers(story: Story) -> dict[str, Any]:
    """What fills each field that is not a tick."""
    script = story.script
    return {
        "account": story.account,
        "contact": story.contacts[0][0],
        "purchase_timeframe": _timeframe(story),
        "estimated_budget": story.opportunity.estimated_budget or story.round_sum(0.8, 1.3),
        "purchase_process": "individual" if len(story.contacts) <= 2 else "committee",
        "customer_need": script.need,
        "proposed_solution": script.solution,
        "decision_date": story.ends_on,
        "estimated_revenue": script.revenue,
        "estimated_close_date": story.ends_on,
        "description": story.opportunity.description,
    }


def _timeframe(story: Story) -> str:
    days = (story.ends_on - story.at.date()).days
    limits = ((30, "immediate"), (90, "this_quarter"), (150, "next_quarter"), (240, "this_year"))
    return next((answer for limit, answer in limits if days < limit), "unknown")


def _judge(story: Story, record: Opportunity) -> None:
    """How the owner sees the chances: the further, the brighter."""
    if story.position >= 2:
        record.rating = Opportunity.Rating.HOT
        record.forecast_category = ("best_case", "committed")[story.position - 2]
        record.probability = story.chance.choice([None, None, 50, 70, 90])
        record.estimated_revenue = story.round_sum(0.95, 1.1)


def _name_decision_maker(story: Story, record: Opportunity) -> None:
    _name(story, record, {Stakeholder.Role.DECISION_MAKER})


def _name_everybody(story: Story, record: Opportunity) -> None:
    _name(story, record, set(Stakeholder.Role.values))


def _name(story: Story, record: Opportunity, roles: set[str]) -> None:
    for contact, role in story.contacts:
        if role in roles:
            record.stakeholders.update_or_create(contact=contact, defaults={"role": role})


def _name_competitors(story: Story, record: Opportunity) -> None:
    for name in story.script.competitors:
        record.competitor_links.get_or_create(competitor=story.competitors[name])
    record.no_known_competitors = not story.script.competitors


def _gather_team(story: Story, record: Opportunity) -> None:
    record.team_members.get_or_create(user=story.owner)
    if story.is_shared:
        helps = TeamMember.Role.TECHNICAL_SALES
        record.team_members.get_or_create(user=story.colleague, defaults={"role": helps})


EVIDENCE = {
    "decision_maker": _name_decision_maker,
    "stakeholder": _name_everybody,
    "competitor": _name_competitors,
    "team_member": _gather_team,
}


def revise(story: Story) -> None:
    """Write down what has changed since the stage was first filled in."""
    with story.edit() as record:
        record.description = f"{record.description} {story.phrases['revised']}"
        record.estimated_revenue = story.round_sum(0.7, 0.9)
        story.opportunity = record


def plan(story: Story) -> None:
    """Complete the next step, and plan another: some are overdue, some due today or later. Some owners plan nothing."""
    kind = story.chance.choices(("overdue", "today", "soon", "later", "nothing"), weights=(25, 8, 40, 17, 10))[0]
    with story.edit() as record:
        for task in record.tasks.open():
            task.opportunity = record
            tasks.complete(task)
        if kind == "nothing":
            return
        where = -1 if record.is_finished else story.position
        tasks.plan(record, text=story.chance.choice(story.phrases["next_steps"][where]), due=_due(story, kind))


def _due(story: Story, kind: str) -> datetime.date:
    if kind == "overdue":
        return max(story.at.date(), story.today - story.chance.randint(1, 9) * DAY)
    least, most = {"today": (0, 0), "soon": (1, 7), "later": (8, 45)}[kind]
    return story.today + story.chance.randint(least, most) * DAY


# Moves


def advance(story: Story) -> None:
    _entered(story, transitions.advance(opportunity=story.opportunity, by=story.owner, at=story.at))


def jump(story: Story, to: int) -> None:
    """Straight to the stage of that index."""
    target = story.stages[to]
    _entered(story, transitions.jump(opportunity=story.opportunity, by=story.owner, at=story.at, to_stage=target))


def go_back(story: Story) -> None:
    reason = story.say("back")
    _entered(story, transitions.go_back(opportunity=story.opportunity, by=story.owner, at=story.at, reason=reason))


def _entered(story: Story, visit: StageVisit) -> None:
    story.opportunity.active_stage, story.opportunity.is_finished = visit.stage, False


def hold(story: Story) -> None:
    transitions.hold(opportunity=story.opportunity, by=story.owner, at=story.at, reason=story.say("hold"))


def resume(story: Story) -> None:
    transitions.resume(opportunity=story.opportunity, by=story.owner, at=story.at)


def waive(story: Story, field: str) -> None:
    """The manager lets the opportunity go on without what one step of its stage asks for."""
    step = next(step for step in gates.required_steps(story.stage) if step.field == field)
    reason = story.phrases["waive"]
    transitions.waive(opportunity=story.opportunity, by=story.manager, at=story.at, step=step, reason=reason)


def ask(story: Story) -> None:
    """The owner asks the manager to let a deal go that died before all was found out."""
    transitions.ask_manager(opportunity=story.opportunity, by=story.owner, at=story.at, reason=story.say("ask"))


def decline(story: Story) -> None:
    answer = story.phrases["decline"]
    transitions.decline_request(opportunity=story.opportunity, by=story.manager, at=story.at, answer=answer)


def give_up(story: Story) -> None:
    """The manager waives all that is missing and closes it, for the funnel to be rid of it."""
    lose(story, by=story.manager, waive_because=story.phrases["waive_rest"])


def finish(story: Story) -> None:
    transitions.finish(opportunity=story.opportunity, by=story.owner, at=story.at)
    story.opportunity.is_finished = True


def win(story: Story) -> None:
    transitions.close_as_won(
        opportunity=story.opportunity,
        by=story.owner,
        at=story.at,
        actual_revenue=story.round_sum(0.9, 1.05),
        closed_on=transitions.organisation_date(story.at),
        description=story.script.why,
    )


def lose(story: Story, by: User | None = None, waive_because: str | None = None) -> None:
    winner = story.script.lost_to
    transitions.close_as_lost(
        opportunity=story.opportunity,
        by=by or story.owner,
        at=story.at,
        reason=StatusReason.objects.get(key="out_sold" if winner else "canceled"),
        competitor=story.competitors[winner] if winner else None,
        closed_on=transitions.organisation_date(story.at),
        description=story.script.why,
        waive_because=waive_because,
    )


def reopen(story: Story, to: int | None = None) -> None:
    """In the stage of that index, or in the one it was closed in."""
    target = None if to is None else story.stages[to]
    reason = story.phrases["reopen"][story.opportunity.is_finished]
    _entered(
        story,
        transitions.reopen(opportunity=story.opportunity, by=story.owner, at=story.at, reason=reason, to_stage=target),
    )

"""The actions on an opportunity of a demo that answer its steps, with the evidence for them, inside `editing`."""

from functools import partial
from typing import Any

from opportunities.demo.context import DemoOpportunity
from opportunities.editing import stakeholders
from opportunities.models import (
    Attitude,
    Influence,
    Opportunity,
    OpportunityCompetitor,
    StakeholderRole,
    TeamMember,
)
from stages import gates
from stages.models import Step


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
    if step.evidence in EVIDENCE:  # an action of the scenario adds the other kinds
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
    _name(demo, record, {StakeholderRole.DECISION_MAKER})


def _name_all_stakeholders(demo: DemoOpportunity, record: Opportunity) -> None:
    _name(demo, record, set(StakeholderRole.values))


def _name(demo: DemoOpportunity, record: Opportunity, roles: set[str]) -> None:
    for place, (contact, role) in enumerate(demo.contacts):
        if role in roles:
            row = stakeholders.add_roles(record, contact=contact, roles=_roles(demo, role))
            row.attitude, row.influence = _attitude(demo, place), INFLUENCES[role]
            row.save()


def _roles(demo: DemoOpportunity, role: str) -> list[str]:
    """The role, and for a decision maker that of the economic buyer where the account has no other."""
    others = {each for _contact, each in demo.contacts}
    pays = role == StakeholderRole.DECISION_MAKER and StakeholderRole.ECONOMIC_BUYER not in others
    return [role, StakeholderRole.ECONOMIC_BUYER] if pays and len(demo.contacts) > 2 else [role]


def _attitude(demo: DemoOpportunity, place: int) -> str:
    """The attitude of the contact at this place, the same each time. A champion supports; of some it is not known."""
    role, letters = demo.contacts[place][1], len(demo.entry.name) + place
    return Attitude.SUPPORTER.value if role == StakeholderRole.CHAMPION else Attitude.values[letters % len(Attitude)]


INFLUENCES = {
    StakeholderRole.DECISION_MAKER.value: Influence.HIGH,
    StakeholderRole.ECONOMIC_BUYER.value: Influence.HIGH,
    StakeholderRole.CHAMPION.value: Influence.MEDIUM,
    StakeholderRole.TECHNICAL_BUYER.value: Influence.MEDIUM,
    StakeholderRole.INFLUENCER.value: Influence.MEDIUM,
    StakeholderRole.END_USER.value: Influence.LOW,
    StakeholderRole.STAKEHOLDER.value: Influence.UNKNOWN,
}
"""How much weight each role has in the example data."""


def _name_competitors(demo: DemoOpportunity, record: Opportunity) -> None:
    for place, name in enumerate(demo.entry.competitors):
        letters = len(demo.entry.name) + place
        notes_on_them = ["", *demo.phrases["against"]]
        known = {"threat": _THREATS[letters % len(_THREATS)], "note": notes_on_them[letters % len(notes_on_them)]}
        record.competitor_links.get_or_create(competitor=demo.competitors[name], defaults=known)
    record.no_known_competitors = not demo.entry.competitors


def _gather_team(demo: DemoOpportunity, record: Opportunity) -> None:
    record.team_members.get_or_create(user=demo.owner)
    if demo.is_shared:
        helps = TeamMember.Role.TECHNICAL_SALES
        record.team_members.get_or_create(user=demo.colleague, defaults={"role": helps})


_THREATS = ("", *OpportunityCompetitor.Threat.values)

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

"""What a step of an opportunity can ask for: its fields, and what must back a tick.

Evidence reads the counts that `editing` keeps on the record, so it costs no query and depends on nothing but the
record: not on the clock, not on archived rows, not on disabled users.
"""

import functools
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.models import Opportunity
from stages.vocabulary import Evidence, Field, Kind

EVIDENCE = {
    "decision_maker": Evidence(
        label=_("A stakeholder has the role Decision maker"),
        is_there=lambda record: record.decision_maker_count > 0,
        missing=_("no stakeholder has the role Decision maker yet"),
        tick_when=_("Tick it when a stakeholder has the role Decision maker."),
    ),
    "stakeholder": Evidence(
        label=_("There is at least one stakeholder"),
        is_there=lambda record: record.stakeholder_count > 0,
        missing=_("there is no stakeholder yet"),
        tick_when=_("Tick it when at least one stakeholder is listed."),
    ),
    "competitor": Evidence(
        label=_("There is a competitor, or “No known competitors” is set"),
        is_there=lambda record: record.competitor_count > 0 or record.no_known_competitors,
        missing=_("there is no competitor yet, and “No known competitors” is not set"),
        tick_when=_("Tick it when at least one competitor is listed, or “No known competitors” is set."),
    ),
    "team_member": Evidence(
        label=_("There is at least one team member"),
        is_there=lambda record: record.team_count > 0,
        missing=_("there is nobody on the sales team yet"),
        tick_when=_("Tick it when at least one person is on the sales team."),
    ),
}

KINDS = {
    "contact": Kind.CONTACT,
    "account": Kind.ACCOUNT,
    "purchase_timeframe": Kind.CHOICE,
    "estimated_budget": Kind.MONEY,
    "purchase_process": Kind.CHOICE,
    "decision_maker_identified": Kind.TICK,
    "customer_need": Kind.TEXT,
    "proposed_solution": Kind.TEXT,
    "stakeholders_identified": Kind.TICK,
    "competitors_identified": Kind.TICK,
    "sales_team_identified": Kind.TICK,
    "proposal_developed": Kind.TICK,
    "internal_review_completed": Kind.TICK,
    "proposal_presented": Kind.TICK,
    "final_proposal_completed": Kind.TICK,
    "final_proposal_presented": Kind.TICK,
    "decision_date": Kind.DATE,
    "thank_you_sent": Kind.TICK,
    "debrief_filed": Kind.TICK,
    "estimated_revenue": Kind.MONEY,
    "estimated_close_date": Kind.DATE,
    "description": Kind.TEXT,
}


@functools.cache
def fields() -> dict[str, Field]:
    """The fields of an opportunity that a step may name, by field name."""
    return {name: _described(name, kind) for name, kind in KINDS.items()}


def evidence() -> dict[str, Evidence]:
    """What may back a tick, by the name that a step gives it."""
    return EVIDENCE


def _described(name: str, kind: Kind) -> Field:
    column = cast("models.Field[Any, Any]", Opportunity._meta.get_field(name))
    return Field(label=column.verbose_name, kind=kind, attribute=column.attname)

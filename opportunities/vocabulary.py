"""The vocabulary of steps: the fields of an opportunity and the evidence that a step may ask for.

Evidence reads the counts that `editing` stores on the record. It makes no query and depends only on the record: not on
the clock, archived rows or disabled users.
"""

import functools
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.models import Opportunity
from stages.vocabulary import Evidence, Field, FieldKind

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
    "contact": FieldKind.CONTACT,
    "account": FieldKind.ACCOUNT,
    "purchase_timeframe": FieldKind.CHOICE,
    "estimated_budget": FieldKind.MONEY,
    "purchase_process": FieldKind.CHOICE,
    "decision_maker_identified": FieldKind.TICK,
    "customer_need": FieldKind.TEXT,
    "proposed_solution": FieldKind.TEXT,
    "stakeholders_identified": FieldKind.TICK,
    "competitors_identified": FieldKind.TICK,
    "sales_team_identified": FieldKind.TICK,
    "proposal_developed": FieldKind.TICK,
    "internal_review_completed": FieldKind.TICK,
    "proposal_presented": FieldKind.TICK,
    "final_proposal_completed": FieldKind.TICK,
    "final_proposal_presented": FieldKind.TICK,
    "decision_date": FieldKind.DATE,
    "thank_you_sent": FieldKind.TICK,
    "debrief_filed": FieldKind.TICK,
    "estimated_revenue": FieldKind.MONEY,
    "estimated_close_date": FieldKind.DATE,
    "description": FieldKind.TEXT,
}


@functools.cache
def fields() -> dict[str, Field]:
    """The fields that a step may ask for, by name."""
    return {name: _described(name, kind) for name, kind in KINDS.items()}


def evidence() -> dict[str, Evidence]:
    """The evidence that a step may ask for, by name."""
    return EVIDENCE


def _described(name: str, kind: FieldKind) -> Field:
    column = cast("models.Field[Any, Any]", Opportunity._meta.get_field(name))
    return Field(label=column.verbose_name, kind=kind, attribute=column.attname)

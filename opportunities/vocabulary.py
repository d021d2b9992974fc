"""What a step of an opportunity can ask for: its fields, and what must back a tick.

Evidence reads the counts that `editing` keeps on the record, so it costs no query and depends on nothing but the
record: not on the clock, not on archived rows, not on disabled users.
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
    ),
    "stakeholder": Evidence(
        label=_("There is at least one stakeholder"),
        is_there=lambda record: record.stakeholder_count > 0,
        missing=_("there is no stakeholder yet"),
    ),
    "competitor": Evidence(
        label=_("There is a competitor, or “No known competitors” is set"),
        is_there=lambda record: record.competitor_count > 0 or record.no_known_competitors,
        missing=_("there is no competitor yet, and “No known competitors” is not set"),
    ),
    "team_member": Evidence(
        label=_("There is at least one team member"),
        is_there=lambda record: record.team_count > 0,
        missing=_("there is nobody on the sales team yet"),
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
    """The fields of an opportunity that a step may name, by field name."""
    return {name: _described(name, kind) for name, kind in KINDS.items()}


def evidence() -> dict[str, Evidence]:
    """What may back a tick, by the name that a step gives it."""
    return EVIDENCE


def _described(name: str, kind: FieldKind) -> Field:
    column = cast("models.Field[Any, Any]", Opportunity._meta.get_field(name))
    return Field(label=column.verbose_name, kind=kind, attribute=column.attname)

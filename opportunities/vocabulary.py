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
    "general_note": Evidence(
        label=_("There is a general note"),
        is_there=lambda record: record.general_note_count > 0,
        missing=_("there is no general note yet"),
        tick_when=_("Tick it when there is a general note."),
    ),
    "approach_note": Evidence(
        label=_("There is a note on the approach"),
        is_there=lambda record: record.approach_note_count > 0,
        missing=_("there is no note on the approach yet"),
        tick_when=_("Tick it when there is a note on the approach."),
    ),
    "meeting_note": Evidence(
        label=_("There is a note of a meeting"),
        is_there=lambda record: record.meeting_note_count > 0,
        missing=_("there is no note of a meeting yet"),
        tick_when=_("Tick it when there is a note of a meeting."),
    ),
    "debrief_note": Evidence(
        label=_("There is a debrief note"),
        is_there=lambda record: record.debrief_note_count > 0,
        missing=_("there is no debrief note yet"),
        tick_when=_("Tick it when there is a debrief note."),
    ),
    "task": Evidence(
        label=_("There is a task, open or done"),
        is_there=lambda record: record.task_count > 0,
        missing=_("no task is planned or done yet"),
        tick_when=_("Tick it when a task is planned or done."),
    ),
    "proposal_file": Evidence(
        label=_("There is a file of the kind Proposal"),
        is_there=lambda record: record.proposal_file_count > 0,
        missing=_("there is no file of the kind Proposal yet"),
        tick_when=_("Tick it when a file of the kind Proposal is uploaded."),
    ),
    "final_proposal_file": Evidence(
        label=_("There is a file of the kind Final proposal"),
        is_there=lambda record: record.final_proposal_file_count > 0,
        missing=_("there is no file of the kind Final proposal yet"),
        tick_when=_("Tick it when a file of the kind Final proposal is uploaded."),
    ),
    "debrief_file": Evidence(
        label=_("There is a file of the kind Debrief"),
        is_there=lambda record: record.debrief_file_count > 0,
        missing=_("there is no file of the kind Debrief yet"),
        tick_when=_("Tick it when a file of the kind Debrief is uploaded."),
    ),
    "quote_file": Evidence(
        label=_("There is a file of the kind Quote"),
        is_there=lambda record: record.quote_file_count > 0,
        missing=_("there is no file of the kind Quote yet"),
        tick_when=_("Tick it when a file of the kind Quote is uploaded."),
    ),
    "other_file": Evidence(
        label=_("There is a file of the kind Other"),
        is_there=lambda record: record.other_file_count > 0,
        missing=_("there is no file of the kind Other yet"),
        tick_when=_("Tick it when a file of the kind Other is uploaded."),
    ),
    "debrief": Evidence(
        label=_("The debrief is written"),
        is_there=lambda record: record.debrief_count > 0,
        missing=_("the debrief is not written yet"),
        tick_when=_("Tick it when the debrief is written."),
    ),
    "proposal_presentation": Evidence(
        label=_("A presentation of the proposal is entered"),
        is_there=lambda record: record.proposal_presentation_count > 0,
        missing=_("no presentation of the proposal is entered yet"),
        tick_when=_("Tick it when a presentation of the proposal is entered."),
    ),
    "final_presentation": Evidence(
        label=_("A presentation of the final proposal is entered"),
        is_there=lambda record: record.final_presentation_count > 0,
        missing=_("no presentation of the final proposal is entered yet"),
        tick_when=_("Tick it when a presentation of the final proposal is entered."),
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

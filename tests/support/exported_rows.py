"""What the export of everything keeps of the database, as values without ids: the same before and after an import."""

from opportunities.customers import entered
from opportunities.customers.models import Account, Contact
from opportunities.editing import answers
from opportunities.models import (
    Closing,
    Hold,
    Note,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    Stakeholder,
    Task,
    TeamMember,
)

OF_CHILDREN = {
    ProcessInstance: ("process", "active_stage", "started_at", "finished_at"),
    StageVisit: ("stage", "entered_at", "left_at"),
    Hold: ("from_at", "until_at", "reason"),
    Closing: (
        *("outcome", "status_reason", "stage", "at", "closed_on", "actual_revenue", "competitor", "description"),
        *("reopened_at", "reopen_reason"),
    ),
    Note: ("kind", "text", "is_pinned", "created_at", "created_by"),
    Task: ("text", "due", "time", "owner", "created_at", "done_at", "dropped_at"),
    Stakeholder: ("contact", "roles", "attitude", "influence", "note"),
    TeamMember: ("user", "role"),
    OpportunityCompetitor: ("competitor", "threat", "note"),
}
"""The columns that are kept. Who wrote a row is another person after an import, but for the author of a note."""

OF_OPPORTUNITY = (
    *(answer.name for answer in answers.EDITABLE),
    *("status", "status_reason", "closed_on", "actual_revenue", "active_stage", "pipeline_phase", "is_on_hold"),
    *("is_finished", "created_at", "stage_entered_at", "stage_counted_from"),
)


def opportunities(*, but=()):
    """The opportunities with their child rows, by name and moment of creation. `but`: columns that may differ."""
    names = [name for name in OF_OPPORTUNITY if name not in but]
    return {
        (opportunity.name, opportunity.created_at): {"itself": _values(opportunity, names)}
        | {model.__name__: _rows(opportunity, model, names) for model, names in OF_CHILDREN.items()}
        for opportunity in Opportunity.objects.order_by("pk")
    }


def _rows(opportunity, model, names):
    return sorted((_values(row, names) for row in model.objects.filter(opportunity=opportunity)), key=repr)


def _values(row, names):
    return {name: _value(row, name) for name in names}


def _value(row, name):
    """Of a relation what it is called."""
    value = getattr(row, name)
    return str(value) if value is not None and row._meta.get_field(name).is_relation else value


def customers():
    """The accounts and contacts, each with all that people fill in."""
    return {
        model.__name__: sorted(
            (_values(row, entered.columns(model)) for row in model.objects.filter(is_archived=False)), key=repr
        )
        for model in (Account, Contact)
    }

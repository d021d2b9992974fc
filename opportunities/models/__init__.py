"""Every table of the opportunity. Accounts, contacts and competitors are in `opportunities.customers`."""

from opportunities.models.closing import CloseRequest, Closing
from opportunities.models.competitors import OpportunityCompetitor
from opportunities.models.event import Event
from opportunities.models.journey import Hold, ProcessInstance, StageVisit, Waiver
from opportunities.models.last_looks import LastLook
from opportunities.models.notes import Note
from opportunities.models.opportunity import Opportunity
from opportunities.models.reminders import Reminders
from opportunities.models.source import SourceKind
from opportunities.models.stakeholders import Stakeholder
from opportunities.models.status_reasons import StatusReason
from opportunities.models.tasks import Task
from opportunities.models.team import TeamMember
from opportunities.models.waiver_requests import WaiverRequest
from opportunities.models.write_guard import UnguardedWrite

__all__ = [
    "CloseRequest",
    "Closing",
    "Event",
    "Hold",
    "LastLook",
    "Note",
    "Opportunity",
    "OpportunityCompetitor",
    "ProcessInstance",
    "Reminders",
    "SourceKind",
    "StageVisit",
    "Stakeholder",
    "StatusReason",
    "Task",
    "TeamMember",
    "UnguardedWrite",
    "Waiver",
    "WaiverRequest",
]

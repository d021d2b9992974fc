"""Every table of the opportunity. Accounts, contacts and competitors are in `opportunities.customers`."""

from opportunities.models.attachments import Attachment, AttachmentPreview
from opportunities.models.bulk_runs import BulkRow, BulkRun
from opportunities.models.closing import CloseRequest, Closing
from opportunities.models.competitors import OpportunityCompetitor
from opportunities.models.debriefs import Debrief
from opportunities.models.erasures import Erasure, Passage, PrivacyAct
from opportunities.models.event import Event
from opportunities.models.exports import ListExport
from opportunities.models.hand_overs import HandOver
from opportunities.models.import_acts import ImportAct, ImportActRow
from opportunities.models.imports import Import, ImportRow, SavedMapping
from opportunities.models.journey import Hold, ProcessInstance, StageVisit, Waiver
from opportunities.models.last_looks import LastLook
from opportunities.models.mail_templates import MailTemplate
from opportunities.models.mails import OpportunityMail
from opportunities.models.notes import Note
from opportunities.models.opportunity import Opportunity
from opportunities.models.presentations import Presentation
from opportunities.models.reminders import Reminders
from opportunities.models.saved_views import SavedView, ViewChoice
from opportunities.models.source import SourceKind
from opportunities.models.stakeholders import Attitude, Influence, Stakeholder, StakeholderRole
from opportunities.models.status_reasons import StatusReason
from opportunities.models.targets import SalesTarget
from opportunities.models.tasks import Task
from opportunities.models.team import TeamMember
from opportunities.models.waiver_requests import WaiverRequest
from opportunities.models.write_guard import UnguardedWrite

__all__ = [
    "Attachment",
    "AttachmentPreview",
    "Attitude",
    "BulkRow",
    "BulkRun",
    "CloseRequest",
    "Closing",
    "Debrief",
    "Erasure",
    "Event",
    "HandOver",
    "Hold",
    "Import",
    "ImportAct",
    "ImportActRow",
    "ImportRow",
    "Influence",
    "LastLook",
    "ListExport",
    "MailTemplate",
    "Note",
    "Opportunity",
    "OpportunityCompetitor",
    "OpportunityMail",
    "Passage",
    "Presentation",
    "PrivacyAct",
    "ProcessInstance",
    "Reminders",
    "SalesTarget",
    "SavedMapping",
    "SavedView",
    "SourceKind",
    "StageVisit",
    "Stakeholder",
    "StakeholderRole",
    "StatusReason",
    "Task",
    "TeamMember",
    "UnguardedWrite",
    "ViewChoice",
    "Waiver",
    "WaiverRequest",
]

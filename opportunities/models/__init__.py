from opportunities.models.accounts import Account, Contact
from opportunities.models.closing import CloseRequest, Closing, StatusReason
from opportunities.models.competition import Competitor, OpportunityCompetitor
from opportunities.models.door import OutsideTheDoor
from opportunities.models.event import Event
from opportunities.models.journey import Hold, ProcessInstance, StageVisit, Waiver
from opportunities.models.opportunity import Opportunity
from opportunities.models.people import Stakeholder, TeamMember

__all__ = [
    "Account",
    "CloseRequest",
    "Closing",
    "Competitor",
    "Contact",
    "Event",
    "Hold",
    "Opportunity",
    "OpportunityCompetitor",
    "OutsideTheDoor",
    "ProcessInstance",
    "StageVisit",
    "Stakeholder",
    "StatusReason",
    "TeamMember",
    "Waiver",
]

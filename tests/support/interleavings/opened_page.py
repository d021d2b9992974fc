"""The page from which an operation is done, as it was rendered before."""

from dataclasses import dataclass

from opportunities.customers.models import Merge
from opportunities.editing import editing
from opportunities.models import (
    Erasure,
    Opportunity,
    Stakeholder,
)
from salesflow.users.models import User
from stages.models import Stage
from tests.support import factories

WAIVED, ASKED, LEFT = "sales_team_identified", "internal_review_completed", "proposal_presented"
"""The steps of Propose: one that is waived, one that a rep asked to waive, one of which neither is true."""
ERASED_PERSON = "Siri Kanariusdatter"


@dataclass
class OpenedPage:
    """The opportunity when the pages of both operations were rendered."""

    pk: int
    stage: Stage
    version: int
    decision_maker: int
    competitor: int
    member: int
    file: int
    task: int
    contact: int
    contact_version: int
    other_contact: int
    account: int
    other_account: int
    rival: int
    other_rival: int
    merge: int | None
    review: int | None
    note: int | None
    debrief: int | None
    presentation: int | None
    file_name: str
    """The name of the file in the private storage."""

    @property
    def opportunity(self):
        return Opportunity.objects.get(pk=self.pk)

    def move(self, name, at):
        return {
            "opportunity": self.opportunity,
            "by": person(name),
            "at": at,
            "from_stage": self.stage,
            "version": self.version,
        }

    def edit(self, name, at, token=""):
        return editing(self.opportunity, by=person(name), at=at, version=self.version, page=token)


def person(name):
    return User.objects.get(username=name)


def drawn(opportunity):
    return OpenedPage(
        pk=opportunity.pk,
        stage=opportunity.active_stage,
        version=opportunity.version,
        decision_maker=opportunity.stakeholders.get(roles=Stakeholder.Role.DECISION_MAKER).pk,
        competitor=opportunity.competitor_links.get().pk,
        member=opportunity.team_members.get().pk,
        file=opportunity.attachments.get().pk,
        task=opportunity.tasks.get().pk,
        contact=opportunity.contact_id,
        contact_version=opportunity.contact.version,
        other_contact=factories.ContactFactory().pk,
        account=opportunity.account_id,
        other_account=factories.AccountFactory().pk,
        rival=opportunity.competitor_links.get().competitor_id,
        other_rival=factories.CompetitorFactory().pk,
        merge=getattr(Merge.objects.filter(noun="contact", survivor_id=opportunity.contact_id).first(), "pk", None),
        review=getattr(Erasure.objects.filter(contact__stakes__opportunity=opportunity).first(), "pk", None),
        note=opportunity.notes.values_list("pk", flat=True).first(),
        debrief=opportunity.debriefs.values_list("pk", flat=True).first(),
        presentation=opportunity.presentations.values_list("pk", flat=True).first(),
        file_name=opportunity.attachments.get().storage_name,
    )

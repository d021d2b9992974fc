"""The requests to waive a step that wait for an answer, as My day of a manager shows them."""

from dataclasses import dataclass

from opportunities import access
from opportunities.forms.rendered_for import RenderedFor
from opportunities.models import Opportunity, WaiverRequest
from opportunities.pipeline.waiting import Waiting, oldest_of
from salesflow.users.models import User


@dataclass(frozen=True)
class WaiverRequestRow:
    """One request to waive a step."""

    request: WaiverRequest

    @property
    def opportunity(self) -> Opportunity:
        return self.request.opportunity

    @property
    def rendered_for(self) -> RenderedFor:
        return RenderedFor.present(self.opportunity)


def waiver_requests_for(user: User) -> Waiting[WaiverRequestRow] | None:
    """The requests to waive a step that this user may answer; None if they may answer none. At most two queries."""
    if not access.may_answer_requests(user):
        return None
    of_opportunity = ("opportunity__active_stage", "opportunity__owner")
    oldest = oldest_of(WaiverRequest.objects.select_related("by", "step", *of_opportunity), user)
    return Waiting(oldest.count, [WaiverRequestRow(request) for request in oldest.rows])

"""The requests to close that wait for an answer, as My day of a manager shows them."""

from dataclasses import dataclass

from opportunities import access
from opportunities.forms.losing import waiver_reason
from opportunities.forms.rendered_for import RenderedFor
from opportunities.models import CloseRequest, Opportunity, ProcessInstance
from opportunities.pipeline.waiting import Waiting, oldest_of
from opportunities.progress import Progress
from opportunities.transitions import missing_to_lose
from salesflow.users.models import User
from stages.gates import Unmet


@dataclass(frozen=True)
class CloseRequestRow:
    """One request to close, with the steps that approving it waives."""

    request: CloseRequest
    missing: list[Unmet]

    @property
    def opportunity(self) -> Opportunity:
        return self.request.opportunity

    @property
    def rendered_for(self) -> RenderedFor:
        return RenderedFor.present(self.opportunity, self.missing)

    @property
    def waive_because(self) -> str:
        return waiver_reason(self.request)


def close_requests_for(user: User) -> Waiting[CloseRequestRow] | None:
    """The requests to close that this user may answer; None if they may answer none.

    One query; five if there are any.
    """
    if not access.may_answer_requests(user):
        return None
    of_opportunity = ("opportunity__active_stage", "opportunity__owner")
    named = CloseRequest.objects.select_related("by", "status_reason", "competitor", *of_opportunity)
    oldest = oldest_of(named, user)
    progress = _progress([request.opportunity for request in oldest.rows])
    rows = [
        CloseRequestRow(request, missing_to_lose(request.opportunity, progress[request.opportunity_id]))
        for request in oldest.rows
    ]
    return Waiting(oldest.count, rows)


def _progress(opportunities: list[Opportunity]) -> dict[int, Progress]:
    """The progress of each in its primary process, by its id. Four queries for any number, none for none."""
    if not opportunities:
        return {}
    instances = ProcessInstance.objects.filter(opportunity__in=opportunities, is_primary=True)
    return Progress.of_many(instances.select_related("process"))

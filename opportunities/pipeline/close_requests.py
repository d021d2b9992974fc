"""The requests to close that wait for an answer, as My day of a manager shows them."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from opportunities import access
from opportunities.forms.losing import waiver_reason
from opportunities.forms.rendered_for import RenderedFor
from opportunities.models import CloseRequest, Opportunity, ProcessInstance, Waiver
from opportunities.progress import Progress
from opportunities.transitions import missing_to_lose
from salesflow.users.models import User
from stages.gates import Unmet
from stages.models import Stage

ROWS = 7


@dataclass(frozen=True)
class RequestRow:
    """One request, with the steps that approving it waives."""

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


@dataclass(frozen=True)
class CloseRequests:
    """The requests to close without an answer: how many there are, and the oldest of them."""

    count: int
    rows: list[RequestRow]

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.rows)


def close_requests_for(user: User) -> CloseRequests | None:
    """The requests that this user may answer; None if they may answer none. Two queries, and four if there are any."""
    if not access.may_waive(user):
        return None
    waiting = CloseRequest.objects.filter(answered_at__isnull=True)
    named = waiting.select_related("by", "status_reason", "competitor", "opportunity__active_stage")
    oldest = list(named.order_by("at", "pk")[:ROWS])
    progress = _progress([request.opportunity for request in oldest]) if oldest else {}
    rows = [
        RequestRow(request, missing_to_lose(request.opportunity, progress[request.opportunity.pk]))
        for request in oldest
    ]
    return CloseRequests(waiting.count() if len(oldest) == ROWS else len(oldest), rows)


def _progress(opportunities: list[Opportunity]) -> dict[int, Progress]:
    """The progress of each in its primary process, by its id. Four queries for any number."""
    instances = list(
        ProcessInstance.objects.filter(opportunity__in=opportunities, is_primary=True).select_related("process")
    )
    waived: dict[int, set[int]] = defaultdict(set)
    for opportunity, step in (
        Waiver.objects.filter(opportunity__in=opportunities).in_force().values_list("opportunity_id", "step_id")
    ):
        waived[opportunity].add(step)
    stages = list(
        Stage.objects.filter(process__in={instance.process_id for instance in instances}).order_by("order", "pk")
    )
    prefetch_related_objects(stages, "steps")
    return {
        instance.opportunity_id: Progress(
            instance=instance,
            stages=[stage for stage in stages if _is_of(stage, instance)],
            waived=frozenset(waived[instance.opportunity_id]),
        )
        for instance in instances
    }


def _is_of(stage: Stage, instance: ProcessInstance) -> bool:
    """As `stages.models.stages_of`."""
    in_use = not stage.is_archived or stage.pk == instance.active_stage_id
    return stage.process_id == instance.process_id and in_use

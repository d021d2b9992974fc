"""The requests to waive single steps: how they end, by an answer or by themselves.

`transitions` makes and answers them. `end_unneeded` ends those whose step is no longer missing, in the same write.
"""

from typing import Any

from opportunities.editing.derived import derive_requests
from opportunities.models import Opportunity, Waiver, WaiverRequest
from opportunities.models.event import WaiverChange, log_value
from opportunities.models.stamp import Stamp
from opportunities.progress import Progress
from stages import gates
from stages.models import Step

LoggedChange = dict[str, Any]
"""An entry of `Event.waiver_changes`."""


def open_request(record: Opportunity, step: Step) -> WaiverRequest | None:
    """The request to waive this step that has no answer. One query, if there is one."""
    if step.pk not in record.asked_steps:
        return None
    return record.waiver_requests.filter(step=step, answered_at__isnull=True).select_related("step__stage").first()


def ask(record: Opportunity, stamp: Stamp, step: Step, reason: str) -> WaiverRequest:
    request = WaiverRequest(opportunity=record, step=step, at=stamp.at, by=stamp.by, reason=reason)
    request.save()
    derive_requests(record, [*record.asked_steps, step.pk])
    return request


def answer(
    request: WaiverRequest, stamp: Stamp, outcome: WaiverRequest.Outcome, text: str = "", waiver: Waiver | None = None
) -> LoggedChange:
    """Ends the request. An invisible text is none. Returns the entry for the event."""
    record, text = request.opportunity, text if gates.is_filled(text) else ""
    request.answered_at, request.answered_by = stamp.at, stamp.by
    request.outcome, request.answer, request.waiver = outcome, text, waiver
    request.save()
    derive_requests(record, (pk for pk in record.asked_steps if pk != request.step_id))
    return logged(request.step, WaiverChange(outcome))


def end_unneeded(record: Opportunity, stamp: Stamp, progress: Progress) -> list[LoggedChange]:
    """Ends the requests whose step is not missing any more, and all of a closed opportunity. No query if none ends."""
    missing = {unmet.step.pk for unmet in progress.unmet(progress.stages, record)} if record.is_open else set()
    ended = set(record.asked_steps) - missing
    if not ended:
        return []
    requests = record.waiver_requests.filter(step__in=ended, answered_at__isnull=True).select_related("step")
    return [answer(request, stamp, WaiverRequest.Outcome.NOT_NEEDED) for request in requests]


def logged(step: Step, what: WaiverChange) -> LoggedChange:
    return {"step": log_value(step), "what": what.value}

"""What holds for closings and for requests to close. The checks have the form described in `checks`."""

from collections.abc import Callable, Iterator

from django.utils import timezone

from opportunities.models import CloseRequest, Closing
from opportunities.verify.snapshot import Snapshot

Sentences = Iterator[str]


def closings(snapshot: Snapshot) -> Sentences:
    record, in_force = snapshot.record, snapshot.closings_in_force
    if len(in_force) != (0 if record.is_open else 1):
        yield f"is {record.status}, and has {len(in_force)} closings in force"
        return
    for closing in in_force:
        pairs = {
            "outcome": (record.status, closing.outcome),
            "close date": (record.closed_on, closing.closed_on),
            "reason": (record.status_reason_id, closing.status_reason_id),
            "actual revenue": (record.actual_revenue, closing.actual_revenue),
            "stage": (record.active_stage_id, closing.stage_id),
        }
        for what, (stored, closed) in pairs.items():
            if stored != closed:
                yield f"its {what} is not that of its closing"
        yield from _competitor_lost_to(snapshot, closing)
    if record.is_won and snapshot.progress and not snapshot.progress.instance.is_finished:
        yield "is won, but its process is not finished"


def _competitor_lost_to(snapshot: Snapshot, closing: Closing) -> Sentences:
    if _lacks_competitor(snapshot, closing):
        reason = snapshot.definitions.reasons.get(closing.status_reason_id)
        yield f"is lost because of “{reason}”, and does not say to which competitor"
    if closing.competitor_id not in {None, *(row.competitor_id for row in snapshot.competitors)}:
        yield "is lost to a competitor that is not among its competitors"


def _lacks_competitor(snapshot: Snapshot, row: Closing | CloseRequest) -> bool:
    """Whether the reason has asked for a competitor ever since, and there is none."""
    reason = snapshot.definitions.reasons.get(row.status_reason_id or 0)
    if row.competitor_id is not None or reason is None:
        return False
    return snapshot.definitions.always(row.at, lambda version: version.asks_competitor, reason)


def closings_have_reasons_of_their_outcome(snapshot: Snapshot) -> Sentences:
    for closing in snapshot.closings:
        reason = snapshot.definitions.reasons.get(closing.status_reason_id)
        if reason is None or reason.status != closing.outcome:
            yield f"was closed as {closing.outcome}, but the reason of that closing is “{reason}”"


def requests(snapshot: Snapshot) -> Sentences:
    """A closed opportunity has no open request. The answers of a request are those of a closing as lost."""
    for request in snapshot.requests:
        if not snapshot.record.is_open and request.answered_at is None:
            yield "is closed, and a request to close it still waits for an answer"
        reason = snapshot.definitions.reasons.get(request.status_reason_id or 0)
        if request.status_reason_id and (reason is None or reason.status != "lost"):
            yield f"has a request to close it as lost because of “{reason}”"
        if _lacks_competitor(snapshot, request):
            yield f"has a request to close it because of “{reason}”, which does not say to which competitor"
        if request.closed_on and request.closed_on > timezone.localdate(request.at, timezone.get_default_timezone()):
            yield "has a request to close it on a day that was in the future"


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (closings, closings_have_reasons_of_their_outcome, requests)

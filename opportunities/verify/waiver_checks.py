"""What holds for waivers and for requests to waive single steps. The checks have the form described in `checks`."""

import datetime
from collections.abc import Callable, Iterator

from opportunities.verify.snapshot import Snapshot
from stages import gates
from stages.models import Step

Sentences = Iterator[str]


def steps_of_its_processes(snapshot: Snapshot) -> Sentences:
    processes = {instance.process_id for instance in snapshot.instances}
    about = [("waiver of", row.step_id) for row in snapshot.waivers]
    about += [("request to waive", row.step_id) for row in snapshot.waiver_requests]
    for what, step_id in about:
        step = snapshot.definitions.steps.get(step_id)
        stage = snapshot.definitions.stages.get(step.stage_id) if step else None
        if stage is None or stage.process_id not in processes:
            yield f"has a {what} “{step}”, which is no step of its process"


def waiver_requests(snapshot: Snapshot) -> Sentences:
    """A request ends when the step is no longer missing; unless the definition has changed, which ends none."""
    for request in snapshot.waiver_requests:
        step = snapshot.definitions.steps.get(request.step_id)
        if request.answered_at or step is None:
            continue
        if not snapshot.record.is_open:
            yield f"is closed, and a request to waive “{step}” still waits for an answer"
        elif snapshot.progress and step.pk in snapshot.progress.waived:
            yield f"a request to waive “{step}” still waits for an answer, and it is waived"
        elif gates.why_unmet(step, snapshot.counted) is None and _has_asked_the_same(snapshot, step, request.at):
            yield f"a request to waive “{step}” still waits for an answer, and it is met"


def approved_requests(snapshot: Snapshot) -> Sentences:
    """The waiver of an approved request is of the same step, and was given with the answer."""
    given = {row.pk: (row.step_id, row.at, row.by_id) for row in snapshot.waivers}
    for request in snapshot.waiver_requests:
        answered = (request.step_id, request.answered_at, request.answered_by_id)
        if request.waiver_id in given and given[request.waiver_id] != answered:
            yield "has a request that was approved with another waiver than its own"


def _has_asked_the_same(snapshot: Snapshot, step: Step, since: datetime.datetime) -> bool:
    now = (step.field, step.evidence)
    return snapshot.definitions.always(since, lambda version: (version.field, version.evidence) == now, step)


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (steps_of_its_processes, waiver_requests, approved_requests)

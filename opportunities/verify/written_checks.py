"""What holds for the debrief, the presentations, and what was counted when an opportunity was closed.

The checks have the form described in `checks`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from opportunities.editing import debriefs
from opportunities.models.debriefs import LEAST_GAP, MOST_GAP
from opportunities.verify.snapshot import Snapshot
from stages import gates

Sentences = Iterator[str]


def tasks_kept_at_closing(snapshot: Snapshot) -> Sentences:
    """A closed opportunity counts the tasks that were dropped by its closing, too."""
    if snapshot.record.is_open or len(snapshot.closings_in_force) != 1:
        return
    closed_at = snapshot.closings_in_force[0].at
    right = sum(task.dropped_at is None or task.dropped_at >= closed_at for task in snapshot.tasks)
    if snapshot.record.task_count != right:
        yield f"task_count is {snapshot.record.task_count} and should be {right}"


def debriefs_say_something(snapshot: Snapshot) -> Sentences:
    """There is one debrief at most. It has a visible text, and a price gap within its limits."""
    rows = snapshot.rows["debriefs"]
    if len(rows) > 1:
        yield f"has {len(rows)} debriefs instead of one"
    for debrief in rows:
        if not any(gates.is_filled(getattr(debrief, name)) for name in debriefs.TEXTS):
            yield f"has a debrief ({debrief.pk}) without a visible text"
        if debrief.price_gap is not None and not LEAST_GAP <= debrief.price_gap <= MOST_GAP:
            yield f"has a debrief ({debrief.pk}) with a price gap of {debrief.price_gap} percent"


def presentations(snapshot: Snapshot) -> Sentences:
    """Each presentation names its attendees, and a file of the same opportunity."""
    files = {row.pk for row in snapshot.rows["attachments"]}
    for row in snapshot.rows["presentations"]:
        if not isinstance(row.attendees, list) or not all(map(_is_person, row.attendees)):
            yield f"has a presentation ({row.pk}) whose attendees are malformed"
        if row.file_id is not None and row.file_id not in files:
            yield f"has a presentation ({row.pk}) of a file of another opportunity"


def _is_person(named: Any) -> bool:
    is_named = isinstance(named, dict) and isinstance(named.get("id"), int)
    return is_named and isinstance(named.get("name"), str) and gates.is_filled(named["name"])


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (tasks_kept_at_closing, debriefs_say_something, presentations)

"""Which open opportunities need their owner today, in which group, and in which order. Nothing here queries."""

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class Reason(enum.StrEnum):
    """Why an opportunity needs its owner. `conditions.Reasons` has the condition of each."""

    LATE = "late"  # its next step is overdue
    SLIPPED = "slipped"  # its estimated close date has passed
    DUE_TODAY = "due_today"  # its next step is due today
    READY = "ready"  # its gate is open, or its process is finished
    OVER_TARGET = "over_target"  # longer in its stage than the stage's target
    UNPLANNED = "unplanned"  # it has no next step


class Group(enum.StrEnum):
    """A group of My day."""

    LATE = "late"
    TODAY = "today"
    READY = "ready"
    STUCK = "stuck"


GROUPS: dict[Group, tuple[Reason, ...]] = {
    Group.LATE: (Reason.LATE, Reason.SLIPPED),
    Group.TODAY: (Reason.DUE_TODAY,),
    Group.READY: (Reason.READY,),
    Group.STUCK: (Reason.OVER_TARGET, Reason.UNPLANNED),
}
"""The groups in order, each with its reasons. An opportunity is in the first group that has one of its reasons."""


@dataclass(frozen=True)
class Candidate:
    """One open opportunity, as far as its group and its place depend on it.

    `days` is the number of days that it is late, past its close date or over its target, whichever is most.
    """

    pk: int
    reasons: frozenset[Reason]
    days: int
    revenue: Decimal | None


def group_of(reasons: Collection[Reason]) -> Group | None:
    """The first group with one of these reasons; None if the opportunity needs nothing."""
    return next((group for group, own in GROUPS.items() if any(reason in reasons for reason in own)), None)


def grouped(candidates: Iterable[Candidate]) -> dict[Group, list[Candidate]]:
    """Each candidate that needs something once, in the first group that fits. All groups, in order, also empty ones.

    Within a group: the most days first, then the largest estimated revenue, those without one last, then the oldest.
    No two candidates have the same place, so the order does not depend on that of the argument.
    """
    found: dict[Group, list[Candidate]] = {group: [] for group in GROUPS}
    for candidate in sorted(candidates, key=_place):
        group = group_of(candidate.reasons)
        if group is not None:
            found[group].append(candidate)
    return found


def _place(candidate: Candidate) -> tuple[Any, ...]:
    revenue = candidate.revenue
    return -candidate.days, revenue is None, -(revenue or Decimal(0)), candidate.pk

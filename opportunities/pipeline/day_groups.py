"""Which open opportunities need their owner today, in which group, and in which order. Nothing here queries."""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Reason(enum.StrEnum):
    """Why an opportunity needs its owner. `conditions.Reasons` has the condition of each."""

    LATE = "late"  # its next step is overdue
    SLIPPED = "slipped"  # its estimated close date has passed
    DUE_TODAY = "due_today"  # its next step is due today
    READY = "ready"  # its gate is open, or its process is finished
    OVER_TARGET = "over_target"  # longer in its stage than the stage's target
    UNPLANNED = "unplanned"  # it has no next step


class DayGroup(enum.StrEnum):
    """A group of My day."""

    LATE = "late"
    TODAY = "today"
    READY = "ready"
    STUCK = "stuck"


GROUPS: dict[DayGroup, tuple[Reason, ...]] = {
    DayGroup.LATE: (Reason.LATE, Reason.SLIPPED),
    DayGroup.TODAY: (Reason.DUE_TODAY,),
    DayGroup.READY: (Reason.READY,),
    DayGroup.STUCK: (Reason.OVER_TARGET, Reason.UNPLANNED),
}
"""The groups in order, each with its reasons. An opportunity is in the first group that has one of its reasons."""

GROUP_NAMES = {
    DayGroup.LATE: _("Late or slipped"),
    DayGroup.TODAY: pgettext_lazy("next step", "Today"),
    DayGroup.READY: pgettext_lazy("opportunities", "Ready"),
    DayGroup.STUCK: pgettext_lazy("opportunities", "Stuck"),
}


@dataclass(frozen=True)
class DayCandidate:
    """One open opportunity, as far as its group and its place depend on it.

    `days` has its reasons, each with the days since then: late, past the date, over the target; 0 for other reasons.
    """

    pk: int
    days: Mapping[Reason, int]
    revenue: Decimal | None
    lacks_imported: bool = False
    """Whether it was imported and still lacks a step."""

    @property
    def reasons(self) -> frozenset[Reason]:
        return frozenset(self.days)


def group_of(reasons: Collection[Reason]) -> DayGroup | None:
    """The first group with one of these reasons; None if the opportunity needs nothing."""
    return next((group for group, own in GROUPS.items() if any(reason in reasons for reason in own)), None)


def grouped(candidates: Iterable[DayCandidate]) -> dict[DayGroup, list[DayCandidate]]:
    """Each candidate that needs something once, in the first group that fits. All groups, in order, also empty ones.

    Within a group: the most days by a reason of the group first, then the largest estimated revenue, those without one
    last, then the oldest.
    No two candidates have the same place, so the order does not depend on that of the argument.
    """
    found: dict[DayGroup, list[DayCandidate]] = {group: [] for group in GROUPS}
    for candidate in candidates:
        group = group_of(candidate.reasons)
        if group is not None:
            found[group].append(candidate)
    return {group: sorted(members, key=lambda each: _place(each, group)) for group, members in found.items()}


def _place(candidate: DayCandidate, group: DayGroup) -> tuple[Any, ...]:
    revenue = candidate.revenue
    days = max(candidate.days.get(reason, 0) for reason in GROUPS[group])
    return -days, revenue is None, -(revenue or Decimal(0)), candidate.pk

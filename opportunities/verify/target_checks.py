"""Checks the sales targets against their history."""

from collections.abc import Callable, Iterator

from opportunities.models import SalesTarget
from opportunities.verify.faults import Fault


def targets() -> Iterator[Fault]:
    """A target is for a month, is more than 0, and is what its history says last."""
    last = {row.id: row for row in SalesTarget.history.order_by("history_id").iterator()}
    for target in SalesTarget.objects.order_by("pk").iterator():
        name, entry = f"sales target {target.pk}", last.pop(target.pk, None)
        if target.month.day != 1:
            yield Fault(name, f"is for {target.month}, which is not the first day of a month")
        if target.amount <= 0:
            yield Fault(name, f"is {target.amount}, which is not more than 0")
        if (target.person_id is None) == (target.unit_id is None):
            yield Fault(name, "is not for a person or for a unit")
        if entry is None or entry.history_type == "-":
            yield Fault(name, "is not in its history")
        elif _said(entry) != _said(target):
            yield Fault(name, f"is {target.amount}, its history says {entry.amount}")
    for pk, entry in last.items():
        if entry.history_type != "-":
            yield Fault(f"sales target {pk}", "is in its history, and does not exist")


def _said(row: SalesTarget) -> tuple[object, ...]:
    return row.person_id, row.unit_id, row.month, row.amount


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (targets,)

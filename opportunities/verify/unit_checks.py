"""Checks the units and their leads."""

from collections.abc import Callable, Iterator

from opportunities.verify.faults import Fault
from salesflow.users.models import SALES_MANAGER, Unit, User, with_role


def units() -> Iterator[Fault]:
    """No unit is part of itself, directly or through others. A lead is a manager with an active account."""
    above = dict(Unit.objects.values_list("pk", "parent"))
    for unit in Unit.objects.select_related("lead").order_by("pk"):
        if unit.pk in _chain(above, unit.parent_id):
            yield Fault(f"unit {unit.pk}", f"“{unit}” is part of itself")
    managers = with_role(User.objects.all(), (SALES_MANAGER,))
    for unit in Unit.objects.filter(lead__isnull=False).exclude(lead__in=managers).select_related("lead"):
        what = f"is led by {unit.lead}, who is no sales manager with an active account and sees nothing by that"
        yield Fault(f"unit “{unit}”", what, is_remark=True)


def _chain(above: dict[int, int | None], unit: int | None) -> list[int]:
    """The unit, and the units above it; a circle ends it."""
    found: list[int] = []
    while unit is not None and unit not in found:
        found.append(unit)
        unit = above.get(unit)
    return found


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (units,)

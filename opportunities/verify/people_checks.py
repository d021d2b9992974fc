"""Checks units, absences and hand-overs: what people are to each other, and what became of their work."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from opportunities.models import HandOver
from opportunities.models.hand_overs import KINDS, OUTCOMES
from salesflow.users.models import SALES_MANAGER, Absence, Unit, User, able_to_own, with_role

Named = Iterator[tuple[str, str]]
"""A name with a sentence about it."""


def units() -> Named:
    """No unit is part of itself, directly or through others."""
    above = dict(Unit.objects.values_list("pk", "parent"))
    for unit in Unit.objects.order_by("pk"):
        if unit.pk in _chain(above, unit.parent_id):
            yield f"unit {unit.pk}", f"“{unit}” is part of itself"


def _chain(above: dict[int, int | None], unit: int | None) -> list[int]:
    """The unit, and the units above it; a circle ends it."""
    found: list[int] = []
    while unit is not None and unit not in found:
        found.append(unit)
        unit = above.get(unit)
    return found


def leads_who_see_nothing() -> Named:
    """Remarks: a lead whose role or account ended."""
    managers = with_role(User.objects.all(), (SALES_MANAGER,))
    for unit in Unit.objects.filter(lead__isnull=False).exclude(lead__in=managers).select_related("lead"):
        what = f"is led by {unit.lead}, who is no sales manager with an active account and sees nothing by that"
        yield f"unit “{unit}”", what


def absences() -> Named:
    """The deputy is another person, the days are in order, and a person has one deputy on each day."""
    for absence in Absence.objects.filter(Q(person=F("deputy")) | Q(last_day__lt=F("first_day"))).order_by("pk"):
        what = (
            "has the person as their own deputy" if absence.person_id == absence.deputy_id else "ends before it begins"
        )
        yield f"absence {absence.pk}", what
    last: Absence | None = None  # of this person, the one that ends last
    for absence in Absence.objects.order_by("person_id", "first_day", "pk").iterator():
        if last is None or last.person_id != absence.person_id:
            last = absence
            continue
        if absence.first_day <= last.last_day:
            yield f"absence {absence.pk}", f"is on days of absence {last.pk} of the same person"
        last = max(last, absence, key=lambda each: each.last_day)


def deputies_who_may_not() -> Named:
    """Remarks: a deputy of today or later whose role or account ended acts for nobody."""
    today = timezone.localdate(timezone.now(), timezone.get_default_timezone())
    able = able_to_own(User.objects.all()).values("pk")
    found = Absence.objects.not_over(today).exclude(deputy__in=able).select_related("person", "deputy")
    for absence in found.order_by("pk"):
        what = f"names {absence.deputy} as the deputy of {absence.person}, who may change no opportunity"
        yield f"absence {absence.pk}", what


def hand_overs() -> Named:
    """A hand-over is to another person. Each of its rows names one thing once, and a known outcome."""
    for hand_over in HandOver.objects.order_by("pk").iterator():
        name = f"hand-over {hand_over.pk}"
        if hand_over.giver_id == hand_over.taker_id:
            yield name, "is to the same person"
        rows = hand_over.rows if isinstance(hand_over.rows, list) else []
        if len(rows) != len([row for row in rows if _is_row(row)]) or not isinstance(hand_over.rows, list):
            yield name, "has a row that is malformed"
        elif len({(row["kind"], row["pk"]) for row in rows}) != len(rows):
            yield name, "has a row twice"


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or row.keys() != {"kind", "pk", "version", "outcome"}:
        return False
    numbers = row["pk"], row["version"]
    is_known = row["kind"] in KINDS and row["outcome"] in OUTCOMES
    return is_known and all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in numbers)

"""Checks absences and hand-overs: who acts for whom, and what became of a person's work."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from opportunities.models import HandOver
from opportunities.models.hand_overs import KINDS, OUTCOMES
from opportunities.verify.faults import Fault
from salesflow.users.models import Absence, User, able_to_own


def absences() -> Iterator[Fault]:
    """The deputy is another person, and the days are in order. A person has one deputy on each day."""
    for absence in Absence.objects.filter(Q(person=F("deputy")) | Q(last_day__lt=F("first_day"))).order_by("pk"):
        is_own = absence.person_id == absence.deputy_id
        what = "has the person as their own deputy" if is_own else "ends before it begins"
        yield Fault(f"absence {absence.pk}", what)
    last: Absence | None = None  # of this person, the one that ends last
    for absence in Absence.objects.order_by("person_id", "first_day", "pk").iterator():
        if last is None or last.person_id != absence.person_id:
            last = absence
            continue
        if absence.first_day <= last.last_day:
            yield Fault(f"absence {absence.pk}", f"is on days of absence {last.pk} of the same person")
        last = max(last, absence, key=lambda each: each.last_day)


def deputies() -> Iterator[Fault]:
    """Remarks: a deputy of today or later whose role or account ended acts for nobody."""
    today = timezone.localdate(timezone.now(), timezone.get_default_timezone())
    able = able_to_own(User.objects.all()).values("pk")
    found = Absence.objects.not_over(today).exclude(deputy__in=able).select_related("person", "deputy")
    for absence in found.order_by("pk"):
        what = f"names {absence.deputy} as the deputy of {absence.person}, who may change no opportunity"
        yield Fault(f"absence {absence.pk}", what, is_remark=True)


def hand_overs() -> Iterator[Fault]:
    """A hand-over is to another person. Each of its rows names one thing once, and a known outcome."""
    for hand_over in HandOver.objects.order_by("pk").iterator():
        name = f"hand-over {hand_over.pk}"
        if hand_over.giver_id == hand_over.taker_id:
            yield Fault(name, "is to the same person")
        if not isinstance(hand_over.rows, list) or not all(map(_is_row, hand_over.rows)):
            yield Fault(name, "has a row that is malformed")
        elif len({(row["kind"], row["pk"]) for row in hand_over.rows}) != len(hand_over.rows):
            yield Fault(name, "has a row twice")


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or not {"kind", "pk", "version", "outcome"} <= row.keys():
        return False
    is_known = row["kind"] in KINDS and row["outcome"] in OUTCOMES
    return is_known and all(type(row[name]) is int and row[name] >= 0 for name in ("pk", "version"))


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (absences, deputies, hand_overs)

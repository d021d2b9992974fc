"""Conditions about the waivers of an opportunity: each is one act, with its kind, day, person and step.

The parts of one condition are about the same row.
"""

import datetime
import functools
import operator
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from opportunities.models import Waiver, WaiverRequest
from opportunities.pipeline import conditions

ASKED, GIVEN, IMPORTED, WITHDRAWN = KINDS = ("asked", "given", "imported", "withdrawn")


@dataclass(frozen=True)
class WaiverAct:
    """Where the acts of one kind are stored."""

    model: type[Any]
    at: str
    by: str
    kind: str = ""
    """Of which kind the waiver is; any if empty."""


ACTS = {
    ASKED: WaiverAct(WaiverRequest, "at", "by"),
    GIVEN: WaiverAct(Waiver, "at", "by", Waiver.Kind.EXCEPTION),
    IMPORTED: WaiverAct(Waiver, "at", "by", Waiver.Kind.IMPORTED),
    WITHDRAWN: WaiverAct(Waiver, "withdrawn_at", "withdrawn_by"),
}


def acts_between(kind: str, first: datetime.date | None, last: datetime.date | None) -> Any:
    """The rows of one kind of act from the first day to the last, each included."""
    act = ACTS[kind]
    happened = Q(**{f"{act.at}__isnull": False}) & conditions.happened_between(act.at, first, last)
    of_kind = Q(kind=act.kind) if act.kind else Q()
    return act.model.objects.filter(happened & of_kind).order_by()


def has_act(
    kinds: Collection[str],
    *,
    step: int | None = None,
    by: int | None = None,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
) -> Q:
    """It has an act of any of these kinds about a waiver: one act that fits all parts."""
    parts = (_has_act(kind, step, by, acts_between(kind, first, last)) for kind in kinds)
    return functools.reduce(operator.or_, parts)


def _has_act(kind: str, step: int | None, by: int | None, acts: Any) -> Q:
    if step is not None:
        acts = acts.filter(step=step)
    if by is not None:
        acts = acts.filter(**{ACTS[kind].by: by})
    return Q(Exists(acts.filter(opportunity=OuterRef("pk"))))

"""Conditions about how an opportunity was closed. Only the closing in force counts, not one that was undone."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from opportunities.models import Closing, Debrief, Opportunity, OpportunityCompetitor
from opportunities.models.write_guard import GuardedQuerySet

NONE_LINKED, NOT_NAMED = "none", "not_named"
FILED, SAYS_WHY, NAMES_GAP = "1", "why", "gap"

_LOST = Q(status=Opportunity.Status.LOST)
IN_FORCE = Q(reopened_at__isnull=True)


def is_lost_to(competitor: int | None) -> Q:
    """Lost to this competitor; None: lost, and the closing names no competitor."""
    names = Q(competitor__isnull=True) if competitor is None else Q(competitor=competitor)
    return _LOST & Q(Exists(_of_each(Closing.objects.filter(IN_FORCE & names))))


def has_no_competitor() -> Q:
    return ~Q(Exists(_of_each(OpportunityCompetitor.objects.all())))


def has_debrief(which: str) -> Q:
    """With a debrief (FILED), one that says why it was won or lost, or one that names a price gap."""
    said = {FILED: Q(), SAYS_WHY: says_why(), NAMES_GAP: Q(price_gap__isnull=False)}[which]
    return Q(Exists(_of_each(Debrief.objects.filter(said))))


def says_why() -> Q:
    """A debrief whose text about the reason is not empty."""
    return ~Q(why="")


def _of_each(rows: GuardedQuerySet[Any]) -> GuardedQuerySet[Any]:
    return rows.filter(opportunity=OuterRef("pk")).order_by()

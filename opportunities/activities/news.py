"""What others changed since a person last looked: computed from events and the last look of the person.

What a person did is no news for that person. An opportunity that a person never looked at has none.
"""

from collections.abc import Iterable

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import RowNumber

from opportunities import access
from opportunities.activities.move_sentences import MOVES
from opportunities.models import Event, LastLook, Opportunity
from salesflow.users.models import User

MOST_EVENTS = 100
"""The events of one opportunity that its line reads, the last ones."""

MOST_COUNTED = 1000
"""Of more, My day says that there are more: to count those of a person with many takes longer than the whole page."""

_LONG_TEXTS = ("description", "customer_need", "proposed_solution")


def _by_others(user: User) -> QuerySet[Event]:
    return Event.objects.exclude(by=user).exclude(kind=Event.Kind.CONVERTED)


def _looks(user: User) -> QuerySet[LastLook]:
    """The last looks of the user at opportunities that others changed later. Reads no row of an opportunity.

    One look into the index `event_since` for each opportunity that the user has looked at.
    """
    later = _by_others(user).filter(opportunity=OuterRef("opportunity"), version__gt=OuterRef("version"))
    return LastLook.objects.filter(user=user).filter(Exists(later))


def among(user: User, opportunities: Iterable[Opportunity]) -> set[int]:
    """The ids of those of these opportunities that have news for the user. One query, however many they are."""
    pks = [opportunity.pk for opportunity in opportunities]
    return set(_looks(user).filter(opportunity__in=pks).values_list("opportunity", flat=True)) if pks else set()


def looks(user: User) -> QuerySet[LastLook]:
    """The last looks of the user at opportunities with news that the user may see, the last changed first.

    A query of the looks of one person: the database begins with these, however many opportunities there are.
    """
    rows: QuerySet[LastLook] = access.of_visible(_looks(user), user)
    return rows.order_by("-opportunity__modified_at", "-opportunity__pk")


def counted(user: User, most: int = MOST_COUNTED) -> tuple[int, bool]:
    """How many opportunities have news for the user, at most so many, and whether there are more. One query."""
    count = looks(user).order_by()[: most + 1].count()
    return min(count, most), count > most


def page_looks(user: User) -> QuerySet[LastLook]:
    """As `looks`, with what a line of the page shows."""
    named = looks(user).select_related("opportunity__account", "opportunity__active_stage")
    return named.defer(*(f"opportunity__{name}" for name in _LONG_TEXTS))


def events_of(user: User, rows: Iterable[Opportunity]) -> dict[int, list[Event]]:
    """What others did with each of these opportunities since the user last looked, the last first. One query."""
    found: dict[int, list[Event]] = {row.pk: [] for row in rows}
    look = LastLook.objects.filter(user=user, opportunity=OuterRef("opportunity"))
    events = _by_others(user).filter(opportunity__in=list(found)).alias(seen=Subquery(look.values("version")))
    later = events.filter(version__gt=F("seen")).select_related("by", "from_stage", "to_stage")
    place = Window(RowNumber(), partition_by="opportunity", order_by=F("version").desc())
    for event in later.annotate(place=place).filter(place__lte=MOST_EVENTS).order_by("-version") if found else ():
        found[event.opportunity_id].append(event)
    return found


def change_since(opportunity: int, *, version: int, reader: User) -> Event | None:
    """What others did after the version that a page shows: the last move, or else the last change. None for nothing.

    One query, by the index of the versions.
    """
    later = _by_others(reader).filter(opportunity=opportunity, version__gt=version)
    is_move = Case(When(kind__in=list(MOVES), then=Value(0)), default=Value(1))
    return later.select_related("by", "to_stage").order_by(is_move, "-version").first()

"""The tab with the timeline: a page of it, its filters, and what is new for the reader."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opportunities.activities import sources, timeline
from opportunities.activities.mails import MailSource
from opportunities.activities.sources import EventSource, Keys
from opportunities.activities.topics import EVERYTHING, TOPICS, Topic
from opportunities.forms import fields
from opportunities.models import Opportunity
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

MOST_PEOPLE = 12
"""The people whom the filter offers, the last ones who changed something."""

SOURCES = 2
"""Events and mails."""

_BETWEEN_KEYS = "-"


@dataclass(frozen=True)
class FilterLink:
    """One choice of a filter."""

    label: str | Promise
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a topic, a person, and where the page begins."""

    opportunity: Opportunity
    rest: str
    """The parameters of the opportunity page that stay, such as the stage."""
    topic: Topic
    person: int | None
    begin: Keys

    @classmethod
    def by(cls, opportunity: Opportunity, query: QueryDict) -> "Asked":
        rest = QueryDict(mutable=True)
        if (stage := fields.query_id(query, "stage")) is not None:
            rest["stage"] = str(stage)
        topic = TOPICS.get(str(fields.only_value(query, "about")), EVERYTHING)
        return cls(opportunity, rest.urlencode(), topic, fields.query_id(query, "by"), _begin(query))

    @property
    def is_narrowed(self) -> bool:
        return self.topic is not EVERYTHING or self.person is not None

    def address(self, **changes: Any) -> str:
        """The address of the newest page with another topic or person, or of the page that begins elsewhere."""
        asked = replace(self, **{"begin": (None,) * SOURCES, **changes})
        query = QueryDict(asked.rest, mutable=True)
        query["tab"] = "timeline"
        chosen = {"about": asked.topic.name, "by": asked.person or "", "before": _written(asked.begin)}
        for name, value in chosen.items():
            if value:
                query[name] = str(value)
        return f"{self.opportunity.get_absolute_url()}?{query.urlencode()}"


def _begin(query: QueryDict) -> Keys:
    """The keys in the address. What is no key reads from the newest act on."""
    written = str(fields.only_value(query, "before") or "").split(_BETWEEN_KEYS)
    keys = [fields.clean_id(key) for key in written[:SOURCES]]
    return (*keys, *[None] * (SOURCES - len(keys)))


def _written(keys: Keys) -> str:
    if all(key is None for key in keys):
        return ""
    return _BETWEEN_KEYS.join("" if key is None else str(key) for key in keys)


def tab(request: SignedInRequest, opportunity: Opportunity, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the tab. At most four queries.

    They read the events with the reader's last look, the mails with their attempts, and the people.
    """
    asked = Asked.by(opportunity, request.GET)
    events = EventSource(opportunity, request.user, asked.topic, asked.person, context["related"].source)
    page = sources.page_of([events, MailSource(opportunity, asked.topic, asked.person)], asked.begin)
    stages = context["progress"].stages
    entries = timeline.entries_of(page.groups, reader=request.user, stages=stages, older=page.next_act)
    return {
        "asked": asked,
        "new_entries": [entry for entry in entries if entry.is_new],
        "entries": [entry for entry in entries if not entry.is_new],
        "older": asked.address(begin=page.older) if page.older else "",
        "newest": asked.address() if any(key is not None for key in asked.begin) else "",
        "everything": asked.address(topic=EVERYTHING, person=None),
        "topics": [FilterLink(each.label, asked.address(topic=each), each == asked.topic) for each in TOPICS.values()],
        "people_of_timeline": _people(asked, request.user),
    }


def _people(asked: Asked, reader: User) -> list[FilterLink]:
    """Everybody, and the people who changed something; nobody if that is one person."""
    people = sources.people_of(asked.opportunity, MOST_PEOPLE, chosen=asked.person)
    if len(people) < 2 and asked.person is None:
        return []
    everybody = FilterLink(_("Everybody"), asked.address(person=None), asked.person is None)
    return [everybody, *(_person(asked, each, reader) for each in people)]


def _person(asked: Asked, person: User, reader: User) -> FilterLink:
    label = _("You") if person.pk == reader.pk else str(person)
    return FilterLink(label, asked.address(person=person.pk), person.pk == asked.person)

"""The opportunity's log, as sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext

from opportunities import shown
from opportunities.models import Event

# What "Created" and a move say by themselves.
UNTOLD = {"status", "status_reason", "closed_on", "forecast_category", "rating"}


@dataclass(frozen=True)
class Line:
    """One field that changed: what stood there (nothing to tell at the start) and what stands there now."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One event of the log, ready to be read."""

    event: Event

    @property
    def sentence(self) -> str:
        """What happened, without who: "moved it from Qualify to Develop"."""
        stages = {
            "from": self.event.from_stage.name if self.event.from_stage else "",
            "to": self.event.to_stage.name if self.event.to_stage else "",
        }
        return SENTENCES[Event.Kind(self.event.kind)]() % stages

    @property
    def is_move(self) -> bool:
        return self.event.kind in MOVES

    @property
    def reason(self) -> str:
        return self.event.reason

    @cached_property
    def lines(self) -> list[Line]:
        """The fields that changed; what a move's own sentence says is left out."""
        told = set() if self.event.kind == Event.Kind.EDITED else UNTOLD
        return [
            Line(shown.label(change["field"]), *_both(change))
            for change in self.event.changes
            if change["field"] not in told
        ]

    @cached_property
    def people(self) -> list[str]:
        return [sentence for person in self.event.people for sentence in _of_person(person)]


def _both(change: dict[str, Any], noun: str = "") -> tuple[str, str]:
    return (
        shown.value(change["field"], change["old"], noun=noun),
        shown.value(change["field"], change["new"], noun=noun),
    )


def _of_person(person: dict[str, Any]) -> Iterator[str]:
    """“Added the stakeholder Kari Nordmann (Decision maker)” and the like."""
    noun, what = person["noun"], person["what"]
    named = {"name": shown.logged_name(person)}
    if what != "changed":
        yield PEOPLE[noun, what]() % named
        return
    for change in person["changes"]:
        old, new = _both(change, noun)
        values = {"label": shown.label(change["field"], noun=noun), "old": old, "new": new}
        yield gettext("%(name)s – %(label)s: %(old)s → %(new)s") % (named | values)


MOVES = {kind for kind in Event.Kind if kind is not Event.Kind.EDITED}

SENTENCES = {
    Event.Kind.STARTED: lambda: gettext("created it in %(to)s"),
    Event.Kind.EDITED: lambda: gettext("changed it"),
    Event.Kind.ADVANCED: lambda: gettext("moved it from %(from)s to %(to)s"),
    Event.Kind.JUMPED: lambda: gettext("moved it ahead from %(from)s to %(to)s"),
    Event.Kind.WENT_BACK: lambda: gettext("went back from %(from)s to %(to)s"),
    Event.Kind.FINISHED: lambda: gettext("finished the process"),
    Event.Kind.WON: lambda: gettext("closed it as won"),
    Event.Kind.LOST: lambda: gettext("closed it as lost from %(from)s"),
    Event.Kind.REOPENED: lambda: gettext("reopened it in %(to)s"),
    Event.Kind.HELD: lambda: gettext("put it on hold"),
    Event.Kind.RESUMED: lambda: gettext("resumed it"),
    Event.Kind.WAIVED: lambda: gettext("waived a step of %(to)s"),
    Event.Kind.ASKED: lambda: gettext("asked a manager to close it as lost"),
    Event.Kind.DECLINED: lambda: gettext("declined to close it"),
}

PEOPLE = {
    ("stakeholder", "added"): lambda: gettext("Added the stakeholder %(name)s"),
    ("stakeholder", "removed"): lambda: gettext("Removed the stakeholder %(name)s"),
    ("competitor", "added"): lambda: gettext("Added the competitor %(name)s"),
    ("competitor", "removed"): lambda: gettext("Removed the competitor %(name)s"),
    ("team_member", "added"): lambda: gettext("Added %(name)s to the sales team"),
    ("team_member", "removed"): lambda: gettext("Removed %(name)s from the sales team"),
    ("step", "waived"): lambda: gettext("Waived the step “%(name)s”"),
}

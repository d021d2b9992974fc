"""Turns the events of an opportunity into sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext

from opportunities import display
from opportunities.editing import answers, children
from opportunities.models import Event
from opportunities.models.event import WaiverChange

LEFT_OUT_OF_MOVES = {"status", "status_reason", "closed_on", "forecast_category", "rating"}
"""The fields that the entry of a move, or of the creation, leaves out."""


@dataclass(frozen=True)
class ChangedField:
    """One field that changed, with its value before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One event, formatted for the reader."""

    event: Event

    @property
    def sentence(self) -> str:
        """What happened, without the person: "moved it from Qualify to Develop"."""
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
    def lines(self) -> list[ChangedField]:
        """The fields that changed, without those that the sentence of a move implies."""
        left_out = set() if self.event.kind == Event.Kind.EDITED else LEFT_OUT_OF_MOVES
        return [
            ChangedField(display.label(change["field"]), *_both(change))
            for change in self.event.changes
            if change["field"] not in left_out
        ]

    @cached_property
    def children(self) -> list[str]:
        """A sentence for each change of a child row."""
        return [sentence for row in self.event.children for sentence in _of_row(row)]

    @cached_property
    def waived_steps(self) -> list[str]:
        """A sentence for each step that was waived."""
        steps = (answers.logged_name(step) for step in self.event.waived_steps)
        return [gettext("Waived the step “%(name)s”") % {"name": name} for name in steps]

    @cached_property
    def waiver_changes(self) -> list[str]:
        """A sentence for each request for a waiver that was made or ended, and each waiver that was withdrawn."""
        return [
            WAIVER_CHANGES[WaiverChange(each["what"])]() % {"name": answers.logged_name(each["step"])}
            for each in self.event.waiver_changes
        ]


def _both(change: dict[str, Any], table: str = "") -> tuple[str, str]:
    return (
        display.value(change["field"], change["old"], table=table),
        display.value(change["field"], change["new"], table=table),
    )


def _of_row(row: dict[str, Any]) -> Iterator[str]:
    """A sentence such as “Added the stakeholder Kari Nordmann”, or one for each changed column."""
    table, named = row["table"], {"name": row["name"]}
    registered = children.CHILDREN[table]
    says = registered.says
    if row["what"] != "changed":
        yield str(says.added if row["what"] == "added" else says.removed) % named
        return
    for change in row["changes"]:
        if change["field"] in says.ended:
            yield str(says.ended[change["field"]]) % named
        if change["field"] in registered.filled:
            continue
        old, new = _both(change, table)
        values = {"label": display.label(change["field"], table=table), "old": old, "new": new}
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
    Event.Kind.WITHDREW: lambda: gettext("took back the request to close it"),
    Event.Kind.ASKED_WAIVER: lambda: gettext("asked a manager to waive a step of %(to)s"),
    Event.Kind.TOOK_BACK_WAIVER: lambda: gettext("took back the request to waive a step of %(to)s"),
    Event.Kind.DECLINED_WAIVER: lambda: gettext("declined to waive a step of %(to)s"),
    Event.Kind.WITHDREW_WAIVER: lambda: gettext("withdrew the waiver of a step of %(to)s"),
    Event.Kind.CONVERTED: lambda: gettext("turned the next step into a task"),
}

WAIVER_CHANGES = {
    WaiverChange.ASKED: lambda: gettext("Asked to waive the step “%(name)s”"),
    WaiverChange.APPROVED: lambda: gettext("Approved the request to waive “%(name)s”"),
    WaiverChange.DECLINED: lambda: gettext("Declined the request to waive “%(name)s”"),
    WaiverChange.TAKEN_BACK: lambda: gettext("Took back the request to waive “%(name)s”"),
    WaiverChange.NOT_NEEDED: lambda: gettext("The request to waive “%(name)s” is no longer needed"),
    WaiverChange.WITHDRAWN: lambda: gettext("Withdrew the waiver of the step “%(name)s”"),
}

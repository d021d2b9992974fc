"""What a timeline can be narrowed to: moves, people, notes, tasks, answers. Derived from kinds of events and tables."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.activities.move_sentences import ABOUT_WAIVERS, IMPLIED_BY_MOVES, MOVES, WAIVER_CHANGES
from opportunities.editing.children import CHILDREN
from opportunities.models import Event

_NOT_IMPLIED = rf'"field": "(?!(?:{"|".join(sorted(map(re.escape, IMPLIED_BY_MOVES)))})")'


@dataclass(frozen=True)
class Topic:
    """A part of what events say. `name` is its value in an address; `tables` are child tables by their log name."""

    name: str
    label: str | Promise
    has_moves: bool = False
    has_fields: bool = False
    has_mails: bool = False
    tables: frozenset[str] = frozenset()
    is_everything: bool = False

    def has_table(self, name: str) -> bool:
        return self.is_everything or name in self.tables

    def of(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """The events that say something about it. SQLite cannot search inside JSON, so this searches its text."""
        if self.is_everything:
            return events
        if not (self.tables or self.has_fields or self.has_moves):
            return events.none()
        names = ("children", "changes", "waiver_changes")
        texts = {f"{name}_text": Cast(name, TextField()) for name in names}
        return events.alias(**texts).filter(self._condition())

    def _condition(self) -> Q:
        """In the text of a JSON value, the quotation marks of what people wrote have a backslash before them."""
        found = Q()
        for table in self.tables:
            found |= Q(children_text__contains=f'"table": "{table}"')
        if self.has_fields:
            found |= Q(kind=Event.Kind.EDITED, changes_text__contains='"field": "')
            found |= Q(changes_text__regex=_NOT_IMPLIED)
        if self.has_moves:
            found |= Q(kind__in=[*MOVES, *ABOUT_WAIVERS])
            for change in WAIVER_CHANGES:
                found |= Q(waiver_changes_text__contains=f'"what": "{change}"')
        return found


EVERYTHING = Topic(
    "", pgettext_lazy("timeline", "All"), has_moves=True, has_fields=True, has_mails=True, is_everything=True
)


def _topics() -> list[Topic]:
    """The child tables about people and companies are one topic, each of the others is one."""
    with_subject = frozenset(table.name for table in CHILDREN.values() if table.subject)
    others = [table for table in CHILDREN.values() if not table.subject]
    return [
        EVERYTHING,
        Topic("moves", pgettext_lazy("timeline", "Moves"), has_moves=True),
        Topic("people", _("People"), tables=with_subject),
        *(Topic(table.tab, table.says.title, tables=frozenset({table.name})) for table in others),
        Topic("mails", pgettext_lazy("timeline", "Mails"), has_mails=True),
        Topic("answers", pgettext_lazy("timeline", "Answers"), has_fields=True),
    ]


TOPICS = {topic.name: topic for topic in _topics()}
"""The topics in the order in which a page offers them, by name. The first is everything."""

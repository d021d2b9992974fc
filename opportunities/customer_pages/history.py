"""The history of an account, a contact or a competitor, in sentences: who changed what, from which value, and when."""

import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.translation import gettext

from opportunities.activities import phrases
from opportunities.activities.phrases import Phrase, PhrasePart, PhraseText, PhraseValue
from opportunities.customer_pages import values
from opportunities.customer_pages.values import Names
from opportunities.customers import entered
from opportunities.customers.models import Customer
from opportunities.views.paging import ROWS_OF_A_PART
from salesflow.users.models import User


@dataclass(frozen=True)
class Change:
    """A column that differs between two states of the row."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryEntry:
    """What one person changed at once, as `opportunity/_entry.html` shows it."""

    who: str
    at: datetime.datetime
    phrases: Sequence[Phrase]

    @property
    def line(self) -> list[PhrasePart]:
        return list(phrases.in_a_row([list(phrase.parts) for phrase in self.phrases]))

    @property
    def texts(self) -> list[PhraseText]:
        return [text for phrase in self.phrases for text in phrase.texts]


def read(row: Customer, reader: User, number: Any) -> tuple[Page[Any], list[HistoryEntry]]:
    """One page of the history, the last change first. Two queries, and one for each model that changes refer to."""
    states = row.history.select_related("history_user").order_by("-history_id")  # type: ignore[attr-defined]
    page = Paginator(states, ROWS_OF_A_PART).get_page(number)
    first = (page.number - 1) * ROWS_OF_A_PART
    listed = list(states[first : first + ROWS_OF_A_PART + 1])  # with the state before the last one
    page.object_list = listed[:ROWS_OF_A_PART]
    pairs = list(itertools.zip_longest(page.object_list, listed[1 : len(page.object_list) + 1]))
    return page, _entries(type(row), pairs, reader)


def _entries(model: type[Customer], pairs: list[tuple[Any, Any]], reader: User) -> list[HistoryEntry]:
    changed = [list(_changes(after, before)) if before is not None else [] for after, before in pairs]
    given = [(each.name, value) for found in changed for each in found for value in (each.before, each.after)]
    names = values.names_of(model, given)
    entries = []
    for (after, before), found in zip(pairs, changed, strict=True):
        said = [_phrase(model, each, after, before, names) for each in found]
        if before is None:
            said = [phrases.phrase(gettext("created it"), is_move=True)]
        if said:
            entries.append(HistoryEntry(_who(after.history_user, reader), after.history_date, said))
    return entries


def _changes(after: Any, before: Any) -> Iterator[Change]:
    states = entered.values(before), entered.values(after)
    for name in states[0]:
        if states[0][name] != states[1][name]:
            yield Change(name, states[0][name], states[1][name])
    if before.is_archived != after.is_archived:
        yield Change("is_archived", before.is_archived, after.is_archived)


def _phrase(model: type[Customer], change: Change, after: Any, before: Any, names: Names) -> Phrase:
    if change.name == "is_archived":
        return phrases.phrase(gettext("archived it") if change.after else gettext("restored it"), is_move=True)
    column, label = entered.column(model, change.name), entered.label(model, change.name)
    if isinstance(column, models.BooleanField):
        return phrases.of_switch(label, is_on=change.after)
    old, new = (
        values.shown(model, change.name, value, names=names, country=getattr(state, "country", ""))
        for value, state in ((change.before, before), (change.after, after))
    )
    if isinstance(column, models.TextField):
        return phrases.of_text(label, old, new)
    linked = (
        PhraseValue.of(text, values.address(model, change.name, value, names))
        for text, value in ((old, change.before), (new, change.after))
    )
    return phrases.of_value(label, *linked)


def _who(person: User | None, reader: User) -> str:
    if person is None:
        return gettext("An unknown person")
    return gettext("You") if person == reader else str(person)

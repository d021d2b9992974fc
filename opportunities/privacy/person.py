"""By which words a text names a person: names, mail addresses and phone numbers, those of the history, too."""

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from opportunities.customers import erased_rows
from opportunities.customers.models import Contact
from opportunities.models.erasures import ERASED
from salesflow import folding

SHORT = 6
"""A name with fewer letters is found as a whole word only, because it may be a part of other words."""
RARE = 8
"""A name of a single word with fewer letters is searched for only where the person has part."""
SHORTEST_PART = 3
FEWEST_DIGITS, NATIONAL_DIGITS = 5, 8

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![0-9a-z])", r"(?![0-9a-z])"
_GENITIVE = r"(?:['’]?s)?"
_VARIES = re.compile(r"[^0-9b-df-hj-np-tv-z@.]+")


@dataclass(frozen=True)
class Person:
    """A contact, with every name, mail address and phone number that the record and its history have or had."""

    contact_id: int
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @classmethod
    def of(cls, contact: Contact) -> "Person":
        """Two queries, for the merges and the history."""
        past = history_of(contact).values_list("name", "email", "phone")
        names, emails, phones = zip((contact.name, contact.email, contact.phone), *past, strict=True)
        return cls(contact.pk, _distinct(names), _distinct(emails), _distinct(phones))

    def as_words(self) -> dict[str, list[str]]:
        return {"names": list(self.names), "emails": list(self.emails), "phones": list(self.phones)}

    @classmethod
    def of_words(cls, contact_id: int, words: dict[str, Any]) -> "Person":
        return cls(contact_id, *(tuple(words.get(kind, ())) for kind in ("names", "emails", "phones")))

    def has_name(self, name: Any) -> bool:
        return isinstance(name, str) and folding.folded(name) in {folding.folded(each) for each in self.names}

    @property
    def everywhere(self) -> list[str]:
        """What is searched for in every text."""
        rare = [name for name in self.names if len(name.split()) > 1 or len(name) >= RARE]
        return [*rare, *self.emails, *_numbers(self.phones)]

    @property
    def parts(self) -> list[str]:
        """The single names, which are searched for only where the person has part."""
        words = [word.strip(",.;:()") for name in self.names for word in name.split()]
        return list(dict.fromkeys(word for word in words if len(folding.folded(word)) >= SHORTEST_PART))

    def spans(self, text: str, *, is_involved: bool) -> list[tuple[int, int]]:
        """Where the text names the person, without overlaps. `is_involved`: the text is where the person has part."""
        folded, places = folding.with_places(text)
        found = [each.span() for each in _pattern(self, is_involved).finditer(folded) if each.group()]
        return [(places[start], places[end - 1] + 1) for start, end in found]

    def names_in(self, text: str, *, is_involved: bool) -> bool:
        return bool(self.spans(text, is_involved=is_involved))

    def without(self, text: str, *, is_involved: bool) -> str:
        """The text with `ERASED` instead of the words that name the person."""
        kept, last = [], 0
        for start, end in self.spans(text, is_involved=is_involved):
            if start >= last:
                kept += [text[last:start], ERASED]
                last = end
        return "".join([*kept, text[last:]])


def history_of(contact: Contact) -> "QuerySet[Any]":
    """The history of the contact and of the contacts that were merged into it."""
    history: Any = contact.history
    return QuerySet(history.model).filter(id__in=erased_rows.ids_of(contact)).order_by("-history_date", "-history_id")


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value and value != ERASED))


def _numbers(phones: Iterable[str]) -> list[str]:
    """The digits of each number, without the code of the country."""
    digits = ["".join(each for each in phone if unicodedata.category(each) == "Nd") for phone in phones]
    return [each[-NATIONAL_DIGITS:] for each in digits if len(each) >= FEWEST_DIGITS]


@functools.lru_cache(maxsize=16)
def _pattern(person: Person, is_involved: bool) -> re.Pattern[str]:
    found = [_of_name(name) for name in person.names if name in person.everywhere]
    found += [_of_address(email) for email in person.emails]
    found += [_of_number(number) for number in _numbers(person.phones)]
    if is_involved:
        found += [
            rf"{_NO_LETTER_BEFORE}{re.escape(_folded(part))}{_GENITIVE}{_NO_LETTER_AFTER}" for part in person.parts
        ]
    return re.compile("|".join(found) or r"(?!)")


def _folded(text: str) -> str:
    return folding.with_places(text)[0].strip()


def _of_address(email: str) -> str:
    """Not as a part of a longer address, which is that of another person."""
    return rf"(?<![0-9a-z.+_-]){re.escape(_folded(email))}(?![0-9a-z_-]|\.[0-9a-z])"


def _of_name(name: str) -> str:
    """Also with the last name first."""
    words = [re.escape(word) for word in _folded(name).split()]
    orders = [words, [words[-1], *words[:-1]]] if len(words) > 1 else [words]
    either = "|".join(r"[\s,]+".join(order) for order in orders)
    if len("".join(words)) >= SHORT:
        return f"(?:{either})"
    return f"{_NO_LETTER_BEFORE}(?:{either}){_GENITIVE}{_NO_LETTER_AFTER}"


_COUNTRY = r"(?:(?:\+|00)[0-9]{1,3}[\s.-]*|[0-9]{2}[\s.-]+)?"


def _of_number(number: str) -> str:
    digits = r"[\s.()-]*".join(number)
    return f"{_NO_LETTER_BEFORE}{_COUNTRY}{digits}{_NO_LETTER_AFTER}"


def like(words: str) -> str:
    """A pattern for LIKE that every text matches in which these words may be found, and others, too.

    Only the letters that have one form stay: no vowels, which may have accents, and no spaces. In JSON a letter outside
    ASCII is written as its number on SQLite.
    """
    if words.isdigit():
        return f"%{'%'.join(words)}%"
    return f"%{_VARIES.sub('%', words.casefold())}%"


def last_name_first(name: str) -> str:
    *first, last = name.split()
    return " ".join([last, *first])

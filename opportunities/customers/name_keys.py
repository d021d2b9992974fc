"""The key by which two names are nearly the same: without case, accents, punctuation, spaces and double letters.

The key of a company has no legal form, and that of a person no order of names: “Fjord Data AS” is “FjordData”, and
“Solberg, Berit” is “Berit Solberg”.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import models

from salesflow import folding

LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "ans",
        "aps",
        "as",
        "asa",
        "ba",
        "bv",
        "co",
        "corp",
        "da",
        "gmbh",
        "iks",
        "inc",
        "kg",
        "kgaa",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "oyj",
        "plc",
        "pty",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
    ]
)

_REPEATED_LETTER = re.compile(r"([^\W\d])\1+")


def of_company(name: str) -> str:
    """The key of the name of a company."""
    words = _words(name)
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    if len(words) > 1 and words[0] in LEGAL_FORMS:
        words.pop(0)
    return _joined(words, name)


def of_person(name: str) -> str:
    """The key of the name of a person."""
    return _joined(sorted(_words(name)), name)


def _words(name: str) -> list[str]:
    folded = ("".join(filter(str.isalnum, word)) for word in folding.folded(name).split())
    return [word for word in folded if word]


def _joined(words: list[str], name: str) -> str:
    """A name that has no letter or digit is its own key."""
    return (_REPEATED_LETTER.sub(r"\1", "".join(words)) or folding.folded(name))[: folding.LONGEST]


class NameKeyField(models.CharField):
    """The key of the name of the row by the function `key`, set on each save and `bulk_create`."""

    def __init__(self, *, key: Callable[[str], str], **kwargs: Any) -> None:
        self.key = key
        super().__init__(**{"max_length": folding.LONGEST, "editable": False, "db_default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "key": self.key}

    def derived(self, row: Any) -> str:
        """The value that this column must have for the row."""
        return self.key(row.name)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derived(model_instance)
        setattr(model_instance, self.attname, value)
        return value

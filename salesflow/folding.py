"""Names, folded for sorting: one order in both languages and on both databases, with æ, ø and å after z."""

import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import connections, models

LONGEST = 400  # characters of a folded name

# Letters that Unicode does not decompose, and that are not letters of their own in Norwegian.
LETTERS = {"œ": "oe", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th"}

# Marks, control and format characters, lone surrogates.
LEFT_OUT = {"Mn", "Me", "Cc", "Cf", "Cs"}

# The three places after z, where the Norwegian ISO 646 has these letters. A real brace or bar makes way.
_MAKES_WAY = str.maketrans("{|}", "(/)")
_AFTER_Z = {"æ": "{", "a\u0308": "{", "ø": "|", "o\u0308": "|", "a\u030a": "}"}
_OTHERS = str.maketrans(LETTERS)


def sort_text(name: str) -> str:
    """The text by which a name is sorted, compared byte by byte.

    Case and accents do not count. Æ, Ø and Å come after Z, with Ä as Æ and Ö as Ø.
    """
    letters = decomposed(name[:LONGEST]).translate(_MAKES_WAY)
    for letter, place in _AFTER_Z.items():
        letters = letters.replace(letter, place)
    return without_marks(letters.translate(_OTHERS))[:LONGEST]


def decomposed(text: str) -> str:
    """The text in lower case, each accent a character of its own."""
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return unicodedata.normalize("NFKD", folded)


def without_marks(text: str) -> str:
    """A decomposed text without accents, characters that do not print, and odd spaces."""
    spaced = " ".join(text.split())
    return " ".join("".join(each for each in spaced if unicodedata.category(each) not in LEFT_OUT).split())


class SortTextField(models.CharField):
    """The `sort_text` of the column `of`, renewed on each save and `bulk_create`.

    PostgreSQL compares it in the collation "C", so that order and index are the same as on SQLite.
    """

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{"max_length": LONGEST, "editable": False, "db_default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}

    def derived(self, model_instance: models.Model) -> str:
        """What the column of this row must hold."""
        return sort_text(getattr(model_instance, self.of))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derived(model_instance)
        setattr(model_instance, self.attname, value)
        return value


def fill(model: Any, names: Iterable[tuple[int, str]], *, alias: str, batch: int = 1000) -> None:
    """Write the `sort_text` of rows that are already there, past `save`. For migrations."""
    table, rows = connections[alias].ops.quote_name(model._meta.db_table), iter(names)
    statement = f"UPDATE {table} SET sort_text = %s WHERE id = %s"  # noqa: S608 -- the table is our own
    with connections[alias].cursor() as cursor:
        while some := list(islice(rows, batch)):
            cursor.executemany(statement, [(sort_text(name), pk) for pk, name in some])

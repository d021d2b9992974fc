"""Folds texts for searching and names for sorting: case and accents do not count.

The results are the same in both languages and on both databases. Æ, Ø and Å sort after Z.
"""

import unicodedata
from typing import Any

from django.db import models

LINE_LENGTH = 200  # characters of a text in one line, such as a name
TEXT_LENGTH = 4000
MOST_WORDS = 10  # of a search text
LONGEST = 2 * LINE_LENGTH  # characters of a folded text or a search text

# Letters that Unicode does not decompose, and that are not letters of their own in Norwegian.
LETTERS = {"œ": "oe", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th"}

# Marks, control and format characters, lone surrogates.
LEFT_OUT = {"Mn", "Me", "Cc", "Cf", "Cs"}

# Sort æ, ø and å as the three characters after z, as in the Norwegian ISO 646, and those characters as others.
_REPLACED = str.maketrans("{|}", "(/)")
_AFTER_Z = {"æ": "{", "a\u0308": "{", "ø": "|", "o\u0308": "|", "a\u030a": "}"}
_OTHERS = str.maketrans(LETTERS)
_TO_FIND = str.maketrans({"æ": "ae", "ø": "o", **LETTERS})  # as they are typed on a keyboard without them


def sort_text(name: str) -> str:
    """The text that sorts a name, compared byte by byte.

    Æ, Ø and Å come after Z, with Ä as Æ and Ö as Ø.
    """
    letters = decomposed(name[:LONGEST]).translate(_REPLACED)
    for letter, place in _AFTER_Z.items():
        letters = letters.replace(letter, place)
    return without_marks(letters.translate(_OTHERS))[:LONGEST]


def folded(text: str) -> str:
    """The text without case, accents and odd spaces, for search columns and search texts.

    Every database takes the result as a query. Only the beginning of a long text counts: the time to normalise accents
    grows with the square of their number.
    """
    return without_marks(decomposed(text[:LONGEST]).translate(_TO_FIND))


def words(text: str) -> list[str]:
    """The folded words of a search text."""
    return folded(text).split()[:MOST_WORDS]


def with_places(text: str) -> tuple[str, list[int]]:
    """The text folded letter by letter, and for each letter of the result its place in the text.

    Unlike `folded` it keeps the number of spaces and the whole text.
    """
    letters, places = [], []
    for place, letter in enumerate(text):
        found = " " if letter.isspace() else decomposed(letter).translate(_TO_FIND)
        for each in found:
            if unicodedata.category(each) not in LEFT_OUT:
                letters.append(each)
                places.append(place)
    return "".join(letters), places


def decomposed(text: str) -> str:
    """The text in lower case, with each accent as a separate character."""
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return unicodedata.normalize("NFKD", folded)


def without_marks(text: str) -> str:
    """A decomposed text without accents, invisible characters and odd spaces."""
    spaced = " ".join(text.split())
    return " ".join("".join(each for each in spaced if unicodedata.category(each) not in LEFT_OUT).split())


class SortTextField(models.CharField):
    """The `sort_text` of the column `of`, set on each save and `bulk_create`.

    Uses the collation "C" on PostgreSQL, so that order and index are the same as on SQLite.
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
        """The value that this column must have for the row."""
        return sort_text(getattr(model_instance, self.of))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derived(model_instance)
        setattr(model_instance, self.attname, value)
        return value

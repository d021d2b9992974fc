"""The search of lists: every word of the text is in one of some columns, without case and accents."""

from django.db.models import Q

from salesflow import folding


def condition(typed: str, *columns: str) -> Q:
    """Each word is in one of the folded columns. A column may name a lookup of its own: `email__icontains`."""
    found = Q()
    for word in folding.words(typed):
        anywhere = Q()
        for column in columns:
            lookup = column if column.endswith("contains") else f"{column}__contains"
            anywhere |= Q(**{lookup: word})
        found &= anywhere
    return found


def is_in(text: str, typed: str) -> bool:
    """Whether each word is in the text."""
    folded = folding.folded(text)
    return all(word in folded for word in folding.words(typed))

"""Guesses which field each column of a file fills, from its heading and its content."""

import functools
from collections.abc import Mapping, Sequence

from django.utils.functional import Promise

from opportunities.imports import fields, guesses, heading_words, languages, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.imports.reading.cells import Cell, is_blank
from salesflow import folding

WORDS = {
    fields.OPPORTUNITIES: heading_words.OF_OPPORTUNITIES,
    fields.ACCOUNTS: heading_words.OF_ACCOUNTS,
    fields.CONTACTS: heading_words.OF_CONTACTS,
}

EXPORTED = {
    "name": "name",
    "account": "account",
    "contact": "contact",
    "process": "process",
    "stage": "stage",
    "status": "status",
    "reason": "status_reason",
    "revenue": "estimated_revenue",
    "probability": "probability",
    "actual": "actual_revenue",
    "budget": "estimated_budget",
    "close": "estimated_close_date",
    "closed": "closed_on",
    "next": "next_step",
    "due": "next_step_due",
    "owner": "owner",
    "rating": "rating",
    "forecast": "forecast_category",
    "created": "created_on",
}
"""The field of each column of a list of opportunities that a file can bring back. The others are figures of it."""

SHARED = {
    "close_date": ("estimated_close_date", "closed_on"),
    "amount": ("estimated_revenue", "actual_revenue"),
}
"""The fields that mean one thing in an open opportunity and another in a closed one."""

_list_labels: dict[str, Promise] = {}

CHECKED = {"email", "money", "date", "moment", "percent", "website", "country", "tick", "choice"}
"""The kinds of which a sample shows whether the column has them."""

Samples = Sequence[Sequence[Cell]]


def register(labels: Mapping[str, Promise]) -> None:
    """Makes the headings of our own exports known: the label of each column of the list, by its name."""
    _list_labels.update(labels)
    _fields_by_heading.cache_clear()


def guess(headings: Sequence[str], samples: Samples, *, noun: str = fields.OPPORTUNITIES) -> dict[str, str]:
    """The field that each column probably fills, empty for one that is left out. Each field is taken once.

    `samples` are the cells of some rows. A column in which no sample can be read as its field is left out; one with
    addresses is the e-mail, also under another heading, and one of statuses that are stages elsewhere is the stage.
    """
    known, taken = _fields_by_heading(noun), dict[str, str]()
    for place, heading in enumerate(headings):
        cells = [row[place] for row in samples if place < len(row) and not is_blank(row[place])]
        wanted = known.get(_key(heading), ())
        name = next((name for name in wanted if name not in taken.values() and _fits(noun, name, cells)), "")
        taken[heading] = name
    taken = _with_stages(_with_shared(_without_lone_day(taken), known), headings, samples)
    return _with_addresses(taken, headings, samples, noun)


def is_known(heading: str) -> bool:
    """Whether a text is a usual heading, for any noun."""
    key = _key(heading)
    return any(key in _fields_by_heading(noun) for noun in fields.NOUNS) or key in _left_out()


def _key(heading: str) -> str:
    """The heading folded, with its signs as spaces."""
    folded = folding.folded(heading)
    return " ".join("".join(each if each.isalnum() or each == "%" else " " for each in folded).split())


@functools.cache
def _left_out() -> frozenset[str]:
    return frozenset(map(_key, heading_words.LEFT_OUT))


@functools.cache
def _fields_by_heading(noun: str) -> dict[str, tuple[str, ...]]:
    """The fields that a heading may mean, the likely ones first: our labels and exports, then words of others."""
    found = dict[str, list[str]]()

    def add(heading: str, name: str) -> None:
        names = found.setdefault(_key(heading), [])
        if name not in names:
            names.append(name)

    for heading, name in languages.in_each(lambda: _own_headings(noun)):
        add(heading, name)
    for name in fields.of(noun):
        for heading in (name, *WORDS[noun].get(name, ())):
            add(heading, name)
    return {key: tuple(names) for key, names in found.items() if key not in _left_out()}


def _own_headings(noun: str) -> list[tuple[str, str]]:
    """Our headings in the language that is active: those of exports, then the labels of the fields."""
    labels = _list_labels if noun == fields.OPPORTUNITIES else {}
    exported = [(str(label), EXPORTED[name]) for name, label in labels.items() if name in EXPORTED]
    return exported + [(each.label, each.name) for each in fields.of(noun).values()]


def _fits(noun: str, name: str, cells: Sequence[Cell]) -> bool:
    """Whether one of the cells can be read as the field; also if there is none."""
    field = fields.of(noun)[name]
    if field.kind not in CHECKED or not cells:
        return True
    return any(_can_be_read(field, cell) for cell in cells)


def _can_be_read(field: fields.ImportField, cell: Cell) -> bool:
    for mapping in _READINGS:
        try:
            values.read(field, cell, mapping)
        except BadCell:
            continue
        return True
    return field.kind == "percent" and isinstance(cell, str)  # words for probability


_READINGS = tuple(
    FileMapping(date_order=order, probability=probability)
    for order, probability in (("dmy", "percent"), ("mdy", "fraction"), ("ymd", "percent"))
)


def _with_shared(taken: dict[str, str], known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The guesses with one column for open and closed opportunities, if its heading may mean that and no other does."""
    shared = {
        of_open: both
        for both, (of_open, of_closed) in SHARED.items()
        if of_closed not in taken.values() and both not in taken.values()
    }
    return {
        heading: shared[name] if shared.get(name) in known.get(_key(heading), ()) else name
        for heading, name in taken.items()
    }


def _without_lone_day(taken: dict[str, str]) -> dict[str, str]:
    """The guesses without the day of a next step where no column has the next step: the day means something else."""
    if "next_step" in taken.values():
        return taken
    return {heading: "" if name == "next_step_due" else name for heading, name in taken.items()}


def _with_stages(taken: dict[str, str], headings: Sequence[str], samples: Samples) -> dict[str, str]:
    """The guesses with the column of the status as that of the stage, if it has names of stages and no other does."""
    of_status = next((heading for heading, name in taken.items() if name == "status"), "")
    if not of_status or "stage" in taken.values():
        return taken
    place = headings.index(of_status)
    has_stages = any(guesses.names_stage(row[place]) for row in samples if place < len(row))
    return taken | ({of_status: "stage"} if has_stages else {})


def _with_addresses(taken: dict[str, str], headings: Sequence[str], samples: Samples, noun: str) -> dict[str, str]:
    """The guesses with a column of mail addresses, if no heading says which it is."""
    name = "contact_email" if noun == fields.OPPORTUNITIES else "email"
    if name not in fields.of(noun) or name in taken.values():
        return taken
    field = fields.of(noun)[name]
    for place, heading in enumerate(headings):
        cells = [row[place] for row in samples if place < len(row) and not is_blank(row[place])]
        if cells and taken[heading] in ("", "contact", "name") and all(_can_be_read(field, cell) for cell in cells):
            return taken | {heading: name}
    return taken

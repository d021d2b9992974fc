"""What the columns of a file and their values mean here."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from opportunities.imports import fields
from opportunities.imports.reading.cells import line
from opportunities.imports.reading.rows import SourceRow
from opportunities.models import Opportunity
from salesflow import folding

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"
DATE_ORDERS = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
DECIMAL_MARKS = ("", ",", ".")
PERCENT, FRACTION, WORDS = "percent", "fraction", "words"
PROBABILITIES = (PERCENT, FRACTION, WORDS)
SKIP = "skip"
ON_HOLD = "on_hold"
STATUSES = (*Opportunity.Status.values, ON_HOLD, SKIP)

MOST_SOURCES = 1000
"""Different values of a column that `sources` lists."""


class BadMapping(ValueError):
    """The mapping is not taken. The text is a sentence for the user."""


@dataclass(frozen=True)
class StageMeaning:
    """What a value of the stage column means: a stage of a process, won, lost, or that the row is left out.

    `process`, `stage` and `reason` are ids.
    """

    process: int | None = None
    stage: int | None = None
    outcome: str = ""
    reason: int | None = None
    is_skipped: bool = False

    def to_json(self) -> dict[str, Any]:
        if self.is_skipped:
            return {SKIP: True}
        if self.outcome:
            return {"outcome": self.outcome, "reason": self.reason}
        return {"process": self.process, "stage": self.stage}

    @classmethod
    def from_json(cls, given: Any) -> "StageMeaning":
        """Raises BadMapping."""
        match given:
            case {"skip": True, **others} if not others:
                return cls(is_skipped=True)
            case {"outcome": "won" | "lost" as outcome, **others} if set(others) <= {"reason"}:
                return cls(outcome=outcome, reason=_id_or_none(others.get("reason")))
            case {"process": process, "stage": stage, **others} if not others:
                return cls(process=_id(process), stage=_id(stage))
        raise BadMapping(_("“%(value)s” is no meaning of a stage.") % {"value": json.dumps(given, default=str)[:100]})


@dataclass(frozen=True)
class Mapping:
    """What the columns of a file and their values mean here. Its values are checked by `from_json`.

    `columns` has the field of each heading, empty for a column that is left out. The keys of `stages`, `statuses`,
    `reasons`, `owners` and `probabilities` are values of the file, as `source` writes them, those of `stages` as
    `stage_source` does. Reasons and owners are ids, probabilities are percents.
    """

    noun: str = fields.OPPORTUNITIES
    columns: AnyMapping[str, str] = field(default_factory=dict)
    date_order: str = DAY_FIRST
    decimal_mark: str = ""
    currency: str = ""
    probability: str = PERCENT
    probabilities: AnyMapping[str, int] = field(default_factory=dict)
    stages: AnyMapping[str, StageMeaning] = field(default_factory=dict)
    statuses: AnyMapping[str, str] = field(default_factory=dict)
    reasons: AnyMapping[str, int] = field(default_factory=dict)
    owners: AnyMapping[str, int] = field(default_factory=dict)
    default_owner: int | None = None

    def __post_init__(self) -> None:
        """Raises BadMapping for a field that does not exist or that two columns fill."""
        known = fields.of(_one_of(self.noun, tuple(fields.NOUNS), "noun"))
        taken = [name for name in self.columns.values() if name]
        for name in taken:
            _one_of(name, tuple(known), "field")
            if taken.count(name) > 1:
                raise BadMapping(_("Two columns fill the field “%(field)s”.") % {"field": known[name].label})

    def field_of(self, heading: str) -> fields.ImportField | None:
        """The field that a column fills; None if it is left out."""
        return fields.of(self.noun).get(self.columns.get(heading, ""))

    def named_owner(self, cell: Any) -> int | None:
        """The id of the person whom a cell names; None if it is blank or names nobody here."""
        return self.owners.get(source(cell))

    @property
    def missing(self) -> list[fields.ImportField]:
        """The fields that every row needs and that no column fills."""
        taken = set(self.columns.values())
        return [each for each in fields.required(self.noun) if each.name not in taken]

    def heading_of(self, name: str) -> str:
        """The column that fills a field; empty if none does."""
        return next((heading for heading, taken in self.columns.items() if taken == name), "")

    def to_json(self) -> dict[str, Any]:
        given = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        plain = {name: dict(value) if isinstance(value, AnyMapping) else value for name, value in given.items()}
        return plain | {"stages": {value: meaning.to_json() for value, meaning in self.stages.items()}}

    @classmethod
    def from_json(cls, given: Any) -> "Mapping":
        """The mapping in a text or in what was read from one. Raises BadMapping with what is wrong in it."""
        found = _read(given)
        unknown = sorted(set(found) - _CHECKS.keys())
        if unknown:
            raise BadMapping(_("A mapping has nothing with the name “%(name)s”.") % {"name": unknown[0]})
        return cls(**{name: _CHECKS[name](value) for name, value in found.items()})


def source(cell: Any) -> str:
    """A value of a file as the keys of a mapping have it."""
    return line(cell)[: folding.LINE_LENGTH]


def stage_source(stage: Any, process: Any = None) -> str:
    """The value of the stage column; with that of the process column, if the file has one: `Sales › Proposal`."""
    parts = [source(each) for each in (process, stage)]
    return " › ".join(part for part in parts if part)


def shape(headings: Iterable[str]) -> str:
    """A key under which the mapping of files with these headings is remembered. The order does not count."""
    folded = sorted(folding.folded(heading) for heading in headings)
    return hashlib.sha256(json.dumps(folded).encode()).hexdigest()[:32]


def sources(rows: Iterable[SourceRow], headings: Sequence[str], mapping: Mapping, name: str) -> dict[str, int]:
    """The different values of the column that fills a field, each with the number of its rows, the frequent first.

    At most MOST_SOURCES values; with more of them the column is no list of choices.
    """
    places = {field: headings.index(heading) for heading, field in mapping.columns.items() if heading in headings}
    counts = dict[str, int]()
    for row in rows if name in places else ():
        cell = row.cells[places[name]]
        process = row.cells[places["process"]] if name == "stage" and "process" in places else None
        key = stage_source(cell, process) if name == "stage" else source(cell)
        if key and (key in counts or len(counts) < MOST_SOURCES):
            counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


# Checks of JSON


def _read(given: Any) -> dict[str, Any]:
    try:
        found = json.loads(given) if isinstance(given, (str, bytes)) else given
    except ValueError as error:
        raise BadMapping(_("The mapping is not written as JSON.")) from error
    if not isinstance(found, dict):
        raise BadMapping(_("The mapping is not written as JSON."))
    return found


def _one_of(value: Any, known: Sequence[str], name: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise BadMapping(
        _("“%(value)s” is no value of “%(name)s” in a mapping.") % {"value": str(value)[:100], "name": name}
    )


def _id(value: Any) -> int:
    if type(value) is int and 0 < value < 2**63:
        return value
    raise BadMapping(_("“%(value)s” is no id.") % {"value": str(value)[:100]})


def _id_or_none(value: Any) -> int | None:
    return None if value is None else _id(value)


def _percent(value: Any) -> int:
    if type(value) is int and 0 <= value <= 100:
        return value
    raise BadMapping(_("“%(value)s” is no percentage.") % {"value": str(value)[:100]})


def _status(value: Any) -> str:
    return _one_of(value, STATUSES, "statuses")


def _text(value: Any) -> str:
    return _one_of(value, (value,) if isinstance(value, str) else (), "text")


def _each(check: Any) -> Any:
    """A check of a JSON object, whose values this check takes."""

    def checked(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadMapping(_("“%(value)s” is no list of values with their meanings.") % {"value": str(value)[:100]})
        return {name: check(each) for name, each in value.items()}

    return checked


_CHECKS: dict[str, Any] = {
    "noun": lambda value: _one_of(value, tuple(fields.NOUNS), "noun"),
    "columns": _each(_text),
    "date_order": lambda value: _one_of(value, DATE_ORDERS, "date_order"),
    "decimal_mark": lambda value: _one_of(value, DECIMAL_MARKS, "decimal_mark"),
    "currency": _text,
    "probability": lambda value: _one_of(value, PROBABILITIES, "probability"),
    "probabilities": _each(_percent),
    "stages": _each(StageMeaning.from_json),
    "statuses": _each(_status),
    "reasons": _each(_id),
    "owners": _each(_id),
    "default_owner": _id_or_none,
}

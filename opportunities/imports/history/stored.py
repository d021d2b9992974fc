"""Entries of the second file as a row of an import stores them. Days stay days: `moments` has their moment."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from opportunities.imports.history.kinds import COLUMNS, EntryKind
from opportunities.imports.mapping import StageMeaning


def to_json(kind: EntryKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that an entry has."""
    return {"kind": kind.value} | {name: _plain(value) for name, value in given.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, StageMeaning):
        return value.stage
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_json(entry: Mapping[str, Any]) -> tuple[EntryKind, dict[str, Any]]:
    """The kind, and the value of each of its columns; None for one that it has not."""
    kind = EntryKind(entry["kind"])
    return kind, {name: _read(column.kind, entry.get(name)) for name, column in COLUMNS[kind].items()}


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind in ("moment", "date"):
        is_moment = "T" in value
        return datetime.datetime.fromisoformat(value) if is_moment else datetime.date.fromisoformat(value)
    if kind == "time":
        return datetime.time.fromisoformat(value)
    if kind == "money":
        return Decimal(value)
    return tuple(value) if kind == "choices" else value

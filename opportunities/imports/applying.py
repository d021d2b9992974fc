"""Applies a mapping that a person saved to an import that was not started."""

from opportunities.imports import making, saved_mappings
from opportunities.imports.mapping import Mapping
from opportunities.models import Import, SavedMapping

_MEANINGS = {"stages": "stage", "statuses": "status", "reasons": "status_reason", "owners": "owner"}
"""The field whose values have their meanings in this column of a mapping."""


def apply(run: Import, saved: SavedMapping) -> list[str]:
    """Maps the columns and values of the file as this mapping does, and guesses what it leaves open.

    Returns the values of the file whose meaning is not there any more: a stage, a reason or a person.
    Refusals: BadMapping if a field is gone since, FileRefused, NotNow.
    """
    chosen = saved_mappings.for_headings(saved, making.reading_of(run).headings)
    run.mapping = chosen.to_json()
    making.map_columns(run, columns=chosen.columns)
    return _gone(run, chosen)


def _gone(run: Import, chosen: Mapping) -> list[str]:
    now = making.mapping_of(run)
    return [
        value
        for column, field in _MEANINGS.items()
        for value, meaning in getattr(chosen, column).items()
        if value in run.sources.get(field, ()) and getattr(now, column).get(value) != meaning
    ]

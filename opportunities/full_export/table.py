"""A table of the export: what its columns are called, and its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opportunities.imports.fields import ImportField
from opportunities.pipeline.export import files

TOGETHER = 200
"""Opportunities that are read at once."""


@dataclass(frozen=True)
class ExportTable:
    """`names` are those of the fields that the import fills with the cells."""

    fields: Mapping[str, ImportField]
    names: Sequence[str]
    rows: Iterable[list[Any]]

    def pieces(self) -> Iterator[bytes]:
        """The file as CSV, in the language that is active."""
        return files.csv_pieces([self.fields[name] for name in self.names], self.rows)

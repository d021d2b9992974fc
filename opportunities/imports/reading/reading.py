"""How a file is read: what was recognised of it, or what a person chose instead."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from opportunities.imports.reading.refusing import CannotBeRead

CSV, XLSX, ODS = "csv", "xlsx", "ods"


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    `encoding`, `delimiter`, `quote` and `escape` are those of a CSV file; without a delimiter it has one column.
    `sheets` and `sheet` are those of a spreadsheet. `header` is the number of the row with the headings, 0 if there is
    none. `headings` are unique: one that is empty is the letter of its column, such as `(C)`.
    """

    kind: str
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    escape: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    header: int = 1
    headings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"sheets": list(self.sheets), "headings": list(self.headings)}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Reading":
        """The reading that `to_json` wrote. Raises CannotBeRead for anything else."""
        try:
            reading = cls(**dict(given) | {name: tuple(given.get(name, ())) for name in ("sheets", "headings")})
        except TypeError as error:
            raise CannotBeRead(_("It is not known how to read this file. Upload it again.")) from error
        if not reading.is_sound():
            raise CannotBeRead(_("It is not known how to read this file. Upload it again."))
        return reading

    def is_sound(self) -> bool:
        """Whether each value has its type."""
        texts = (self.kind, self.encoding, self.delimiter, self.quote, self.escape, self.sheet, *self.sheets)
        are_texts = all(isinstance(each, str) for each in (*texts, *self.headings))
        signs = (self.delimiter, self.quote, self.escape)
        return (
            are_texts
            and self.kind in (CSV, XLSX, ODS)
            and type(self.header) is int
            and self.header >= 0
            and all(len(sign) <= 1 for sign in signs)
        )

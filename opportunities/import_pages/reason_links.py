"""Links to the rows of an import that have the same reason to be refused or left out."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from opportunities.imports import reasons
from opportunities.imports.reasons import RefusalCount, RefusalCounts
from opportunities.models import ImportRow

MOST_SHOWN = 20
"""Reasons of which each has a link."""


@dataclass(frozen=True)
class ReasonLink:
    """A reason, and the address of its rows."""

    reason: RefusalCount
    query: str
    is_chosen: bool


class ReasonLinks:
    """The reasons of the rows of one fate or outcome, and which of them the address names with `why` and `column`."""

    def __init__(self, rows: QuerySet[ImportRow], count: int, show: str, asked: Mapping[str, str]) -> None:
        self._rows, self._count, self._show = rows, count, show
        self._asked = asked.get("why", ""), asked.get("column", "")
        self.reasons: RefusalCounts = reasons.of_rows(rows, count, MOST_SHOWN)
        self.links = [self._link(each) for each in self.reasons.found]
        self.chosen = next((link for link in self.links if link.is_chosen), None)

    def _link(self, reason: RefusalCount) -> ReasonLink:
        named = QueryDict(mutable=True)
        named.update({"show": self._show, "why": reason.code, "column": reason.column})
        return ReasonLink(reason, named.urlencode(), (reason.code, reason.column) == self._asked)

    @property
    def rows(self) -> QuerySet[ImportRow]:
        """Those of the chosen reason, or all."""
        if self.chosen is None:
            return self._rows
        return reasons.only(self._rows, self._count, *self._asked)

    @property
    def count(self) -> int:
        return self.chosen.reason.count if self.chosen else self._count

    @property
    def query(self) -> str:
        """What the address of another page of these rows begins with."""
        return f"{self.chosen.query if self.chosen else f'show={self._show}'}&"

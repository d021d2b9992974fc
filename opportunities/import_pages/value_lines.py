"""The values of a file that need a meaning, in groups by column, and which of them fit on one page.

First those that are not recognised, the frequent ones before the others.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from opportunities.import_pages.meanings import Meaning
from opportunities.imports.mapping import MOST_SOURCES
from opportunities.imports.mapping import Mapping as FileMapping

BYTES_OF_LINES = 45_000
"""Of one page, about. A page has at most 100,000 with its head, its other controls and its errors."""

BYTES_OF_LINE = 400
"""Of a line without its control and its value."""

TIMES_NAMED = 3
"""How often a line names its value, for those who look and for those who listen."""

TITLES: dict[str, str | Promise] = {
    "stage": gettext_lazy("Stages"),
    "status": gettext_lazy("Statuses"),
    "status_reason": gettext_lazy("Status reasons"),
    "probability": gettext_lazy("Probabilities"),
    "owner": gettext_lazy("Owners"),
}

Sources = Mapping[str, Mapping[str, int]]
Asked = tuple[str, str]
"""The field and one value of its column."""


@dataclass(frozen=True)
class ValueLine:
    """A value of the file, the number of its rows, and the control with its meaning."""

    value: str
    count: int
    control: BoundField


@dataclass(frozen=True)
class ValueGroup:
    """The values of one column that are on the page. `left`: how many are on other pages, or on none.

    `unmeant`: how many of those have no meaning. `has_more`: whether the file has values beyond those of all pages.
    """

    name: str
    heading: str
    lines: list[ValueLine]
    left: int
    unmeant: int
    has_more: bool

    @property
    def title(self) -> str | Promise:
        return TITLES[self.name]


class ValuePages:
    """The pages of the values of a file. `page` is the present one."""

    def __init__(
        self, sources: Sources, meanings: Mapping[str, Meaning], mapping: FileMapping, number: str | int | None
    ) -> None:
        self._sources, self._meanings, self._mapping = sources, meanings, mapping
        all_of_them = list(self._by_meaning())
        is_small = sum(size for _asked, size in all_of_them) <= BYTES_OF_LINES
        pages = [[asked for asked, _size in all_of_them]] if is_small else self._cut()
        self.page: Page[list[Asked]] = Paginator(pages, 1).get_page(number)
        self.shown: list[Asked] = self.page.object_list[0]

    # The order

    def _by_meaning(self) -> Iterator[tuple[Asked, int]]:
        """Everything on one page: first what has no meaning."""
        for name, meaning in self._meanings.items():
            have = {value for value in self._sources[name] if self.has_meaning(name, value)}
            yield from self._sized(name, meaning, have)

    def _by_guess(self) -> Iterator[tuple[Asked, int]]:
        """Several pages: first what is not recognised. A value stays on its page after it has got a meaning."""
        for name, meaning in self._meanings.items():
            yield from self._sized(name, meaning, meaning.recognised(self._sources[name]))

    def _sized(self, name: str, meaning: Meaning, known: Collection[str]) -> Iterator[tuple[Asked, int]]:
        counts = self._sources[name]
        control = len(meaning.field().widget.render("", None)) + BYTES_OF_LINE
        for value in sorted(counts, key=lambda value: (value in known, -counts[value], value)):
            yield (name, value), control + TIMES_NAMED * len(value.encode())

    def _cut(self) -> list[list[Asked]]:
        pages, size = [list[Asked]()], 0
        for asked, its_size in self._by_guess():
            if pages[-1] and size + its_size > BYTES_OF_LINES:
                pages.append([])
                size = 0
            pages[-1].append(asked)
            size += its_size
        return pages

    # The present page

    def has_meaning(self, name: str, value: str) -> bool:
        return self._meanings[name].initial(self._mapping, value) not in ("", None)

    def values_of(self, name: str) -> list[str]:
        return [value for field, value in self.shown if field == name]

    def group(self, name: str, controls: Mapping[Asked, BoundField]) -> ValueGroup:
        """The part of the present page about one column."""
        counts, shown = self._sources[name], self.values_of(name)
        lines = [ValueLine(value, counts[value], controls[name, value]) for value in shown]
        others = counts.keys() - set(shown)
        unmeant = sum(not self.has_meaning(name, value) for value in others)
        heading = self._mapping.heading_of(name)
        return ValueGroup(name, heading, lines, len(others), unmeant, len(counts) >= MOST_SOURCES)

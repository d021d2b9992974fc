"""Guesses what a file means, from its headings and from all its rows."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from opportunities.imports import days, guesses, headings
from opportunities.imports.guesses import KnownPerson, KnownStage
from opportunities.imports.mapping import MOST_SOURCES, Mapping, StageMeaning, sources
from opportunities.imports.reading.cells import Cell, is_blank
from opportunities.imports.reading.rows import Rows, SourceRow
from opportunities.models import StatusReason
from salesflow.users.models import User, able_to_own
from stages.models import Stage

CHOICES = ("stage", "status", "status_reason", "owner", "probability")
"""The fields whose values need a meaning."""

SAMPLES = 100  # rows that are looked at to guess the columns
MOST_EXAMPLES = 5000  # different cells of a kind that are looked at
TOGETHER = 1000  # rows


@dataclass
class Scan:
    """What all rows of a file have in the columns whose meaning is guessed."""

    sources: dict[str, Counter[str]] = field(default_factory=dict)
    cells: dict[str, dict[Cell, None]] = field(default_factory=dict)
    """The different cells of days and of amounts."""


def guessed_columns(rows: Rows, headings_of_file: Sequence[str], noun: str) -> dict[str, str]:
    """The field that each column probably fills, by its heading and its first rows. Raises CannotBeRead."""
    samples = [row.cells for row in itertools.islice(rows, SAMPLES)]
    return headings.guess(headings_of_file, samples, noun=noun)


def scanned(rows: Rows, headings_of_file: Sequence[str], mapping: Mapping) -> Scan:
    """Reads the whole file once. Raises CannotBeRead."""
    scan = Scan({name: Counter() for name in CHOICES if mapping.heading_of(name)})
    columns = [(place, mapping.field_of(heading)) for place, heading in enumerate(headings_of_file)]
    looked_at = [(place, each.kind) for place, each in columns if each and each.kind in ("date", "moment", "money")]
    for batch in _batches(rows):
        for name, counts in scan.sources.items():
            _add(counts, sources(batch, headings_of_file, mapping, name))
        for place, kind in looked_at:
            _collect(scan, "money" if kind == "money" else "day", batch, place)
    return scan


def _batches(rows: Rows) -> Iterator[list[SourceRow]]:
    while batch := list(itertools.islice(rows, TOGETHER)):
        yield [row for row in batch if not row.problem]


def _add(counts: Counter[str], found: dict[str, int]) -> None:
    for value, count in found.items():
        if value in counts or len(counts) < MOST_SOURCES:
            counts[value] += count


def _collect(scan: Scan, kind: str, batch: list[SourceRow], place: int) -> None:
    cells = scan.cells.setdefault(kind, {})
    for row in batch:
        if len(cells) < MOST_EXAMPLES and not is_blank(row.cells[place]):
            cells[row.cells[place]] = None


def with_meanings(mapping: Mapping, scan: Scan, *, is_chosen: bool) -> tuple[Mapping, list[str]]:
    """The mapping with guesses for all that it leaves open, and days that several orders fit.

    Where the file does not show the order of its days, one that a person chose before (`is_chosen`) stays. A meaning
    that names what is not there any more is left out.
    """
    order = days.ambiguous_dates(scan.cells.get("day", ()))
    values = scan.sources
    people, stages_here, reasons_here = known_people(), known_stages(), known_reasons()
    stages, statuses = values.get("stage", ()), values.get("status", ())
    reasons, owners = values.get("status_reason", ()), values.get("owner", ())
    there = _There(stages_here, reasons_here, people)
    changed = dataclasses.replace(
        mapping,
        date_order=mapping.date_order if order.must_ask and is_chosen else order.order,
        decimal_mark=guesses.decimal_mark(scan.cells.get("money", ())),
        probability=guesses.probability(values["probability"]) if "probability" in values else mapping.probability,
        probabilities=_kept(mapping.probabilities, values.get("probability", ())),
        stages=guesses.stages(stages, stages_here) | _kept(mapping.stages, stages, there.has_meaning),
        statuses=guesses.statuses(statuses) | _kept(mapping.statuses, statuses),
        reasons=guesses.reasons(reasons, reasons_here) | _kept(mapping.reasons, reasons, there.reasons.__contains__),
        owners=guesses.people(owners, people) | _kept(mapping.owners, owners, there.people.__contains__),
        default_owner=mapping.default_owner if mapping.default_owner in there.people else None,
    )
    return changed, list(order.examples) if order.must_ask else []


class _There:
    """The ids of what a mapping may name now."""

    def __init__(
        self, stages: list[KnownStage], reasons: list[tuple[int, tuple[str, ...]]], people: list[KnownPerson]
    ) -> None:
        self.stages = {(known.process, known.stage) for known in stages}
        self.reasons = {pk for pk, _names in reasons}
        self.people = {known.pk for known in people}

    def has_meaning(self, meaning: StageMeaning) -> bool:
        is_reason = meaning.reason is None or meaning.reason in self.reasons
        return is_reason and (meaning.stage is None or (meaning.process, meaning.stage) in self.stages)


def _kept(meanings: Any, values: Any, is_there: Callable[[Any], bool] = lambda meaning: True) -> dict[str, Any]:
    """The meanings that the mapping has already, of values that the file has, if what they name is still there."""
    return {value: meanings[value] for value in values if value in meanings and is_there(meanings[value])}


def known_stages() -> list[KnownStage]:
    """The stages that an import may name. One query."""
    return as_known(Stage.objects.filter(is_archived=False, process__is_archived=False).select_related("process"))


def as_known(stages: Iterable[Stage]) -> list[KnownStage]:
    """Stages that were read with their processes, those of the default process first."""
    return [
        KnownStage(row.process_id, row.pk, names_of(row), names_of(row.process))
        for row in sorted(stages, key=lambda row: not row.process.is_default)
    ]


def known_reasons() -> list[tuple[int, tuple[str, ...]]]:
    """The reasons that a file may name. Of those of open opportunities only “on hold” says more. One query."""
    return [(row.pk, names_of(row)) for row in StatusReason.objects.filter(is_archived=False)]


def known_people() -> list[KnownPerson]:
    """The people who may own what is imported. One query."""
    people = able_to_own(User.objects.filter(is_active=True)).distinct()
    return [KnownPerson(row.pk, (row.username, row.email, row.get_full_name())) for row in people]


def names_of(row: Any) -> tuple[str, ...]:
    """The names of a stage, a process or a reason, in each language."""
    return tuple(name for name in (row.name_en, row.name_nb) if name)

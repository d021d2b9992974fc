"""What an import will do with each row of its file, before anything is written."""

import datetime
import functools
import itertools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import DatabaseError, transaction

from opportunities.imports import keys, known_rows, nouns, problems
from opportunities.imports.context import Context
from opportunities.imports.history.reading import History
from opportunities.imports.known_rows import Earlier, LeftOut
from opportunities.imports.reading.cells import to_json
from opportunities.imports.reading.rows import SourceRow
from opportunities.imports.typed_rows import Problem, TypedRow
from opportunities.models import Import, ImportRow, Opportunity
from opportunities.refusals import Refused

Fate, Outcome = ImportRow.Fate, ImportRow.Outcome

Pair = tuple[ImportRow, TypedRow]

_FATES = {Outcome.CREATED: Fate.CREATE, Outcome.UPDATED: Fate.UPDATE, Outcome.SAME: Fate.SAME}

_log = logging.getLogger(__name__)


class _TakeBack(Exception):
    """Ends the transaction of a trial."""


@dataclass
class RowFates:
    """Says what becomes of rows. `histories`: what the second file says, by external id."""

    context: Context
    histories: Mapping[str, History]
    at: datetime.datetime

    @functools.cached_property
    def writing(self) -> Context:
        """The context of rows that are tried."""
        return Context(self.context.run, self.context.by)

    @property
    def _is_of_opportunities(self) -> bool:
        return self.context.run.noun == Import.Noun.OPPORTUNITIES

    def rows(self, batch: list[tuple[SourceRow, TypedRow]], *, tries: int) -> list[ImportRow]:
        """The rows, not saved yet, each with its fate. A few queries for each row.

        The first are tried: done in a transaction that is taken back, with at most `tries` rows and entries of
        their history, because that takes long. Others are compared and checked.
        """
        made = [(_row(self.context.run, source, typed), typed) for source, typed in batch]
        before = known_rows.known({row.key: typed for row, typed in made}) if self._is_of_opportunities else {}
        for row, typed in made:
            if row.key not in before:  # what is there already keeps its own history
                self._add_history(row, typed)
            self._set_fate(row, typed, before.get(row.key))
        self._try(made, tries)
        for row, typed in made:
            row.stage_id = _open_stage(row, typed)
            if typed.same_as and row.fate == Fate.CREATE:  # a hint: the row is created
                row.problems = problems.of_cells([Problem.of("", "", "same_row", number=typed.same_as)])
        return [row for row, _typed in made]

    def _add_history(self, row: ImportRow, typed: TypedRow) -> None:
        found = self.histories.get(typed.values.get("external_id", "")) if self.histories else None
        if found is not None:
            row.history = found.entries
            typed.problems += found.problems

    def _set_fate(self, row: ImportRow, typed: TypedRow, before: Earlier | None) -> None:
        if typed.is_skipped:
            row.fate = Fate.SKIP
        elif typed.problems:
            row.fate, row.problems = Fate.REFUSE, problems.of_cells(typed.problems)
        else:
            self._ask(row, lambda: nouns.fate(self.context, row, typed, before, self.at))

    def _try(self, made: list[Pair], tries: int) -> None:
        """Does the first rows one after the other, as the run would, and takes all of them back."""
        costs = itertools.accumulate(1 + len(row.history) for row, _typed in made)
        first = [pair for pair, cost in zip(made, costs, strict=True) if cost <= tries]
        writing = [(row, typed) for row, typed in first if row.fate in (Fate.CREATE, Fate.UPDATE)]
        if not writing:
            return
        try:
            with transaction.atomic():
                for row, typed in writing:
                    self._ask(row, functools.partial(self._tried, row, typed))
                raise _TakeBack
        except _TakeBack:
            return

    def _tried(self, row: ImportRow, typed: TypedRow) -> str:
        """The fate of a row that is done."""
        with transaction.atomic():
            return _FATES[nouns.do(self.writing, row, typed, self.at)["outcome"]]

    def _ask(self, row: ImportRow, fate: Callable[[], str]) -> None:
        """Sets the fate, or why the row is refused."""
        try:
            row.fate = fate()
        except Refused as refusal:
            row.fate = Fate.SKIP if isinstance(refusal, LeftOut) else Fate.REFUSE
            row.problems = problems.of_refusal(row, refusal)
        except DatabaseError:
            raise
        except Exception:  # one row must not stop the others
            _log.exception("Row %d of the import %d cannot be counted.", row.number, self.context.run.pk)
            row.fate, row.problems = Fate.REFUSE, problems.of_failure()


def _open_stage(row: ImportRow, typed: TypedRow) -> int | None:
    """The stage of the file, of an open opportunity that is to be created."""
    meaning = typed.values.get("stage")
    is_open = row.fate == Fate.CREATE and typed.values.get("status") == Opportunity.Status.OPEN
    return meaning.stage if is_open and meaning else None


def _row(run: Import, source: SourceRow, typed: TypedRow) -> ImportRow:
    cells = [to_json(cell) for cell in source.cells]
    return ImportRow(run=run, number=source.number, cells=cells, key=keys.of_row(run, typed.fingerprint, typed.values))

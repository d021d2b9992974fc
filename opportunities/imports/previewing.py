"""Counts an import: stores its rows, each with its fate, before anything is written.

A small file is counted at once, a large one by the worker; `counted` says how far it is. A worker that dies is followed
by the next one, which goes on after the last stored row. The first rows are tried: each is written, and taken back.
"""

import itertools
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Value
from django.db.models.fields.json import KT
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from opportunities.imports import files
from opportunities.imports.context import Context
from opportunities.imports.fates import RowFates
from opportunities.imports.history import reading as history_reading
from opportunities.imports.history.reading import History
from opportunities.imports.making import NotNow, locked, mapping_of, reading_of
from opportunities.imports.mapping import source
from opportunities.imports.reading.refusing import CannotBeRead
from opportunities.imports.reading.rows import Rows, SourceRow
from opportunities.imports.typed_rows import TypedRow, typed_rows
from opportunities.models import Import, ImportRow
from opportunities.row_runs import Clock
from salesflow.users.models import User

AT_ONCE = 50
"""A file of at most so many rows is counted in the request."""

TRIED = 30
"""So many rows of a file are tried."""

TOGETHER = 200
"""The rows of one transaction."""

SLICE = 20_000
"""The rows after which the worker lets other tasks have their turn. The next one reads the file again."""

Pair = tuple[SourceRow, TypedRow]


def count(run: Import, *, clock: Clock) -> None:
    """Counts a mapped import, or leaves that to the worker. Then `run.is_counted`, or `run.refusal` says why not.

    Refusal: NotNow.
    """
    if not run.is_mapped:
        raise NotNow(_("Say first what the columns mean."))
    if _has_more_than(run, AT_ONCE):
        count_rows.enqueue(run.pk)
    else:
        count_some(run.pk, AT_ONCE + 1, clock=clock)
    run.refresh_from_db()


def _has_more_than(run: Import, most: int) -> bool:
    try:
        with files.opened_rows(run) as rows:
            return len(list(itertools.islice(rows, most + 1))) > most
    except CannotBeRead:
        return False  # counting says why


def counted(run: Import) -> int:
    """How many rows have their fate so far. One query."""
    return run.rows.count()


def fates(run: Import) -> Counter[str]:
    """How many rows have each fate. One query."""
    found = run.rows.order_by().values_list("fate").annotate(Count("pk"))
    return Counter(dict(found))


def open_stages(run: Import) -> dict[int, int]:
    """How many open opportunities are to be created in each stage of the file, by the id of the stage. One query."""
    found = run.rows.filter(fate=ImportRow.Fate.CREATE, stage__isnull=False).order_by().values_list("stage")
    return dict(found.annotate(Count("pk")))


@dataclass(frozen=True)
class Hints:
    """Rows that are written, but perhaps not as they are meant.

    `equal`: they are created though an earlier row of the file is the same. `without_owner`: they get the default
    owner, or the person who imports, because the file names no person who is known here.
    """

    equal: int
    without_owner: int


def hints(run: Import) -> Hints:
    """One query."""
    mapping, headings = mapping_of(run), reading_of(run).headings
    heading = mapping.heading_of("owner")
    owner: Any = KT(f"cells__{headings.index(heading)}") if heading in headings else Value("")
    create = Q(fate=ImportRow.Fate.CREATE)
    equal = Count("pk", filter=create & Q(problems__0__code="same_row"))
    written = run.rows.filter(fate__in=[ImportRow.Fate.CREATE, ImportRow.Fate.UPDATE]).order_by()
    named = written.annotate(owner_cell=owner).values_list("owner_cell")
    found = list(named.annotate(equal=equal, to_create=Count("pk", filter=create), every=Count("pk")))
    unknown = [(created, every) for cell, _equal, created, every in found if source(cell) not in mapping.owners]
    # without a default owner, a row that changes an opportunity leaves its owner
    return Hints(
        sum(row[1] for row in found),
        sum(every if mapping.default_owner else created for created, every in unknown),
    )


def lacks_days_in_stage(run: Import) -> bool:
    """Whether neither a column nor a second file says since when an opportunity is in its stage."""
    return not run.history_stored_name and not mapping_of(run).heading_of("stage_entered_on")


def under_way() -> Iterator[int]:
    """The ids of the imports that are being counted."""
    waiting = Import.objects.filter(mapped_at__isnull=False, counted_at=None, started_at=None, refusal="")
    yield from waiting.values_list("pk", flat=True)


def wake() -> None:
    """Makes the worker go on with the files that are being counted."""
    for pk in under_way():
        count_rows.enqueue(pk)


@task()
def count_rows(pk: int) -> None:
    """Counts some rows, and asks for the next ones."""
    if count_some(pk, SLICE, clock=timezone.now):
        count_rows.enqueue(pk)


def count_some(pk: int, most: int, *, clock: Clock) -> bool:
    """Counts up to so many rows more. Whether there may be others."""
    run = Import.objects.filter(pk=pk, mapped_at__isnull=False, counted_at=None, started_at=None).first()
    if run is None:
        return False
    with translation.override(run.by.language):
        try:
            return _count(run, most, clock)
        except CannotBeRead as error:
            Import.objects.filter(pk=pk, mapped_at=run.mapped_at).update(refusal=str(error))
            return False


def _count(run: Import, most: int, clock: Clock) -> bool:
    histories = _histories(run)
    with files.opened_rows(run) as rows:
        pairs = _after(_last(run), _pairs(rows, Context(run, run.by)))
        found = itertools.islice(pairs, most)
        is_current = True
        while is_current and (batch := list(itertools.islice(found, TOGETHER))):
            is_current = _store(run, batch, histories, clock)
        if not is_current or next(pairs, None) is not None:
            return is_current
        _finish(run, rows, clock)
    return False


def _last(run: Import) -> int:
    """The number of the last row that is stored."""
    return int(run.rows.aggregate(last=Max("number"))["last"] or 0)


def _after(number: int, pairs: Iterator[Pair]) -> Iterator[Pair]:
    return itertools.dropwhile(lambda pair: pair[0].number <= number, pairs)


def _pairs(rows: Rows, context: Context) -> Iterator[Pair]:
    """Each row of the file with what it means."""
    waiting = deque[SourceRow]()

    def noted() -> Iterator[SourceRow]:
        for row in rows:
            waiting.append(row)
            yield row

    for typed in typed_rows(noted(), context.headings, context.mapping):
        yield waiting.popleft(), typed


def _histories(run: Import) -> dict[str, History]:
    """What the second file says, by external id."""
    if not run.history_stored_name:
        return {}
    with files.opened_history(run) as rows:
        mapping = Context(run, run.by).mapping
        return history_reading.read(rows, files.history_headings(run), run.history_columns, mapping)


def _store(run: Import, batch: list[Pair], histories: Mapping[str, History], clock: Clock) -> bool:
    """Stores some rows with their fates. Whether the import is still the one that is counted."""
    context = Context(run, User.objects.get(pk=run.by_id), writes=False)
    rows = RowFates(context, histories, clock()).rows(batch, tries=max(0, TRIED - run.rows.count()))
    with transaction.atomic():
        if not _is_current(run):
            return False
        last = _last(run)  # another worker may have been quicker
        ImportRow.objects.bulk_create([row for row in rows if row.number > last])
    return True


def _is_current(run: Import) -> bool:
    """Locks the import. Whether it was neither mapped anew nor started since it was read."""
    try:
        return locked(run).mapped_at == run.mapped_at
    except NotNow:
        return False


def _finish(run: Import, rows: Rows, clock: Clock) -> None:
    done = {"counted_at": clock(), "blank_rows": rows.blank, "repeated_headers": rows.repeated}
    Import.objects.filter(pk=run.pk, mapped_at=run.mapped_at, counted_at=None).update(**done)

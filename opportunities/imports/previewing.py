"""Counts an import: stores its rows, each with its fate, before anything is written.

A small file is counted at once, a large one by the worker; `progress` says how far it is. A worker that dies is
followed by the next one, which goes on after the last stored row.
"""

from collections import Counter
from collections.abc import Mapping

from opportunities.models import Import
from opportunities.row_runs import Clock

AT_ONCE = 200
"""A file of at most so many rows is counted in the request, and each row tried: written, and taken back."""


def count(run: Import, *, clock: Clock) -> None:
    """Counts a mapped import, or leaves that to the worker. Then `run.is_counted`, or `run.refusal` says why not.

    Refusal: NotNow.
    """
    raise NotImplementedError


def counted(run: Import) -> int:
    """How many rows have their fate so far. One query."""
    raise NotImplementedError


def fates(run: Import) -> Counter[str]:
    """How many rows have each fate. One query."""
    raise NotImplementedError


def open_stages(run: Import) -> Mapping[int | None, int]:
    """How many open opportunities are to be created in each stage of the file, by the id of the stage. One query."""
    raise NotImplementedError


def wake() -> None:
    """Makes the worker go on with the files that are being counted."""
    raise NotImplementedError

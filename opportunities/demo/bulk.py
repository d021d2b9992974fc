"""Many more opportunities for a demo: copies of its own, most of them closed, as after years of work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count as numbers
from typing import Any

from django.db import models

from opportunities.demo.copied_rows import CUSTOMERS, CopiedRows
from opportunities.demo.copies import CopyRound
from opportunities.demo.staff import Staff
from opportunities.models import Opportunity, write_guard
from opportunities.models.last_looks import LOOKING
from salesflow.write_guard import EVERY

OPEN_SHARE = 0.1
"""The share of open opportunities."""

MOST_FILES = 2_000


@dataclass(frozen=True)
class Round:
    """The opportunities that are copied together. The rounds of one cycle share their customers."""

    cycle: int
    number: int
    originals: list[Opportunity]


@dataclass
class Originals:
    """The opportunities that are copied again and again, in cycles: first all, then in more rounds the closed ones."""

    rows: list[Opportunity]
    with_files: set[int]
    has_files: Callable[[], bool] = field(default=lambda: True)

    def rounds(self) -> Iterator[Round]:
        without = [row for row in self.rows if row.pk not in self.with_files]
        closed = [row for row in without if not row.is_open]
        for cycle in numbers():
            every = self.rows if self.has_files() else without
            yield Round(cycle, 0, every)
            for number in range(1, self._rounds_of_closed(every, closed) + 1):
                yield Round(cycle, number, closed)

    @staticmethod
    def _rounds_of_closed(every: list[Opportunity], closed: list[Opportunity]) -> int:
        """How many rounds of closed opportunities make the open ones the share that they have in life."""
        is_open = sum(row.is_open for row in every)
        return round((is_open / OPEN_SHARE - len(every)) / len(closed)) if closed else 0


def make(
    count: int,
    *,
    done: int,
    progress: Callable[[int], None],
    staff: Staff | None = None,
    most_files: int = MOST_FILES,
) -> None:
    """Copies the first `done` opportunities until there are `count` more. The staff owns them, if there is one.

    When `most_files` files are copied, opportunities with files are copied no more.
    """
    staff = staff or Staff()
    rows = CopiedRows.read(staff)
    originals = Originals(rows.of(Opportunity), rows.with_files, lambda: rows.files_copied < most_files)
    customers: dict[tuple[type[models.Model], int], Any] = {}
    made = 0
    for each in originals.rounds():
        if made >= count:
            break
        chosen = each.originals[: count - made]
        if each.number == 0:
            customers = {}
        copies = CopyRound(each.cycle, each.number, rows, chosen, staff, dict(customers))
        with write_guard.guarded_every(), LOOKING.allow(EVERY, True):
            copies.make()
        customers = {key: row for key, row in copies.made.items() if key[0] in CUSTOMERS}
        made += len(chosen)
        progress(done + made)
    rows.child_rows.leave_off()

"""Two operations at once: the result is always the result of one operation after the other.

For every ordered pair, the first operation is paused after each of its SQL statements in turn. There the second runs
until it ends or waits. Both must end, and leave the rows, as they do in one of the two orders without interruption, and
`verify` must find no fault.

The test compares every row of every table of ours, without ids, without random values and without the times in the
history of the process. As on the pages, each operation reads the user and the opportunity itself, and has the stage and
the version of its page, which was rendered before both.

To save time, some is done only with SWEEP=full:
- Every pair begins in all three places. Otherwise a pair begins in Propose, where one gate can open and two are passed;
  closing as won begins in Close, reopening after a loss. Disabling the next owner is paired only with changing the
  owner.
- Every statement is tried. Otherwise, after the first statement at which the second operation waits, only every fifth
  is tried: the first operation keeps its locks until it ends, so the second would wait at the same place. Of an
  erasure, which searches every table before it locks anything, only every twentieth is tried.
- A merge, its undo, an erasure, its review, a hand-over and the writes of single rows are paired with every other
  operation. Otherwise with some.
"""

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from opportunities.models import (
    write_guard,
)
from opportunities.verify import run
from salesflow import private_files
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.factories import HOUR, NOW
from tests.support.interleaving import Beginning, Partner, interleaved, outcome
from tests.support.interleavings.beginnings import BEGINNINGS, beginnings
from tests.support.interleavings.compared_rows import comparable_rows, ids_of_new_rows
from tests.support.interleavings.opened_page import drawn
from tests.support.interleavings.operations import untick
from tests.support.interleavings.pairs import ALL, FULL, OF_ERASURES, seconds

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sweep,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: set DATABASE_URL"),
]


def given_to(request):
    """The first operation of the test, if it has one."""
    return [request.node.callspec.params["first"]] if hasattr(request.node, "callspec") else []


@pytest.fixture
def pages(request):
    """One opportunity for each beginning that the test needs, as its page shows it."""
    pairs = [(first, second) for first in given_to(request) for second in seconds(first)]
    needed = {name for pair in pairs for name in beginnings(*pair)} or {"in Propose"}
    owner = factories.UserFactory(username="owner")
    member = factories.UserFactory(username="member")
    factories.UserFactory(username="successor")
    factories.UserFactory(username="manager", role=SALES_MANAGER)
    opportunities = {name: begin(owner, member) for name, begin in BEGINNINGS.items() if name in needed}
    return {name: drawn(opportunity) for name, opportunity in opportunities.items()}


class Sweep:
    """All interleavings of two operations on one opportunity."""

    def __init__(self, beginning, partner, page):
        self.beginning, self.partner, self.page = beginning, partner, page
        self.clean = set()

    def wrong_results(self, first, second):
        """A line for each statement after which the result is wrong."""
        one, other = self.at(first, 1), self.at(second, 2)
        allowed = self.in_order(one, other)
        after = 1
        while ended := interleaved(one, other, after=after, partner=self.partner):
            state, faults = self.state_and_faults()
            wrong = faults if (ended.first, ended.second, state) in allowed else [*faults, "neither order leads there"]
            for what in wrong:
                yield f"{second.__name__} after {after} of {first.__name__}: {ended.first} / {ended.second}: {what}"
            after += to_the_next(first, ended)
        self.state_and_faults()

    def at(self, operation, hours):
        return lambda: operation(self.page, NOW + hours * HOUR)

    def in_order(self, one, other):
        """The outcomes and the state after one order, and after the other order."""
        forwards = outcome(one), outcome(other), self.clean_state()
        ended, began = outcome(other), outcome(one)
        return [forwards, (began, ended, self.clean_state())]

    def clean_state(self):
        state, faults = self.state_and_faults()
        assert faults == []
        return state

    def state_and_faults(self):
        """The rows now, and the faults that `verify` finds (once for each state). Restores the beginning."""
        contents = self.beginning.now()
        state, faults = comparable_rows(contents, ids_of_new_rows(contents, self.beginning.contents)), []
        if state not in self.clean:
            faults = [fault.what for fault in run.faults() if not fault.is_stricter_later]
        if not faults:
            self.clean.add(state)
        self.beginning.restore(contents)
        if not private_files.storage().exists(self.page.file_name):
            private_files.storage().save(self.page.file_name, ContentFile(factories.PDF))
        return state, faults


def to_the_next(first, ended):
    """After how many more statements the first operation is paused again."""
    if FULL:
        return 1
    if first in OF_ERASURES:
        return 20
    return 5 if ended.waited else 1


@pytest.mark.parametrize("first", ALL, ids=lambda operation: operation.__name__)
def test_interleaved_operations_have_the_result_of_one_order(pages, first):
    wrong = []
    with Beginning() as beginning, Partner() as partner:
        for second in seconds(first):
            for name in beginnings(first, second):
                sweep = Sweep(beginning, partner, pages[name])
                wrong += [f"{name}: {line}" for line in sweep.wrong_results(first, second)]

    assert not wrong, "\n".join(wrong)


def test_the_sweep_finds_a_write_of_values_read_before_the_lock(pages):
    def write_unlocked(page, at):
        with write_guard.guarded_every():
            page.opportunity.save()

    with Beginning() as beginning, Partner() as partner:
        wrong = list(Sweep(beginning, partner, pages["in Propose"]).wrong_results(write_unlocked, untick))

    assert any("its history does not account for internal_review_completed" in line for line in wrong)
    assert any("neither order leads there" in line for line in wrong)

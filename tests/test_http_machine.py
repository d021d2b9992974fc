"""Random operations over HTTP, compared with a model of the rules.

A Hypothesis state machine acts as seven users with browsers. Their forms are current, out of date or forged; some of
them use the admin. After each operation the response and the database must agree with `tests.support.reference_model`.
A refusal must write nothing. SQLite and PostgreSQL run different operations. HYPOTHESIS_OPERATIONS=2000 sets their
number, and makes them different in each run. `tests/support/machine` has the operations, a module for each noun.
"""

import os
from collections import Counter

import pytest
from django.db import connection
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.support.machine import sample_data
from tests.support.machine.activities import Activities
from tests.support.machine.admin import Admin
from tests.support.machine.beside import Beside
from tests.support.machine.board import GIVEN, Board
from tests.support.machine.bulk import Bulk
from tests.support.machine.closing import Closing
from tests.support.machine.core import some_operation
from tests.support.machine.customers import Customers
from tests.support.machine.files import Files
from tests.support.machine.imports import Imports
from tests.support.machine.looks import Looks
from tests.support.machine.mails import Mails
from tests.support.machine.moves import Moves
from tests.support.machine.notes import Notes
from tests.support.machine.opportunities import Opportunities
from tests.support.machine.panel import Panel
from tests.support.machine.people import People
from tests.support.machine.tasks import Tasks
from tests.support.machine.waivers import Waivers

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

PARTS = 2  # which run in parallel
STEPS = 50
COUNT = int(os.environ.get("HYPOTHESIS_OPERATIONS", "1000" if os.environ.get("SWEEP") == "full" else "500"))
IS_RANDOM = "HYPOTHESIS_OPERATIONS" in os.environ
SETTINGS = settings(
    max_examples=COUNT // (PARTS * STEPS) + 1,  # the first example is always the simplest
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not IS_RANDOM,
    database=None,
    suppress_health_check=list(HealthCheck),
)


MUST_SUCCEED = {"merge", "undo", "erase"}
"""Acts that take much to be allowed. Each must happen in each part, not only be refused."""


class PagesMachine(
    Opportunities,
    Imports,
    Panel,
    Moves,
    Board,
    Bulk,
    Closing,
    Waivers,
    People,
    Notes,
    Tasks,
    Activities,
    Files,
    Mails,
    Looks,
    Customers,
    Beside,
    Admin,
):
    """Every operation of every noun."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_pages_agree_with_the_reference_model(part):
    class Part(PagesMachine):
        data, written = sample_data.SampleData(), Counter()

    run_state_machine_as_test(Part if IS_RANDOM else seed(f"{connection.vendor} {part}")(Part), settings=SETTINGS)

    assert IS_RANDOM or Part.operations >= COUNT // PARTS
    assert IS_RANDOM or Part.written.keys() >= MUST_SUCCEED, Part.written


@pytest.mark.parametrize(("who", "keep"), [("manager", True), ("manager", False), ("rep", False)])
def test_an_import_of_a_file_agrees_with_the_reference_model(who, keep):
    class Part(PagesMachine):
        data, written = sample_data.SampleData(), Counter()

    machine = Part()
    machine.begin(lost_gate="complete", stages_passed=(0, 0))
    given = {
        "owner": "rep",
        "stage": 2,
        "closing": None,
        "values": {"estimated_budget": 5},
        "people": {"Bjarne Moe": True},
    }
    machine.bring_in(who=who, keep=keep, rivals={"Rival"}, is_on_team=True, by_file=True, **given)

    assert machine.written["import of a file"] == 1
    machine.teardown()


class DragsMachine(PagesMachine):
    """Drags of cards, and as many other operations, which change what the cards need."""

    drags = 0

    @rule(given=st.fixed_dictionaries(GIVEN))
    def drag(self, given):
        if self.wants(self.drags):
            type(self).drags += 1
            self.drop_card(**given)

    @rule(operation=st.deferred(some_operation))
    def run_operation(self, operation):
        if self.wants(self.operations):
            super().run_operation(operation)

    def wants(self, done):
        return IS_RANDOM or done < COUNT // PARTS

    @property
    def is_done(self):
        return not self.wants(min(self.drags, self.operations))


@pytest.mark.parametrize("part", range(PARTS))
def test_random_drags_on_the_board_agree_with_the_reference_model(part):
    class Part(DragsMachine):
        data = sample_data.SampleData()

    name = f"drags {connection.vendor} {part}"
    more = settings(SETTINGS, max_examples=4 * COUNT // (PARTS * STEPS) + 30)
    run_state_machine_as_test(Part if IS_RANDOM else seed(name)(Part), settings=more)

    assert IS_RANDOM or (Part.drags >= COUNT // PARTS and Part.operations)

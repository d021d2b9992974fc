"""A history that was imported is in every report as the same history that was lived here, but for its waivers."""

from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from opportunities import transitions
from opportunities.reports.every import REPORTS
from opportunities.transitions import Arrival, LostAnswers, PastVisit, WonAnswers
from tests.support import factories
from tests.support.behind_figures import period_of, scope_of
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, PROPOSE, QUALIFY, reread, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

BEGAN = NOW - 200 * DAY
EXPECTED = (NOW - 20 * DAY).date()
LATER = (NOW + 40 * DAY).date()
WAIVERS = {"waivers_by_step", "waivers_by_person"}
"""They count by the day on which a waiver was given, which is that of the import."""

WAYS = {
    "open": [(QUALIFY, 0, 100, EXPECTED), (DEVELOP, 30, 300, EXPECTED), (PROPOSE, 90, 300, LATER)],
    "won": [(QUALIFY, 5, 100, EXPECTED), (PROPOSE, 40, 80, EXPECTED), (CLOSE, 60, 900, EXPECTED)],
    "lost": [(QUALIFY, 10, 50, EXPECTED), (DEVELOP, 20, 50, LATER), (QUALIFY, 50, 70, LATER)],
}
"""By status: the stages of an opportunity with the days since BEGAN, the estimated revenue and the close date."""

ENDED = BEGAN + 120 * DAY


def live(rep, manager, status, way):
    """By the moves of the product, each at its time; a manager waives what is missing."""
    (_first, days, revenue, close_date), *others = way
    entries = {"estimated_revenue": Decimal(revenue), "estimated_close_date": close_date}
    opportunity = transitions.start(by=rep, owner=rep, name=status, at=BEGAN + days * DAY, **entries)
    for name, days, revenue, close_date in others:
        at = BEGAN + days * DAY
        entries = {"estimated_revenue": Decimal(revenue), "estimated_close_date": close_date}
        here = reread(opportunity)
        if factories.STAGES.index(name) > factories.STAGES.index(here.active_stage.name_en):
            waive(here, manager, at, *factories.STAGES[: factories.STAGES.index(name)])
            transitions.jump(opportunity=reread(here), by=rep, at=at, to_stage=stage(name))
        else:
            transitions.go_back(opportunity=here, by=rep, at=at, to_stage=stage(name))
        factories.edit(reread(here), at=at, **entries)
    given = {"opportunity": reread(opportunity), "by": manager, "at": ENDED, "closed_on": ENDED.date()}
    if status == "won":
        waive(reread(opportunity), manager, ENDED, CLOSE)
        transitions.close_as_won(**given, actual_revenue=Decimal(850))
    elif status == "lost":
        transitions.close_as_lost(**given, reason=factories.reason("no_fit"), waive_because="It died early.")


def waive(opportunity, manager, at, *stages):
    for missing in factories.unmet(opportunity, *stages):
        given = {"by": manager, "at": at, "step": factories.step(missing), "reason": "Not needed."}
        transitions.waive(opportunity=opportunity, **given)


def bring_in(rep, manager, status, way):
    (_first, days, _revenue, _close_date), *_others = way
    past = tuple(
        PastVisit(BEGAN + at * DAY, stage(name), estimated_revenue=Decimal(money), close_date=day)
        for name, at, money, day in way
    )
    closing = {
        "won": WonAnswers(None, ENDED.date(), "", Decimal(850)),
        "lost": LostAnswers(factories.reason("no_fit"), ENDED.date()),
    }.get(status)
    last = way[-1]
    entries = {"estimated_revenue": Decimal(last[2]), "estimated_close_date": last[3]}
    arrival = Arrival(status, rep, BEGAN + days * DAY, entries=entries, past=past, closing=closing)
    transitions.bring_in(by=manager, at=NOW, arrival=arrival, keep=True)


def figures(manager, period, make):
    """The figures of every table of every report, by report, table and row, once the opportunities are made."""
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        for status, way in WAYS.items():
            make(status, way)
        found = {}
        for report in REPORTS:
            tables = report.tables(scope_of(manager, period))
            for table in tables:
                rows = [*table.rows, *([table.total] if table.total else [])]
                said = [(str(row.label), [figure.value for figure in row.figures]) for row in rows]
                found[report.name, table.key] = said
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("period", [period_of(210, 210), period_of(100, 90)], ids=str)
def test_an_imported_history_is_in_every_report_as_one_that_was_lived_here(rep, manager, period):
    lived = figures(manager, period, lambda status, way: live(rep, manager, status, way))
    imported = figures(manager, period, lambda status, way: bring_in(rep, manager, status, way))

    assert {key for key in lived if lived[key] != imported[key] and key[1] not in WAIVERS} == set()

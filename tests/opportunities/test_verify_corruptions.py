"""`manage.py verify` reports each of many corruptions, which are made by SQL. None of them stops the other checks."""

import io
import re
from contextlib import contextmanager

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from opportunities import transitions
from opportunities.verify import row_checks
from opportunities.verify import run as verification
from salesflow.users.models import Absence, User
from tests.support import factories
from tests.support.corruptions import rows
from tests.support.corruptions.elsewhere import ELSEWHERE, NO_CORRUPTION, UNCHECKED
from tests.support.corruptions.odd_values import ODD_VALUES, UNREADABLE
from tests.support.corruptions.opportunities import CORRUPTIONS
from tests.support.corruptions.sql import EVENT, OPPORTUNITY, change_rows, record
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    reason,
    stage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("cast")]


@pytest.fixture(scope="module")
def row_ids(cast):
    return rows.ids_of_rows(cast)


def run(sql, names):
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: value for name, value in names.items() if f"%({name})s" in sql})
        return cursor.rowcount


def faults():
    return [fault for fault in verification.faults() if not fault.is_stricter_later]


def found_after(*statements, names):
    """The faults after that SQL, which is rolled back."""
    with transaction.atomic():
        for sql in statements:
            assert run(sql, names), f"changed nothing: {sql}"
        found = faults()
        transaction.set_rollback(True)
    return found


def rounds():
    """The names of the corruptions in lists, in which no two have to do with the same opportunity or other row.

    Verify runs once for a list.
    """
    lists, named = [], []
    for name, ((opportunity, sql), _sentence) in CORRUPTIONS.items():
        its = {opportunity} | set(re.findall(r"%\((\w+)\)s", sql))
        at = next((at for at, others in enumerate(named) if not its & others), len(lists))
        if at == len(lists):
            lists.append([])
            named.append(set())
        lists[at].append(name)
        named[at] |= its
    return lists


def test_there_are_at_least_sixty_corruptions():
    assert len(CORRUPTIONS) + len(ELSEWHERE) >= 60


def test_each_table_of_ours_has_a_corruption_or_a_reason():
    words = " ".join([*(sql for (_, sql), _ in CORRUPTIONS.values()), *(sql for sql, *_ in ELSEWHERE.values())]).split()

    untouched = {model._meta.model_name for model in row_checks.our_models() if model._meta.db_table not in words}

    assert untouched == NO_CORRUPTION.keys()


def test_each_corruption_of_an_opportunity_is_reported_and_stops_no_check(row_ids):
    assert faults() == []
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for names in rounds():
        made = [CORRUPTIONS[name][0][1] for name in names]
        found = [(fault.opportunity_id, fault.what) for fault in found_after(*made, names=row_ids)]
        for name in names:
            (opportunity, _sql), sentence = CORRUPTIONS[name]
            of_this = [what for pk, what in found if pk == row_ids[opportunity]]
            if not any(sentence in what for what in of_this):
                missed[name] = of_this
            if any("cannot be checked" in what for what in of_this):
                missed[f"{name}: not foreseen"] = of_this
        if (row_ids["last"], "is at version 99, its history at 3") not in found:
            missed[f"{names}: stopped the rest"] = found

    assert missed == {}


def test_each_corruption_of_other_rows_is_reported_and_stops_no_check(row_ids):
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for name, (sql, about, sentence) in ELSEWHERE.items():
        found = found_after(sql, names=row_ids)
        if not any(about in fault.name and sentence in fault.what for fault in found):
            missed[name] = found
        if not any(fault.opportunity_id == row_ids["last"] for fault in found):
            missed[f"{name}: stopped the rest"] = found

    assert missed == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks constraints always")
def test_what_a_constraint_refuses_is_reported_where_a_tool_wrote_it(row_ids):
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for name, (sql, about, sentence) in UNCHECKED.items():
        with unchecked():
            found = found_after(sql, names=row_ids)
        if not any(about in fault.name and sentence in fault.what for fault in found):
            missed[name] = found
        if not any(fault.opportunity_id == row_ids["last"] for fault in found):
            missed[f"{name}: stopped the rest"] = found

    assert missed == {}


def test_a_deputy_who_may_change_nothing_any_more_is_a_remark(row_ids, colleague):
    today = timezone.localdate()
    Absence.objects.update(first_day=today, last_day=today)
    User.objects.filter(pk=colleague.pk).update(is_active=False)

    remarks = [fault for fault in verification.faults() if fault.is_remark]

    assert [fault.name.split()[0] for fault in remarks] == ["absence"]
    assert f"names {colleague} as the deputy" in remarks[0].what


def test_all_corruptions_at_once_do_not_crash_verify(row_ids):
    for (_opportunity, sql), _sentence in CORRUPTIONS.values():
        try:
            with transaction.atomic():
                run(sql, row_ids)
        except DatabaseError:
            continue  # a constraint refuses it together with another one
    printed = io.StringIO()

    with pytest.raises(CommandError, match="Faults: "):
        call_command("verify", stdout=printed)

    assert {int(line.split()[0]) for line in printed.getvalue().splitlines()[:-1] if line[0].isdigit()} >= {
        row_ids[opportunity] for (opportunity, sql), sentence in CORRUPTIONS.values()
    }


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores no value that its column cannot hold")
@pytest.mark.parametrize("sql", UNREADABLE.values(), ids=UNREADABLE)
def test_a_name_that_is_not_text_is_reported_and_stops_no_check(row_ids, sql):
    run(*record("last", "version = 99")[1:], row_ids)

    found = found_after(sql, names=row_ids)

    assert any("cannot be checked" in fault.what for fault in found)
    assert any(fault.opportunity_id == row_ids["last"] for fault in found)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores no value that its column cannot hold")
def test_an_unreadable_row_is_reported_and_stops_no_check(row_ids):
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for name, (opportunity, sql) in ODD_VALUES.items():
        found = [(fault.opportunity_id, fault.what) for fault in found_after(sql, names=row_ids)]
        if not any(pk == row_ids[opportunity] for pk, what in found) or not any(
            pk == row_ids["last"] for pk, what in found
        ):
            missed[name] = found

    assert missed == {}


@pytest.mark.parametrize("column", ["changes", "children", "waiver_changes"])
def test_json_nested_too_deep_is_reported_and_stops_no_check(row_ids, column):
    run(*record("last", "version = 99")[1:], row_ids)
    sql = change_rows("develop", EVENT, f"{column} = '{'[' * 3000}{']' * 3000}'", "version = 1")[1]

    with unchecked():
        found = [(fault.opportunity_id, fault.what) for fault in found_after(sql, names=row_ids)]

    assert any(pk == row_ids["develop"] and "cannot be read" in what for pk, what in found)
    assert any(pk == row_ids["last"] for pk, what in found)


@contextmanager
def unchecked():
    """Switches off the check of SQLite that JSON has fewer than 3,000 levels, as a tool or a restore may."""
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = ON", {})
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            run("PRAGMA ignore_check_constraints = OFF", {})


# A changed definition hides no fault


def reword():
    factories.change_stage(QUALIFY, guidance_en="Ask about the money.", guidance_nb="Spør om pengene.", target_days=9)
    factories.change_stage(DEVELOP, name_en="Work out", probability=45)
    factories.change_step("estimated_budget", help_en="A guess will do.", name_nb="Budsjett")


def loosen_something_else():
    factories.change_step("customer_need", required=False)


def add_a_stage_behind():
    factories.add_stage(stage(QUALIFY).process, "After", order=9)


@pytest.mark.parametrize("change", [reword, loosen_something_else, add_a_stage_behind])
@pytest.mark.parametrize("made", ["passed", "jumped over"])
def test_a_change_without_new_requirements_hides_no_fault(rep, change, made):
    opportunity = factories.fill(factories.opportunity_in(QUALIFY, owner=rep), QUALIFY, DEVELOP)
    target = stage(DEVELOP if made == "passed" else PROPOSE)
    transitions.jump(opportunity=opportunity, by=rep, at=NOW, to_stage=target)
    column = "estimated_budget" if made == "passed" else "competitors_identified"

    change()
    nothing = "NULL" if made == "passed" else "FALSE"
    run(f"UPDATE {OPPORTUNITY} SET {column} = {nothing} WHERE id = %(opportunity)s", {"opportunity": opportunity.pk})

    found = list(verification.faults())
    assert any(fault.what.startswith("has passed ") for fault in found)
    assert [fault.what for fault in found if fault.is_stricter_later] == []


def test_a_step_that_was_optional_for_some_time_is_reported_as_stricter_later(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    with time_machine.travel(NOW + DAY):
        factories.change_step("estimated_budget", required=False)
    factories.edit(opportunity, at=NOW + 2 * DAY, estimated_budget=None)

    with time_machine.travel(NOW + 3 * DAY):
        factories.change_step("estimated_budget", required=True)

    assert faults() == []
    assert [fault.what for fault in verification.faults()] == ["Qualify now asks for “Estimated budget”"]


def test_a_reason_that_asks_for_the_competitor_later_is_no_fault(rep):
    factories.lost_opportunity(owner=rep)
    canceled = reason("canceled")

    canceled.asks_competitor = True
    canceled.save()

    assert faults() == []

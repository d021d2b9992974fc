"""The random opportunities of the tests of reports are such as the moves make them."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from opportunities.verify import closing_checks, event_checks, opportunity_checks, waiver_checks
from opportunities.verify.definitions import Definitions
from opportunities.verify.snapshot import read_snapshots
from tests.support import report_rows

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

LEFT_OUT = {"derived_columns", "child_rows"}
"""Checks that compare with filled steps, and with child rows in events."""
CHECKS = [
    check
    for module in (opportunity_checks, closing_checks, waiver_checks, event_checks)
    for check in module.CHECKS
    if check.__name__ not in LEFT_OUT
]


@settings(
    phases=[Phase.generate], max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(lives=report_rows.LIVES)
def test_verify_finds_no_fault_in_their_history(world, lives):
    with transaction.atomic():
        made = report_rows.add(world, lives)

        assert len(made) == len(lives)
        for snapshot in read_snapshots(Definitions(), after=0, count=100):
            faults = [what for check in CHECKS for what in check(snapshot)]
            assert faults == []
        transaction.set_rollback(True)

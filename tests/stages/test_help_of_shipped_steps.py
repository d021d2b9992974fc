"""The migration that gives three shipped steps their help text in an existing database."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from opportunities.verify import run
from stages.models import Step
from tests.support.db_assertions import unchanged
from tests.support.factories import change_step, step

pytestmark = pytest.mark.django_db

FIELD = "final_proposal_completed"


def migrate():
    """Run it with the models of its time, as `manage.py migrate` does."""
    state = MigrationLoader(connection).project_state(("stages", "0002_opportunity_sales_process"))
    import_module("stages.migrations.0003_help_of_shipped_steps").fill_help(state.apps, None)


def as_first_shipped(**columns):
    change_step(FIELD, help_en="", help_nb="", **columns)


def helps():
    return dict(Step.objects.values_list("field", "help_nb"))


def test_a_step_without_a_help_text_gets_the_one_that_ships():
    shipped = helps()
    as_first_shipped()

    migrate()

    assert helps() == shipped
    assert (
        step(FIELD).help_en == "Put the customer’s answers into the proposal. Tick it when price and terms are final."
    )


def test_a_step_with_a_history_gets_a_version_by_nobody():
    as_first_shipped()
    before = step(FIELD).history.count()

    migrate()

    newest = step(FIELD).history.first()
    assert step(FIELD).history.count() == before + 1
    assert (newest.help_nb, newest.history_type, newest.history_user) == (step(FIELD).help_nb, "~", None)
    assert list(run.faults()) == []


def test_a_step_without_a_history_gets_none():
    as_first_shipped()
    Step.history.all().delete()

    migrate()

    assert step(FIELD).help_nb
    assert not Step.history.exists()
    change_step(FIELD, required=False)
    assert [version.help_nb for version in step(FIELD).history.all()] == [step(FIELD).help_nb] * 2


@pytest.mark.parametrize("changed", [{"help_en": "Ours."}, {"help_nb": "Vår."}, {"name_en": "Contract drafted"}])
def test_a_step_that_a_manager_wrote_stays_as_it_is(changed):
    as_first_shipped()
    change_step(FIELD, **changed)

    with unchanged():
        migrate()

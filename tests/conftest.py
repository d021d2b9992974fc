"""The cast, and a database in which what ships with the product is always there."""

import gc

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connections
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils import translation

from opportunities import status_reasons
from opportunities.models import StatusReason
from salesflow.users.models import ROLES, SALES_MANAGER, SALESPERSON
from stages import install, write_guard
from stages.models import Process, Stage, Step
from tests.support.factories import UserFactory
from tests.support.mail_servers import dead_server, hanging_server  # noqa: F401 - fixtures


def pytest_collection_finish():
    """Look for garbage seldom, and not among the modules and tests that are there for good: it saves a fifth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def ship(**kwargs):
    """Put back what the migrations bring; a transactional test flushes it, and flushing sends `post_migrate`."""
    for role in ROLES:
        Group.objects.get_or_create(name=role)
    with write_guard.changing_every():
        install.install(Process, Stage, Step)
    status_reasons.install(StatusReason)
    for model in (Process, Stage, Step, StatusReason):
        model.history.all().delete()  # migrations write none


post_migrate.connect(ship, sender=apps.get_app_config("opportunities"), dispatch_uid="tests.ship")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """A thread that serves a browser keeps no connection, or the database could not be dropped in the end.

    Neither database waits for the disk: a test does not lose power, and locks are the same.
    """
    database = connections.settings["default"]
    database["CONN_MAX_AGE"] = 0
    if database["ENGINE"].endswith("postgresql"):
        database["OPTIONS"]["options"] += " -c synchronous_commit=off"
    else:
        database["OPTIONS"] = database["OPTIONS"] | {"init_command": "PRAGMA synchronous=OFF"}


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _in_english():
    """A page that was answered in Norwegian leaves its thread speaking Norwegian."""
    with translation.override("en"):
        yield


@pytest.fixture
def rep(db):
    """A salesperson: owns the opportunities of most tests."""
    return UserFactory(username="rep", first_name="Kari", last_name="Nordmann", role=SALESPERSON)


@pytest.fixture
def colleague(db):
    """Another salesperson, on no team unless a test says so."""
    return UserFactory(username="colleague", first_name="Ola", last_name="Hansen", role=SALESPERSON)


@pytest.fixture
def manager(db):
    return UserFactory(username="manager", first_name="Ingrid", last_name="Dahl", role=SALES_MANAGER)


@pytest.fixture
def stranger(db):
    """A user who may sign in and has no role."""
    return UserFactory(username="stranger", role=None)


@pytest.fixture
def client_of():
    """A browser in which this person is signed in."""

    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in

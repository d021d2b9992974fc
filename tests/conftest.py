"""The cast, and a database in which what ships with the product is always there."""

import gc
import shutil

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation

from salesflow.users.models import SALES_MANAGER, SALESPERSON
from tests.support.factories import UserFactory
from tests.support.mail_servers import dead_server, hanging_server, mail_server  # noqa: F401 - fixtures
from tests.support.pages import PageClient
from tests.support.shipped import Shipped


def pytest_collection_finish():
    """Look for garbage seldom, and not among the modules and tests that are there for good: it saves a fifth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test that commits leaves the database as the migrations made it."""
    with django_db_blocker.unblock():
        shipped = Shipped()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test_case: shipped.restore())
        yield


@pytest.fixture(scope="session", autouse=True)
def _private_folder(tmp_path_factory):
    """The private files of the tests, in a folder of this run."""
    folder = tmp_path_factory.mktemp("attachments")
    settings.STORAGES["attachments"]["OPTIONS"]["location"] = folder
    return folder


@pytest.fixture(autouse=True)
def _no_files_of_other_tests(_private_folder):
    yield
    for each in _private_folder.iterdir():
        shutil.rmtree(each)


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
        client = PageClient()
        client.force_login(user)
        return client

    return signed_in

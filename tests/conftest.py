"""The cast, and a database in which what ships with the product is always there."""

import gc
import shutil

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import translation

from salesflow.users.models import SALES_MANAGER, SALESPERSON, User
from tests.support.database_copies import Copies
from tests.support.examples import examples
from tests.support.factories import UserFactory
from tests.support.mail_servers import dead_server, hanging_server, mail_server  # noqa: F401 - fixtures
from tests.support.pages import PageClient
from tests.support.shipped import Shipped

hypothesis.settings.register_profile("here", hypothesis.settings.default, max_examples=examples(100))
hypothesis.settings.load_profile("here")

DATABASE = {"db", "transactional_db", "django_db_setup"}  # the fixtures that open it
gc.disable()  # until all tests are collected: it saves a quarter of that

LONGEST_FIRST = ("machine", "sweep", "browser", "demo")


def pytest_itemcollected(item):
    if not item.get_closest_marker("django_db") and DATABASE.isdisjoint(item.fixturenames):
        item.add_marker("no_database")


@pytest.hookimpl(trylast=True)  # when each test has its marks
def pytest_collection_modifyitems(items):
    """Run the long tests first, so that in the end no worker waits for the long test of another.

    But before them, what opens no database: meanwhile, the worker that has the first test migrates.
    """

    def rank(item):
        return next((at for at, mark in enumerate(LONGEST_FIRST) if item.get_closest_marker(mark)), len(LONGEST_FIRST))

    items.sort(key=rank)
    items[1:] = sorted(items[1:], key=lambda item: item.get_closest_marker("no_database") is None)


def pytest_collection_finish():
    """Look for garbage seldom, and not among the modules and tests that are there for good: it saves a fifth."""
    gc.enable()
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
def django_db_setup(request, tmp_path_factory, django_db_modify_db_settings, django_db_blocker):
    """Several workers migrate once and copy. A test that commits leaves the database as the migrations made it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    copies = None
    if worker is None or request.getfixturevalue("django_db_keepdb"):
        request.getfixturevalue("django_db_setup")
    else:
        copies = Copies(connection, tmp_path_factory.getbasetemp().parent, worker)
    with django_db_blocker.unblock():
        if copies:
            copies.open()
        shipped = Shipped()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test_case: shipped.restore())
        yield
    if copies:
        with django_db_blocker.unblock():
            copies.close()


@pytest.fixture(scope="session", autouse=True)
def _private_folder(tmp_path_factory):
    """The private files of the tests, in a folder of this run."""
    folder = tmp_path_factory.mktemp("attachments")
    settings.STORAGES["attachments"]["OPTIONS"]["location"] = folder
    return folder


@pytest.fixture(autouse=True)
def _no_files_of_other_tests(_private_folder):
    before = set(_private_folder.rglob("*"))
    yield
    for each in _private_folder.rglob("*"):
        if each not in before and each.is_file():
            each.unlink()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _in_english():
    """A page that was answered in Norwegian leaves its thread speaking Norwegian."""
    with translation.override("en"):
        yield


CAST = {
    "rep": {"first_name": "Kari", "last_name": "Nordmann", "role": SALESPERSON},
    "colleague": {"first_name": "Ola", "last_name": "Hansen", "role": SALESPERSON},
    "manager": {"first_name": "Ingrid", "last_name": "Dahl", "role": SALES_MANAGER},
    "stranger": {"role": None},
}


def cast_as(name):
    return UserFactory(username=name, **CAST[name])


def user(request, name):
    """The user of this name of the module's `cast`, or a new one if the module has none."""
    if "cast" in request.fixturenames:
        return User.objects.get(pk=request.getfixturevalue("cast")[name].pk)
    return cast_as(name)


@pytest.fixture
def rep(db, request):
    """A salesperson: owns the opportunities of most tests."""
    return user(request, "rep")


@pytest.fixture
def colleague(db, request):
    """Another salesperson, on no team unless a test says so."""
    return user(request, "colleague")


@pytest.fixture
def manager(db, request):
    return user(request, "manager")


@pytest.fixture
def stranger(db, request):
    """A user who may sign in and has no role."""
    return user(request, "stranger")


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker, _private_folder):
    """A transaction around the tests of a module: what its fixtures of the scope "module" write is there in each test.

    Each test with `db` runs within it, in a savepoint. For modules whose tests do not commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
    for each in _private_folder.iterdir():
        shutil.rmtree(each)


@pytest.fixture(scope="module")
def cast(module_db):
    """The users of above by name, made once for a module: `pytest.mark.usefixtures("cast")`."""
    return {name: cast_as(name) for name in CAST}


@pytest.fixture
def client_of():
    """A browser in which this person is signed in."""

    def signed_in(user):
        client = PageClient()
        client.force_login(user)
        return client

    return signed_in

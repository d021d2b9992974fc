"""The browser of the salesperson, and the day on which opportunities are closed."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from salesflow.users.models import User
from tests.support.factories import DEVELOP, finished_opportunity, opportunity_in, reread


@pytest.fixture
def rep_client(client_of, rep):
    """A browser in which the salesperson is signed in."""
    return client_of(rep)


@pytest.fixture
def manager_client(client_of, manager):
    """A browser in which a manager is signed in."""
    return client_of(manager)


@pytest.fixture
def closing_day():
    """Stops the clock on 20 November 2026 at 12:00 UTC. Its date is `TODAY` of `tests.support.closing_pages`."""
    with time_machine.travel(datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture(scope="module")
def finished_once(cast):
    return finished_opportunity(owner=cast["rep"], estimated_revenue=Decimal(480_000))


@pytest.fixture
def finished(finished_once):
    """An opportunity of the salesperson with every step done, made once for a module. It estimates NOK 480,000."""
    return reread(finished_once)


@pytest.fixture(scope="module")
def in_develop_once(cast):
    return opportunity_in(DEVELOP, owner=cast["rep"], estimated_revenue=Decimal(480_000))


@pytest.fixture
def in_develop(in_develop_once):
    """An opportunity of the salesperson in Develop, made once for a module. It estimates NOK 480,000."""
    return reread(in_develop_once)


@pytest.fixture
def admin(manager_client):
    """The browser of a manager, in tests of the admin."""
    return manager_client


@pytest.fixture
def root(client_of, db):
    """A browser in which a superuser is signed in."""
    return client_of(User.objects.create_superuser("root"))

"""Fixtures: a superuser, and signing in through the page."""

import pytest

from tests.support.factories import PASSWORD, UserFactory


@pytest.fixture
def superuser(db):
    return UserFactory(username="admin", role=None, is_superuser=True, is_staff=True)


@pytest.fixture
def sign_in(client):
    """Signs in through the page."""

    def submit(username, password=PASSWORD, **fields):
        return client.post("/user/login/", {"login": username, "password": password, **fields})

    return submit

"""Signing in as a person does, and a user above the managers."""

import pytest

from tests.support.factories import PASSWORD, UserFactory


@pytest.fixture
def superuser(db):
    return UserFactory(username="admin", role=None, is_superuser=True, is_staff=True)


@pytest.fixture
def sign_in(client):
    """Sign in by the page."""

    def by_page(username, password=PASSWORD, **fields):
        return client.post("/user/login/", {"login": username, "password": password, **fields})

    return by_page

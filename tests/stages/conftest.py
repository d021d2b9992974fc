"""The browser of a manager, and the process that ships."""

import pytest

from stages.models import Process


@pytest.fixture
def designer(client_of, manager):
    """A browser in which a manager is signed in."""
    return client_of(manager)


@pytest.fixture
def process():
    return Process.objects.get(key="opportunity-sales-process")

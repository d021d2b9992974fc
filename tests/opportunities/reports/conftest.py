"""What the random tests of reports share."""

import pytest

from tests.support.report_rows import World


@pytest.fixture(scope="module")
def world(cast):
    """The people, customers and processes of random opportunities."""
    return World.made_for(cast)

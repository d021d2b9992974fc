"""What is exported and imported again is the same, for the opportunities of the demo."""

import pytest

from opportunities.customers.models import Account, Contact
from opportunities.demo import load
from opportunities.verify import run as verification
from salesflow.users.models import User
from tests.support import exported_rows
from tests.support.factories import NOW
from tests.support.full_exports import LATER, brought_in, downloaded, empty, problems_of

pytestmark = [pytest.mark.django_db, pytest.mark.demo]

COUNT = {"en": 60, "nb": 12}
"""Opportunities of the demo that are exported in each language. The first 60 have all scenarios."""


@pytest.fixture
def demo(request, time_machine):
    """Opportunities of the demo. Returns a manager who sees all of them, and reads this language."""
    time_machine.move_to(LATER, tick=False)
    load.load_demo(at=NOW, count=COUNT[request.param], password="lofoten", progress=lambda done: None)
    User.objects.update(is_active=True)  # a person who left cannot own what is imported
    for model in (Account, Contact):  # the numbers of the demo can be dialled nowhere
        model.objects.update(phone="+4721234567")
    User.objects.update(language=request.param)
    return next(user for user in User.objects.order_by("pk") if user.is_manager and user.is_superuser)


@pytest.mark.parametrize("demo", COUNT, indirect=True)
def test_what_is_exported_and_imported_again_is_the_same(client, demo, settings):
    but = ["proposal_developed"]  # its evidence is a file, which the export leaves out
    before = exported_rows.opportunities(but=but), exported_rows.customers()
    files = downloaded(client, demo)
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(demo, files)

    assert problems_of(runs) == []
    after = exported_rows.opportunities(but=but), exported_rows.customers()
    assert after[1] == before[1]
    assert set(after[0]) == set(before[0])
    for key, opportunity in before[0].items():
        assert after[0][key] == opportunity, key
    assert list(verification.faults()) == []

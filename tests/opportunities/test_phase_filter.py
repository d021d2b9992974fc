"""The filter by pipeline phase says what its phase is."""

import pytest
from django.urls import reverse

from tests.support.factories import add_process

pytestmark = pytest.mark.django_db

WARNING = "With several processes on one opportunity, the phase is that of the stage entered last"


def filters_of(client):
    return client.get(reverse("opportunity_filters")).content.decode()


def test_the_filter_by_phase_warns_where_several_processes_are_in_use(client_of, rep):
    add_process("Renewal", "Ask")

    page = filters_of(client_of(rep))

    assert WARNING in page
    assert 'aria-describedby="id_phase_note"' in page


def test_with_one_process_no_filter_warns(client_of, rep):
    assert WARNING not in filters_of(client_of(rep))

"""Counts the SQL statements, and our Python files above the models, of one Next Stage and one opportunity page.

    python -m pytest -q -s tests/bench/one_request.py

A file counts when a line of one of its functions runs during the request. Not counted: models, customers, stages,
salesflow, and what only templates call (templatetags).
"""

import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.factories import DEVELOP, ready_opportunity
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

BELOW = ("opportunities/models/", "opportunities/customers/", "opportunities/templatetags/")


def measured(request):
    """The answer of the request, its statements, and the files that ran."""
    files = set()

    def trace(frame, event, argument):
        path = frame.f_code.co_filename
        if "/opportunities/" in path and "/tests/" not in path and frame.f_code.co_name != "<module>":
            files.add(path[path.index("/opportunities/") + 1 :])

    sys.setprofile(trace)
    try:
        with CaptureQueriesContext(connection) as captured:
            answer = request()
    finally:
        sys.setprofile(None)
    return answer, captured.captured_queries, sorted(each for each in files if not each.startswith(BELOW))


def test_one_page_and_one_move_are_measured(rep, client_of):
    client, opportunity = client_of(rep), ready_opportunity(DEVELOP, owner=rep)
    address = opportunity.get_absolute_url()
    client.get(address)

    page, of_page, page_files = measured(lambda: client.get(address))
    form = Form(page, f"{address}save/")
    moved, of_move, move_files = measured(lambda: form.press(client, "Next Stage", customer_need="Lorries"))

    assert moved.status_code == 303
    for name, statements, files in (("page", of_page, page_files), ("Next Stage", of_move, move_files)):
        print(f"{name} on {connection.vendor}: {len(statements)} statements, {len(files)} files")
        print("   ", ", ".join(each.removeprefix("opportunities/") for each in files))

"""The pages of the reports while there is no opportunity, or no process."""

import pytest

from opportunities.reports.every import REPORTS
from stages.models import Process
from tests.support.figures import drawn_figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

EVERY = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)


@EVERY
def test_a_report_of_nothing_says_so(client_of, rep, manager, report):
    for reader in (rep, manager):
        page = client_of(reader).get(report.address)
        assert not list(drawn_figures(page))
        assert "No opportunity that you may see belongs here in this period." in page.content.decode()


@EVERY
def test_a_report_works_without_a_process(client_of, rep, report):
    Process.objects.update(is_default=False, is_archived=True)
    assert client_of(rep).get(report.address).status_code == 200

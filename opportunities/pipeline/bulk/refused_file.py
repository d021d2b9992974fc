"""The CSV file with the refused rows of a bulk run. Each download is in the log of exports."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opportunities.models import BulkRun, ListExport
from opportunities.pipeline.bulk import report
from opportunities.pipeline.bulk.views import own_run
from opportunities.pipeline.export import files
from opportunities.pipeline.lists.columns import Column, Value
from opportunities.views.request import role_required
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

BATCH = 500


@require_POST
@role_required
def bulk_refused(request: SignedInRequest, run: int) -> Any:
    found = own_run(request, run)
    rows = report.rows(found, report.REFUSED).count()
    csv = ListExport.Format.CSV
    ListExport.objects.create(by=request.user, at=timezone.now(), format=csv, has_all_columns=False, rows=rows)
    pieces = files.in_present_language(files.csv_pieces(_heads(), _rows(found, request.user)))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{found.pk}.csv"'
    return response


def _heads() -> list[Column]:
    labels: list[Any] = [_("Opportunity"), _("Account"), _("Owner"), _("Why"), _("Missing steps"), _("Address")]
    return [Column(str(label), label, lambda row, at: None) for label in labels]


def _rows(run: BulkRun, reader: User) -> Iterator[list[Value]]:
    pages = Paginator(report.rows(run, report.REFUSED), BATCH)
    for number in pages.page_range:
        for line in report.lines(run, pages.page(number), reader):
            yield _row(line)


def _row(line: report.ReportLine) -> list[Value]:
    found = line.opportunity
    missing = ", ".join(step.name for step in line.steps)
    if found is None:
        return [_("(not visible)"), "", "", line.why, missing, ""]
    address = f"{settings.BASE_URL}{found.get_absolute_url()}"
    return [found.name, str(found.account or ""), str(found.owner), line.why, missing, address]

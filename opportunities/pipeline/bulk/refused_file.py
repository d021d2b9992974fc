"""The file with the refused rows of a bulk run. Each download is in the log of the admin."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opportunities.models import BulkRun
from opportunities.pipeline.bulk import report
from opportunities.pipeline.bulk.views import own_run
from opportunities.views.request import role_required
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

BATCH = 500
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads the file in another encoding
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """The text of a cell, which no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


@require_POST
@role_required
def bulk_refused(request: SignedInRequest, run: int) -> Any:
    found = own_run(request, run)
    LogEntry.objects.create(
        user=request.user,
        action_flag=CHANGE,
        content_type=ContentType.objects.get_for_model(BulkRun),
        object_id=str(found.pk),
        object_repr=str(found.pk),
        change_message="Downloaded the refused rows.",
    )
    lines = _lines(found, request.user, get_language() or settings.LANGUAGE_CODE)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{found.pk}.csv"'
    return response


def _lines(run: BulkRun, reader: User, language: str) -> Iterator[str]:
    """The lines of the file, a batch at a time. The response is sent when the view has returned."""
    with override(language):
        yield BYTE_ORDER_MARK + _written(
            [[_("Opportunity"), _("Account"), _("Owner"), _("Why"), _("Missing"), _("Address")]]
        )
    pages = Paginator(report.rows(run, report.REFUSED), BATCH)
    for number in pages.page_range:
        with override(language):
            rows = [_row(line) for line in report.lines(run, pages.page(number), reader)]
        yield _written(rows)


def _row(line: report.Line) -> list[str]:
    found = line.opportunity
    missing = ", ".join(step.name for step in line.steps)
    if found is None:
        return [_("(not visible)"), "", "", line.why, missing, ""]
    address = f"{settings.BASE_URL}{found.get_absolute_url()}"
    return [found.name, str(found.account or ""), str(found.owner), line.why, missing, address]


def _written(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([cell(value) for value in row] for row in rows)
    return written.getvalue()

"""The CSV file with the refused rows of a bulk run. Each download is in the log of the admin."""

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
    LogEntry.objects.create(
        user=request.user,
        action_flag=CHANGE,
        content_type=ContentType.objects.get_for_model(BulkRun),
        object_id=str(found.pk),
        object_repr=str(found.pk),
        change_message="Downloaded the refused rows.",
    )
    pieces = _pieces(found, request.user, get_language() or settings.LANGUAGE_CODE)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{found.pk}.csv"'
    return response


def _pieces(run: BulkRun, reader: User, language: str) -> Iterator[bytes]:
    """The file in the language of the request. Its pieces are written when the view has returned."""
    with override(language):
        labels: list[Any] = [_("Opportunity"), _("Account"), _("Owner"), _("Why"), _("Missing steps"), _("Address")]
        heads = [Column(str(label), label, lambda row, at: None) for label in labels]
        pieces = files.csv_pieces(heads, _rows(run, reader))
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _rows(run: BulkRun, reader: User) -> Iterator[list[Value]]:
    pages = Paginator(report.rows(run, report.REFUSED), BATCH)
    for number in pages.page_range:
        for line in report.lines(run, pages.page(number), reader):
            yield _row(line)


def _row(line: report.Line) -> list[Value]:
    found = line.opportunity
    missing = ", ".join(step.name for step in line.steps)
    if found is None:
        return [_("(not visible)"), "", "", line.why, missing, ""]
    address = f"{settings.BASE_URL}{found.get_absolute_url()}"
    return [found.name, str(found.account or ""), str(found.owner), line.why, missing, address]

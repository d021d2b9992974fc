"""The CSV file with the refused rows of an import. Each download is in the log of exports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opportunities.import_pages import found
from opportunities.imports import making, refused_file
from opportunities.imports.reading.cells import Cell
from opportunities.models import Import, ListExport
from opportunities.pipeline.export import files
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


@dataclass(frozen=True)
class _RefusedHead:
    label: str


@require_POST
@role_required
def import_refused(request: SignedInRequest, run: int) -> Any:
    """The rows as they are in the file, with its separator and the reason in an extra column, to be mended."""
    own = found.own_import(request, run)
    table = refused_file.rows(own)
    heads = [_RefusedHead(str(cell)) for cell in next(table)]
    csv = ListExport.Format.CSV
    ListExport.objects.create(by=request.user, at=timezone.now(), format=csv, has_all_columns=True, rows=_count(own))
    delimiter = making.reading_of(own).delimiter
    pieces = files.in_present_language(files.csv_pieces(heads, _as_values(table), delimiter=delimiter))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = _("refused-%(number)d.csv") % {"number": own.pk}
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _count(run: Import) -> int:
    of_run = run.rows.filter(outcome="refused") if run.is_started else run.rows.filter(fate="refuse")
    return of_run.count()


def _as_values(table: Iterator[list[Cell]]) -> Iterator[list[Any]]:
    """The cells in the types that an export has."""
    yield from ([str(cell) if isinstance(cell, (bool, float)) else cell for cell in row] for row in table)

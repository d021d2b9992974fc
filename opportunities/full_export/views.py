"""The page with the export of everything, and its download."""

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from opportunities import access
from opportunities.full_export import archive
from opportunities.models import ListExport, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.export import files
from opportunities.transitions import organisation_date
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


@require_safe
@role_required
def full_export(request: SignedInRequest) -> HttpResponse:
    """What the archive has, and the button."""
    _refuse_no_right(request)
    return render(request, "full_export/full_export.html", {"count": _found(request).count()})


@require_POST
@role_required
def full_export_download(request: SignedInRequest) -> Any:
    """The archive. Each download is logged."""
    _refuse_no_right(request)
    found, at = _found(request), timezone.now()
    ListExport.objects.create(
        by=request.user, at=at, format=ListExport.Format.ZIP, has_all_columns=True, rows=found.count()
    )
    response = StreamingHttpResponse(files.in_present_language(archive.pieces(found)), content_type="application/zip")
    name = f"Salesflow-{organisation_date(at).isoformat()}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _found(request: SignedInRequest) -> OpportunityQuerySet:
    return Opportunity.objects.visible_to(request.user)


def _refuse_no_right(request: SignedInRequest) -> None:
    if not access.may_export_everything(request.user):
        raise Http404

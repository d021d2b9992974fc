"""Downloads the opportunities that a list finds, with the columns shown or with all."""

from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opportunities.forms import fields
from opportunities.models import ListExport
from opportunities.pipeline.export import files, reading
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.pipeline.lists import columns as list_columns
from opportunities.transitions import organisation_date
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL, SHOWN = "all", "shown"


class ExportForm(forms.Form):
    """What the menu of the list posts. It has no field to fill in, so another format or choice is a bad request.

    A name that no column has is left out, as in the list.
    """

    format = forms.ChoiceField(choices=ListExport.Format.choices)
    which = forms.ChoiceField(choices=[(SHOWN, ""), (ALL, "")])
    columns = forms.CharField(required=False)

    @property
    def chosen(self) -> list_columns.Columns:
        if self.cleaned_data["which"] == ALL:
            return tuple(list_columns.ALL.values())
        return list_columns.chosen(self.cleaned_data["columns"].split())


@role_required
@require_POST
def opportunity_export(request: SignedInRequest) -> Any:
    """The file. The filters and the order are in the address, as those of the list are. Each export is logged."""
    form = ExportForm({name: fields.only_value(request.POST, name) for name in ExportForm.base_fields})
    if not form.is_valid():
        raise BadRequest("format or which is missing or unknown.")
    found = OpportunityFilter(request.GET, request=request)
    if found.left_out:  # the list says so and shows other rows than were asked for
        return HttpResponse(" ".join(map(str, found.left_out.values())), status=422, content_type="text/plain")
    at, chosen, kind = timezone.now(), form.chosen, ListExport.Format(form.cleaned_data["format"])
    ListExport.objects.create(
        by=request.user,
        at=at,
        format=kind,
        has_all_columns=form.cleaned_data["which"] == ALL,
        rows=found.totals.count,
    )
    name = f"{_('opportunities')}-{organisation_date(at).isoformat()}.{kind.value}"
    rows = reading.rows(found.rows, chosen, at=at)
    if kind is ListExport.Format.XLSX:
        return FileResponse(files.xlsx_file(chosen, rows), as_attachment=True, filename=name, content_type=XLSX)
    pieces = files.in_present_language(files.csv_pieces(chosen, rows))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response

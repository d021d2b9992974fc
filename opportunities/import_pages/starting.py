"""The list of imports, and the page that takes a file."""

from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, editing
from opportunities.editing import stored_files
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.http_status import status_of
from opportunities.import_pages import template_files
from opportunities.imports import making, outcomes
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.paging import page_of
from opportunities.views.request import posted, refuse_reader, role_required, see_other, sent_once
from salesflow import once
from salesflow.uploads import Upload, taking_files
from salesflow.users.requests import SignedInRequest

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".ods")
"""Which files the browser offers. What a file is, its content says."""


def kept(upload: Upload) -> Upload:
    """The file. Raises ValidationError if the server did not keep it."""
    if upload.is_kept:
        return upload
    if upload.size and upload.size > settings.UPLOAD_MAX_BYTES:
        most = filesizeformat(settings.UPLOAD_MAX_BYTES)
        raise ValidationError(_("The file is too large. A file may have %(most)s.") % {"most": most})
    raise ValidationError(_("The server has no room for the file at the moment. Try again later."))


class ImportFileForm(EditingForm):
    """Which file, and of what."""

    noun = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"),
        choices=Import.Noun.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of these.")},
    )
    file = fields.FilesField(label=gettext_lazy("File"), is_single=True)
    creates = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        self.fields["file"].widget.attrs["accept"] = ",".join(ENDINGS)
        self.fields["file"].help_text = _(
            "A CSV file, or a spreadsheet as XLSX or ODS, with one row for each. At most 100,000 rows."
        )
        self.helper.layout = Layout("token", "noun", "file")

    def clean_file(self) -> Upload:
        return kept(cast(Upload, self.cleaned_data["file"][0]))


@require_safe
@role_required
def imports(request: SignedInRequest) -> HttpResponse:
    """The imports that the reader may see, the last first."""
    refuse_reader(request)
    page = page_of(request, making.visible_to(request.user).select_related("by"))
    counts = outcomes.counts_of(page)
    context = {
        "lines": [(run, counts.get(run.pk)) for run in page],
        "page": page,
        "templates": template_files.offered(),
        "may_export": access.may_export_everything(request.user),
    }
    return render(request, "imports/imports.html", context)


@taking_files
@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_new(request: SignedInRequest) -> HttpResponse:
    """The page that takes a file. `?noun=` says of what."""
    refuse_reader(request)
    noun = fields.only_value(request.GET, "noun")
    initial = {"noun": noun if noun in Import.Noun else Import.Noun.OPPORTUNITIES}
    files = request.FILES if request.method == "POST" else None
    form = ImportFileForm(posted(request), files, initial=initial)
    form.refuse_unnamed()
    if not form.is_valid():
        return _new_page(request, form, 422 if form.is_bound else 200)
    try:
        return see_other(_begun(request, form))
    except Refused as refusal:
        form.refuse(refusal)
        return _new_page(request, form, status_of(refusal))


def _begun(request: SignedInRequest, form: ImportFileForm) -> str:
    upload: Any = form.cleaned_data["file"]
    recognised = making.recognised(
        by=request.user,
        at=timezone.now(),
        noun=form.cleaned_data["noun"],
        upload=upload,
        name=stored_files.clean_name(upload.sent_name),
    )
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        run = making.begin(recognised, upload=upload)
        address = reverse("import_reading", args=[run.pk])
        once.remember(request, address)
    return address


def _new_page(request: SignedInRequest, form: ImportFileForm, status: int) -> HttpResponse:
    context = {"form": form, "templates": template_files.offered()}
    return render(request, "imports/import_new.html", context, status=status)

"""The second file of an import, with the history of each opportunity."""

from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from opportunities.editing import stored_files
from opportunities.forms import fields
from opportunities.import_pages import found, step_form, template_files
from opportunities.import_pages.acts import present
from opportunities.import_pages.columns_page import choices, refuse_doubles
from opportunities.import_pages.starting import ENDINGS, kept
from opportunities.imports import second_file
from opportunities.imports.history import kinds
from opportunities.imports.reading.reading import Reading
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import posted, role_required, see_other, sent_once
from salesflow.uploads import Upload, taking_files
from salesflow.users.requests import SignedInRequest

MOST_COLUMNS = 40
"""Of the second file that are shown. Those after it are left out."""


class HistoryFileForm(step_form.ImportStepForm):
    """Which file."""

    file = fields.FilesField(label=gettext_lazy("File with the history"), is_single=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(ENDINGS)
        self.fields["file"].help_text = _(
            "One row for each stage that an opportunity was in, or for each thing that happened to it."
        )
        self.helper.layout = Layout("version", "token", "file")

    def clean_file(self) -> Upload:
        return kept(cast(Upload, self.cleaned_data["file"][0]))

    def _say(self, field: str | None, sentences: str | list[str]) -> None:
        super()._say("file" if field == "history" else field, sentences)


class HistoryColumnsForm(step_form.ImportStepForm):
    """Which field each column of the second file fills."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = Reading.from_json(self.run.history_reading or {}).headings[:MOST_COLUMNS]
        offered = choices(kinds.FIELDS)
        for place, heading in enumerate(self.headings):
            self.fields[f"column-{place}"] = forms.ChoiceField(label=heading, choices=offered, required=False)
            self.initial[f"column-{place}"] = self.run.history_columns.get(heading, "")
        self.helper.layout = Layout(*self.fields)

    @property
    def bound_by_heading(self) -> dict[str, BoundField]:
        return {heading: self[f"column-{place}"] for place, heading in enumerate(self.headings)}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        refuse_doubles(self, self.bound_by_heading, kinds.FIELDS)
        return cleaned

    @property
    def columns(self) -> dict[str, str]:
        return {heading: self.cleaned_data[bound.name] for heading, bound in self.bound_by_heading.items()}


@taking_files
@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_history(request: SignedInRequest, run: int) -> HttpResponse:
    """Takes the second file; after that, what its columns are."""
    own = found.own_import(request, run)
    if own.is_started or own.noun != Import.Noun.OPPORTUNITIES:
        return redirect(found.address(own))
    if own.history_reading and "file" not in request.FILES:
        return _columns(request, own)
    return _file(request, own)


def _file(request: SignedInRequest, own: Import) -> HttpResponse:
    files = request.FILES if request.method == "POST" else None
    form = HistoryFileForm(posted(request), files, run=own)

    def write(form: HistoryFileForm) -> str:
        upload: Any = form.cleaned_data["file"]
        second_file.add(own, upload=upload, name=stored_files.clean_name(upload.sent_name))
        return request.path

    return step_form.respond(request, form, write, _page_of(request, own), lambda: HistoryFileForm(run=own))


def _columns(request: SignedInRequest, own: Import) -> HttpResponse:
    form = HistoryColumnsForm(posted(request), run=own)

    def write(form: HistoryColumnsForm) -> str:
        second_file.map_columns(own, columns=form.columns)
        return reverse("import_values", args=[own.pk])

    return step_form.respond(request, form, write, _page_of(request, own), lambda: HistoryColumnsForm(run=own))


def _page_of(request: SignedInRequest, own: Import) -> step_form.Page:
    def page(form: Any, why: Refused | None, status: int) -> HttpResponse:
        context = {"run": own, "form": form, "steps": found.steps(own, "import_values"), "refusal": why}
        context["templates"] = [each for each in template_files.offered() if each[0] == template_files.HISTORY]
        return render(request, "imports/import_history.html", context, status=status)

    return page


@require_POST
@role_required
def import_history_remove(request: SignedInRequest, run: int) -> HttpResponse:
    """Imports without the second file."""
    own = found.own_import(request, run)
    try:
        found.refuse_old_page(request, own)
        second_file.remove(own)
    except Refused as refusal:
        return present(request, own, refusal)
    return see_other(reverse("import_values", args=[own.pk]))

"""The mappings that a person has saved: a list, and a page of each with its name, its columns and a file of it."""

from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities.forms import fields, rendered_for
from opportunities.http_status import status_of
from opportunities.import_pages.mapping_pages import NAME_LENGTH, as_file
from opportunities.imports import saved_mappings
from opportunities.imports.mapping import BadMapping, Mapping
from opportunities.models import SavedMapping
from opportunities.refusals import Refused
from opportunities.views.paging import page_of
from opportunities.views.request import posted, refuse_reader, role_required, see_other
from salesflow.users.requests import SignedInRequest


@dataclass(frozen=True)
class MappedColumn:
    """A column of such files, and the field that it fills; empty if it is left out."""

    heading: str
    field: str


class NameForm(forms.Form):
    """The name of a saved mapping, and the version that its page shows."""

    version = fields.IdField(required=False)
    name = fields.LineField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)

    def __init__(self, *args: Any, saved: SavedMapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"version": saved_mappings.version_of(saved), "name": saved.name}
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout("version", "name")


@require_safe
@role_required
def mappings(request: SignedInRequest) -> HttpResponse:
    """The mappings that the reader has saved under a name, the last saved first."""
    refuse_reader(request)
    return render(request, "imports/mappings.html", {"page": page_of(request, saved_mappings.named(request.user))})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def mapping(request: SignedInRequest, saved: int) -> HttpResponse:
    """Its name, which can be changed, and which field each column fills."""
    own = _own(request, saved)
    form = NameForm(posted(request), saved=own)
    if not form.is_bound:
        return _page(request, own, form)
    version = rendered_for.posted_id(request.POST, "version")
    if not form.is_valid():
        return _page(request, own, form)
    try:
        saved_mappings.rename(own, name=form.cleaned_data["name"], version=version)
    except saved_mappings.NameTaken as refusal:
        form.add_error("name", str(refusal))
        return _page(request, own, form)
    except Refused as refusal:
        return _as_it_is_now(request, own, refusal)
    messages.success(request, _("Saved."))
    return see_other(reverse("import_mappings"))


@require_POST
@role_required
def mapping_delete(request: SignedInRequest, saved: int) -> HttpResponse:
    own = _own(request, saved)
    try:
        saved_mappings.delete(own, version=rendered_for.posted_id(request.POST, "version"))
    except Refused as refusal:
        return _as_it_is_now(request, own, refusal)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": own.name})
    return see_other(reverse("import_mappings"))


@require_safe
@role_required
def mapping_file(request: SignedInRequest, saved: int) -> HttpResponse:
    """The mapping as a file for `manage.py import_opportunities`."""
    return as_file(_own(request, saved).mapping, f"mapping-of-{saved}")


def _own(request: SignedInRequest, pk: int) -> SavedMapping:
    """A mapping with a name, of the person; another one is a 404."""
    refuse_reader(request)
    return get_object_or_404(saved_mappings.named(request.user), pk=pk)


def _as_it_is_now(request: SignedInRequest, own: SavedMapping, refusal: Refused) -> HttpResponse:
    """The page after a refusal; a 404 if the mapping is gone."""
    now = saved_mappings.named(request.user).filter(pk=own.pk).first()
    if now is None:
        raise Http404
    return _page(request, now, NameForm(saved=now), refusal)


def _page(request: SignedInRequest, own: SavedMapping, form: NameForm, refusal: Refused | None = None) -> HttpResponse:
    columns, why_not = _columns(own)
    context = {
        "saved": own,
        "form": form,
        "version": saved_mappings.version_of(own),
        "columns": columns,
        "why_not": why_not,
        "refusal": refusal,
    }
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return render(request, "imports/mapping.html", context, status=status)


def _columns(saved: SavedMapping) -> tuple[list[MappedColumn], str]:
    """The columns, or why the mapping cannot be read any more."""
    try:
        mapping = Mapping.from_json(saved.mapping)
    except BadMapping as bad:
        return [], str(bad)
    labels = ((heading, mapping.field_of(heading)) for heading in mapping.columns)
    found = [MappedColumn(heading, field.label if field else "") for heading, field in labels]
    return sorted(found, key=lambda column: not column.field), ""

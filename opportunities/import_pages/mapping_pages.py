"""The mapping of an import: its download, a name for it, and a saved one that is used instead."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities.forms import fields
from opportunities.import_pages import columns_page, found, step_form
from opportunities.imports import applying, making, saved_mappings
from opportunities.imports.mapping import BadMapping
from opportunities.models import SavedMapping
from opportunities.refusals import Gone, Refused
from opportunities.views.request import posted, role_required, see_other, sent_once
from salesflow.users.requests import SignedInRequest

NAME_LENGTH = 100
MOST_NAMED = 3
"""Values that a message names."""


def as_file(mapping: dict[str, Any], name: str) -> HttpResponse:
    """The mapping as `manage.py import_opportunities` reads it."""
    response = JsonResponse(mapping, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


@require_safe
@role_required
def import_mapping(request: SignedInRequest, run: int) -> HttpResponse:
    """The mapping of an import as a file."""
    own = found.own_import(request, run)
    return as_file(making.mapping_of(own).to_json(), f"mapping-{own.pk}")


class SaveMappingForm(step_form.ImportStepForm):
    """The name of a mapping. A name that is taken is confirmed."""

    name = fields.LineField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    replaces = forms.BooleanField(label=gettext_lazy("Replace the mapping of this name"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self._is_taken():
            del self.fields["replaces"]
        self.fields["name"].help_text = _("Such as the system that the file comes from.")
        self.helper.layout = Layout(*self.fields)

    def _is_taken(self) -> bool:
        try:
            typed = self.fields["name"].clean(self["name"].value()) if self.is_bound else ""
        except ValidationError:
            return False
        return bool(typed) and saved_mappings.is_taken(self.run, typed)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_mapping_save(request: SignedInRequest, run: int) -> HttpResponse:
    """Saves the mapping of an import under a name."""
    own = found.own_import(request, run)
    if not own.is_mapped:
        return redirect("import_values", own.pk)
    form = SaveMappingForm(posted(request), run=own)
    form.focus_first()

    def write(form: SaveMappingForm) -> str:
        name, replaces = form.cleaned_data["name"], form.cleaned_data.get("replaces", False)
        saved_mappings.save(own, name=name, replaces=replaces, at=timezone.now())
        messages.success(request, _("The mapping is saved as “%(name)s”.") % {"name": name})
        return found.address(own)

    def page(form: SaveMappingForm, why: Refused | None, status: int) -> HttpResponse:
        context = {"run": own, "form": form, "refusal": why, "back": found.address(own)}
        return render(request, "imports/import_mapping_save.html", context, status=status)

    return step_form.respond(request, form, write, page, lambda: SaveMappingForm(run=own))


@require_POST
@role_required
def import_mapping_use(request: SignedInRequest, run: int) -> HttpResponse:
    """Maps the columns and the values as a saved mapping does, and leads to the columns."""
    own = found.own_import(request, run)
    if own.is_started:
        return see_other(found.address(own))
    try:
        found.refuse_old_page(request, own)
        saved = _posted_mapping(request, own)
        gone = applying.apply(own, saved)
    except (Refused, BadMapping) as error:
        own.refresh_from_db()
        return columns_page.columns(request, own, error if isinstance(error, Refused) else Refused(str(error)))
    messages.success(request, _used(saved, gone))
    return see_other(reverse("import_columns", args=[own.pk]))


def _posted_mapping(request: SignedInRequest, own: Any) -> SavedMapping:
    """Refusal: Gone, if it is not one of those for this file."""
    pk = fields.clean_id(fields.only_value(request.POST, "saved"))
    saved = next((each for each in saved_mappings.named_for(own) if each.pk == pk), None)
    if saved is None:
        raise Gone(_("The mapping is not there any more."))
    return saved


def _used(saved: SavedMapping, gone: list[str]) -> str:
    used = _("“%(name)s” is used.") % {"name": saved.name}
    if not gone:
        return used
    said = ngettext(
        "What it says about this value is not there any more: %(values)s",
        "What it says about %(count)d values is not there any more: %(values)s",
        len(gone),
    )
    values = ", ".join(f"“{value}”" for value in gone[:MOST_NAMED]) + ("…" if len(gone) > MOST_NAMED else ".")
    return f"{used} {said % {'count': len(gone), 'values': values}}"

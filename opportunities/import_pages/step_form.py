"""The base of the forms of an import that was not started, and how their pages answer a post."""

from collections.abc import Callable, Collection
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpResponse

from opportunities.forms.base import EditingForm
from opportunities.http_status import status_of
from opportunities.import_pages import found
from opportunities.imports.mapping import BadMapping
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import see_other
from salesflow import once
from salesflow.users.requests import SignedInRequest


class ImportStepForm(EditingForm):
    """Its version says what the page was drawn for, its token that it is sent once."""

    choosable: Collection[str] = ()  # nothing of an import is in conflict

    def __init__(self, *args: Any, run: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.initial["version"] = found.version(run)

    def full_clean(self) -> None:
        """Marks the controls in tables that have errors; crispy marks the others."""
        super().full_clean()
        for name in self.errors.keys() & self.fields.keys():
            attributes = self.fields[name].widget.attrs
            if "class" in attributes:
                attributes["class"] += " is-invalid"

    def add_to_table(self, name: str, field: forms.Field, initial: Any) -> None:
        """Adds a field whose control is in a cell of a table."""
        is_choice = isinstance(field.widget, forms.Select)
        field.widget.attrs["class"] = "form-select" if is_choice else "form-control"
        self.fields[name], self.initial[name] = field, initial

    def refuse_unnamed(self) -> None:
        super().refuse_unnamed()
        if self.is_bound and not self.page:
            raise BadRequest("The token is missing or is none.")

    @property
    def is_stale(self) -> bool:
        return self.seen_version != self.initial["version"]


Page = Callable[[Any, Refused | None, int], HttpResponse]
"""Draws the page with a form, with why nothing was written, and with a status."""


def respond(
    request: SignedInRequest,
    form: ImportStepForm,
    write: Callable[[Any], str],
    page: Page,
    anew: Callable[[], ImportStepForm],
) -> HttpResponse:
    """Writes a posted form, and leads to the address that `write` returns.

    `anew` makes the form of the import as it is now, for a page that is out of date.
    """
    form.refuse_unnamed()
    if not form.is_bound:
        return page(form, None, 200)
    if not form.is_valid():
        return page(form, None, 422)
    if form.is_stale:
        return page(anew(), found.ImportChanged(), 409)
    try:
        address = write(form)
    except Refused as refusal:
        form.refuse(refusal)
        return page(form, None, status_of(refusal))
    except BadMapping as bad:
        form.add_error(None, str(bad))
        return page(form, None, 422)
    once.remember(request, address)
    return see_other(address)

"""Bases of the inlines of admin pages: rows that are read once, in a limited number."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _


class RowId(forms.Field):
    """The id of a row that was read already, so that Django does not read it again."""

    widget = forms.HiddenInput

    def __init__(self, row: models.Model) -> None:
        super().__init__(required=True, initial=row.pk)
        self.row = row

    def prepare_value(self, value: Any) -> str:
        return str(self.row.pk)

    def clean(self, value: Any) -> models.Model:
        return self.row

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class InlineRows(forms.BaseInlineFormSet):
    """An inline formset that reads its rows with one query. Django would read each row again for a posted form."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk:
            form.fields["id"] = RowId(form.instance)
        else:  # a new row has no id, even if one was sent
            form.fields["id"] = forms.Field(required=False, disabled=True, widget=forms.HiddenInput)

    def clean(self) -> None:
        """Refuses a post with a missing row. Django would ignore the row, as if it had been saved."""
        super().clean()
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError(_("Another person removed a row. Open the page again to see what is left."))


MOST_ROWS = 300


class BoundedInline:
    """Builds at most MOST_ROWS forms, even if a post has a larger number."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        bounds = {"max_num": MOST_ROWS, "absolute_max": MOST_ROWS}
        return super().get_formset(request, obj, **bounds, **kwargs)  # type: ignore[misc]

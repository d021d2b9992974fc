"""A form field for files."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salesflow.uploads import Upload


class FilesInput(forms.FileInput):
    """One input for several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Upload]:
        return files.getlist(name) if files else []


class FilesField(forms.Field):
    """The files of a form that `salesflow.uploads` kept. `is_single`: exactly one."""

    widget = FilesInput
    default_error_messages = {
        "required": _("Choose a file first."),
        "single": _("Choose one file: a new version replaces one file."),
    }

    def __init__(self, *, is_single: bool = False, **kwargs: Any) -> None:
        self.is_single = is_single
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"multiple": not self.is_single}

    def validate(self, value: list[Upload]) -> None:
        super().validate(value)
        if self.is_single and len(value) > 1:
            raise ValidationError(self.error_messages["single"], code="single")

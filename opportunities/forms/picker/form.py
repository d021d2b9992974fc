"""Base and helpers of forms with pickers. The view of a `PickingForm` begins with

    if is_find(request):
        form.find()
        return render(…)

which shows the answers and keeps what was typed.
"""

from typing import Any

from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString


class PickingForm(forms.BaseForm):
    """Base of a form with pickers."""

    is_finding = False

    def find(self) -> None:
        """Shows answers to the typed text, and validates nothing."""
        self.is_finding = True
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        self._bound_fields_cache: dict[str, BoundField] = {}

    def is_valid(self) -> bool:
        return not self.is_finding and super().is_valid()


def is_find(request: HttpRequest) -> bool:
    """Whether a Find button was pressed, not a button that saves."""
    return request.method == "POST" and "find" in request.POST


class EnterPresses:
    """A layout object with an invisible first button, because Enter presses the first button of a form.

    Otherwise Enter would press a Find button. Screen readers ignore it.
    """

    def __init__(self, name: str = "", value: str = "") -> None:
        self.name = name
        self.value = value

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        named = format_html(' name="{}" value="{}"', self.name, self.value) if self.name else ""
        return format_html(
            '<button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true"{}></button>', named
        )

"""A form with pickers takes `PickingForm` among its bases; its view begins with

    if picking.is_find(request):
        form.find()
        return render(…)

which shows the answers and keeps all that was typed.
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
    """Mixed into a form with pickers."""

    is_finding = False

    def find(self) -> None:
        """Show answers to what was typed, and judge nothing."""
        self.is_finding = True
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        self._bound_fields_cache: dict[str, BoundField] = {}

    def is_valid(self) -> bool:
        return not self.is_finding and super().is_valid()


def is_find(request: HttpRequest) -> bool:
    """Whether a Find button was pressed, rather than one that saves."""
    return request.method == "POST" and "find" in request.POST


class EnterPresses:
    """Layout object, first in a form: the button that Enter presses, so that it is no Find button.

    Not shown and not read aloud; the visible button of the same name stands where it belongs.
    """

    def __init__(self, name: str = "", value: str = "") -> None:
        self.name = name
        self.value = value

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        named = format_html(' name="{}" value="{}"', self.name, self.value) if self.name else ""
        return format_html(
            '<button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true"{}></button>', named
        )

"""The form fields for ticks, and for buttons that turn something on or off."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.forms.fields.ids import IdField, SingleHiddenInput


class TickInput(forms.widgets.Input):
    """A checkbox with a caption beside it, under the label of the step.

    It is no CheckboxInput, so that crispy lays it out like every other field: label, control, help, errors.
    """

    input_type = "checkbox"
    template_name = "includes/_tick.html"

    def __init__(self, attrs: dict[str, Any] | None = None, caption: Any = None) -> None:
        super().__init__(attrs)
        self.caption = caption or _("Mark complete")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, {**(attrs or {}), "checked": _is_ticked(value)})
        control = context["widget"]["attrs"]
        context["is_invalid"] = "is-invalid" in control.pop("class", "").split()
        context["caption"] = self.caption
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name in data and _is_ticked(data.get(name))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """False: a checkbox that is off sends nothing."""
        return False

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class StepTick(TickInput):
    """The tick of a step: its square mark."""

    template_name = "opportunity/_step_tick.html"


class TickField(forms.BooleanField):
    """A tick. It is not required by default."""

    widget = TickInput

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(required=required, **kwargs)


class OnOffField(forms.ChoiceField):
    """A hidden field: what the button of its form turns to, `on` or `off`. Its value is a bool."""

    widget = SingleHiddenInput
    default_error_messages = {
        "required": IdField.default_error_messages["required"],
        "invalid_choice": IdField.default_error_messages["invalid"],
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("on", "on"), ("off", "off")], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "on", False: "off"}.get(value, value)

    def clean(self, value: Any) -> bool:
        return bool(super().clean(value) == "on")


def _is_ticked(value: Any) -> bool:
    return value not in (None, False, 0, "", "0", "false", "False", "off")

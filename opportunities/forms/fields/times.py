"""The field for a time of day."""

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salesflow import safe_text

_WRITTEN_TIME = re.compile(r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(:[0-9]{2}(\.[0-9]+)?)?")


class TimeInput(forms.TimeInput):
    """The time field of the browser; a text field if it could not show what was typed."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        typed = context["widget"]["value"]
        if typed and _time(str(typed)) is None:
            context["widget"]["type"] = "text"
        return context


class TimeField(forms.Field):
    """Hours and minutes."""

    widget = TimeInput
    default_error_messages = {"invalid": _("Write the time as hours and minutes, such as 14:30.")}

    def to_python(self, value: Any) -> datetime.time | None:
        if isinstance(value, datetime.time):
            return value
        typed = str(value or "").strip()
        if not typed:
            return None
        time = _time(typed)
        if time is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return time

    def prepare_value(self, value: Any) -> Any:
        """As the browser's time field wants it, or as typed."""
        try:
            time = self.to_python(value)
        except ValidationError:
            return safe_text.unsafe_replaced(value) if isinstance(value, str) else value
        return f"{time:%H:%M}" if time else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True


def _time(typed: str) -> datetime.time | None:
    match = _WRITTEN_TIME.fullmatch(typed)
    try:
        return datetime.time(int(match["hour"]), int(match["minute"])) if match else None
    except ValueError:
        return None

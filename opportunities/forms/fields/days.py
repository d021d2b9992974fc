"""The form field for days."""

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salesflow import safe_text

FIRST_DAY = datetime.date(1900, 1, 1)
LAST_DAY = datetime.date(2199, 12, 31)
_ISO_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_WRITTEN_DAY = re.compile(r"(?P<day>[0-9]{1,2})\s?[./-]\s?(?P<month>[0-9]{1,2})\s?[./-]\s?(?P<year>[0-9]{4})")


class DayInput(forms.DateInput):
    """The date field of the browser, or a text field for typed text that it cannot show."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        limits = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        super().__init__(limits | (attrs or {}), format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        typed = context["widget"]["value"]
        if typed and not _is_iso(typed):
            context["widget"]["type"] = "text"
        return context


class DateField(forms.Field):
    """A day between 1900 and 2199, as the date field of the browser sends it or written with the day first."""

    widget = DayInput
    default_error_messages = {
        "invalid": _("Write the date as day, month and year, such as %(example)s."),
        "no_such_day": _("There is no such day. Check the day and the month."),
        "out_of_range": _("Choose a year from %(first)s to %(last)s."),
    }

    def to_python(self, value: Any) -> datetime.date | None:
        if isinstance(value, datetime.date):
            return value.date() if isinstance(value, datetime.datetime) else value
        typed = str(value or "").strip()
        if not typed:
            return None
        match = _ISO_DAY.fullmatch(typed) or _WRITTEN_DAY.fullmatch(typed)
        if match is None:
            raise self._refusal("invalid", example=gettext("31/01/2027"))
        try:
            return _day(match)
        except ValueError as error:
            raise self._refusal("no_such_day" if int(match["year"]) else "out_of_range") from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise self._refusal("out_of_range")

    def _refusal(self, code: str, **params: object) -> ValidationError:
        years = {"first": str(FIRST_DAY.year), "last": str(LAST_DAY.year)}
        return ValidationError(self.error_messages[code], code=code, params=years | params)

    def prepare_value(self, value: Any) -> Any:
        """The day in the form that the browser needs, or the text as typed."""
        try:
            day = self.to_python(value)
        except ValidationError:
            return safe_text.unsafe_replaced(value) if isinstance(value, str) else value
        return day.isoformat() if day else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True


def _day(written: re.Match[str]) -> datetime.date:
    return datetime.date(int(written["year"]), int(written["month"]), int(written["day"]))


def _is_iso(typed: str) -> bool:
    match = _ISO_DAY.fullmatch(typed)
    try:
        return match is not None and _day(match).isoformat() == typed
    except ValueError:
        return False

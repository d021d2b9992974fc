"""Form fields for hidden ids and versions."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

MOST_IDS = 20  # that a request may list
LARGEST_ID = 2**63 - 1  # what both databases can hold
_ID = re.compile(r"[0-9]{1,19}")


def clean_id(value: object) -> int | None:
    """The id in a value of a request; None for a value that is no id, such as 2**63, `1 234`, `٣` or `-1`."""
    written = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not _ID.fullmatch(written):
        return None
    number = int(written)
    return number if number <= LARGEST_ID else None


def clean_ids(value: object) -> list[int]:
    """The ids in a value of a request, which spaces separate; without those that are none."""
    written = value.split() if isinstance(value, str) else []
    return [number for number in map(clean_id, written[:MOST_IDS]) if number is not None]


def query_id(data: Mapping[str, Any], name: str) -> int | None:
    """The id with this name in the query of an address; None if it is missing, no id, or ambiguous."""
    return clean_id(only_value(data, name))


def only_value(data: Mapping[str, Any], name: str) -> Any:
    """The value with this name; None if there is none, or if there are two different values."""
    values = data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]] if name in data else []
    return values[0] if values and values.count(values[0]) == len(values) else None


class SingleHiddenInput(forms.HiddenInput):
    """A hidden field. Ignores its value if two different ones were sent."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        return only_value(data, name)


class IdField(forms.Field):
    """A hidden id, version or other number. Its value is an int or None."""

    widget = SingleHiddenInput
    default_error_messages = {
        "required": _("This page is incomplete. Open it again."),
        "invalid": _("This page is incomplete. Open it again."),
    }

    def to_python(self, value: Any) -> int | None:
        if value in EMPTY_VALUES:
            return None
        number = clean_id(value)
        if number is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number

    def prepare_value(self, value: Any) -> Any:
        """The number without separators: never `1 234`."""
        return str(value) if isinstance(value, int) else value

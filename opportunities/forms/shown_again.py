"""Prepares a form to be shown again after others changed the opportunity, with the new version and the typed entries.

With the new version, an old value would count as a change and undo what others did. So values that only others changed
replace the posted ones.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from opportunities.refusals import StaleVersion


def caught_up(
    data: QueryDict, refusal: StaleVersion, *, version: str, fields: Iterable[tuple[str, str, forms.Field]]
) -> QueryDict:
    """The posted data for the next attempt.

    `version` is the name under which the version is posted. `fields` has, for each field of the form, its key in
    `refusal.merged`, the name under which it is posted, and the field.
    """
    data = data.copy()
    data[version] = str(refusal.version)
    for key, name, field in fields:
        if key in refusal.merged:
            put(data, name, field.prepare_value(refusal.merged[key]))
    return data


def put(data: QueryDict, name: str, value: Any) -> None:
    """Sets a value in posted data as its control sends it: of a list, each.

    Removes a tick that is off, and the text of a picker.
    """
    for key in [key for key in data if key == name or key.startswith(f"{name}-")]:
        del data[key]
    if isinstance(value, tuple | list):
        data.setlist(name, value)
    elif value is not False:
        data[name] = "on" if value is True else "" if value is None else str(value)

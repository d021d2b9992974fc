"""The columns of an account, contact or competitor that people fill in: which they are, how they are read, what may be.

Forms, pickers, the admin and `changing` read typed phone numbers and organisation numbers by `read`, and nowhere else.
"""

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.text import capfirst

from opportunities.customers import organisation_numbers, phones
from salesflow import safe_text

_FILLED = {"is_archived"}
"""Columns that a form could write, but acts of their own do."""


NUMBERS = frozenset({"phone", "organisation_number", "country"})
"""The columns that `read` reads, and the one that says how."""


@functools.cache
def columns(model: type[models.Model]) -> tuple[str, ...]:
    """The names of the columns that people fill in."""
    fields = model._meta.concrete_fields
    return tuple(each.name for each in fields if each.editable and not each.primary_key and each.name not in _FILLED)


def column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def label(model: type[models.Model], name: str) -> str:
    return capfirst(str(column(model, name).verbose_name))


def value(row: Any, name: str) -> Any:
    """The value as it is stored: of a relation the id. `row` is a row, or an entry of its history."""
    return getattr(row, column(type(row), name).attname)


def values(row: Any) -> dict[str, Any]:
    model: Any = getattr(type(row), "instance_type", type(row))  # that of an entry of the history
    return {name: value(row, name) for name in columns(model)}


def put(row: Any, name: str, given: Any) -> None:
    """Sets a value as it is stored."""
    setattr(row, column(type(row), name).attname, given)


def read(model: type[models.Model], given: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored: numbers as people type them become the one way to write them.

    `before` has the values that were stored; what does not differ from them stays. If the country changes, the
    organisation number is read for it. Raises ValidationError by column for what is no number.
    """
    found, errors = dict(given), dict[str, Any]()
    changed = {name for name in given if given[name] != before.get(name, "")}
    if "phone" in changed and given["phone"]:
        _collect(errors, lambda: found.update(phone=_named("phone", phones.read, given["phone"])))
    if hasattr(model, "organisation_number") and _is_number_read(changed, before):
        number, country = (given.get(name, before.get(name, "")) for name in ("organisation_number", "country"))
        reads = functools.partial(organisation_numbers.read, country=country)
        _collect(errors, lambda: found.update(organisation_number=_named("organisation_number", reads, number)))
    if errors:
        raise ValidationError(errors)
    return found


def _is_number_read(changed: Collection[str], before: Mapping[str, Any]) -> bool:
    """Whether the organisation number must be right for the country, if these columns change.

    It must if it is new, or if it was right for the country that was stored and that changes.
    """
    if "organisation_number" in changed:
        return True
    return "country" in changed and organisation_numbers.is_valid(
        before.get("organisation_number", ""), before.get("country", "")
    )


def _named(name: str, reads: Callable[[str], str], typed: str) -> str:
    """The value as it is read. A refusal names the column."""
    try:
        return reads(typed)
    except ValidationError as error:
        raise ValidationError({name: error}) from error


def refuse_invalid(row: Any, names: Collection[str]) -> None:
    """Raises ValidationError if one of these columns cannot have its value, which was `read`.

    Refuses texts that cannot be stored or seen, websites that are not on the web, and a parent account that is below
    the account.
    """
    errors: dict[str, Any] = {}
    for name in names:
        try:
            _refuse_value(row, name)
        except ValidationError as error:
            errors[name] = error
    _collect(errors, lambda: row.clean_fields(exclude=_others(row, names) | set(errors)))
    if "parent" in names:
        _collect(errors, row.clean)
    if errors:
        raise ValidationError(errors)


def _collect(errors: dict[str, Any], check: Any) -> None:
    try:
        check()
    except ValidationError as error:
        errors |= error.error_dict


def _others(row: Any, names: Collection[str]) -> set[str]:
    return {each.name for each in row._meta.fields if each.name not in names}


def _refuse_value(row: Any, name: str) -> None:
    field, given = column(type(row), name), value(row, name)
    if isinstance(given, str):
        safe_text.refuse_unsafe(given, multiline=isinstance(field, models.TextField))
        MaxLengthValidator(field.max_length or len(given))(given)
    if name == "name":
        safe_text.refuse_unseen(given)

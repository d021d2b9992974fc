"""The columns of an account, contact or competitor that people fill in: which they are, and what may be entered."""

import functools
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.text import capfirst

from opportunities.customers import organisation_numbers, phones
from salesflow import safe_text

_FILLED = {"is_archived"}
"""Columns that a form could write, but acts of their own do."""


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


def is_number_read(names: Collection[str], before: Mapping[str, Any]) -> bool:
    """Whether the organisation number must be right for the country, if these columns change.

    It must if it is new, or if it was right for the country that was stored and that changes.
    """
    if "organisation_number" in names:
        return True
    return "country" in names and organisation_numbers.is_valid(
        before.get("organisation_number", ""), before.get("country", "")
    )


def refuse_invalid(row: Any, names: Collection[str], *, before: Mapping[str, Any]) -> None:
    """Raises ValidationError if one of these columns cannot have its value. `before` has the values that were stored.

    Refuses texts that cannot be stored or seen, websites that are not on the web, phone numbers and organisation
    numbers that are none, and a parent account that is below the account.
    """
    errors: dict[str, Any] = {}
    for name in names:
        try:
            _refuse_value(row, name)
        except ValidationError as error:
            errors[name] = error
    if is_number_read(names, before) and "organisation_number" not in errors:
        _collect(errors, lambda: _refuse_number(row))
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
    if name == "phone" and given:
        phones.read(given)


def _refuse_number(row: Any) -> None:
    try:
        organisation_numbers.read(row.organisation_number, row.country)
    except ValidationError as error:
        raise ValidationError({"organisation_number": error}) from error

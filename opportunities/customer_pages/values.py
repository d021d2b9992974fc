"""How the columns of accounts, contacts and competitors are shown, for pages, conflicts and the history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django_countries import countries

from opportunities.customers import entered, organisation_numbers, phones
from opportunities.customers.models import Account

Names = Mapping[tuple[type[models.Model], int], str]
"""The names of rows, by model and id."""


def names_of(model: type[models.Model], given: Iterable[tuple[str, Any]]) -> Names:
    """The names of the rows that these values of relations mean. One query for each model that has any."""
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for name, value in given:
        related = entered.column(model, name).related_model
        if related is not None and value is not None:
            wanted[related].add(value)
    return {(each, row.pk): str(row) for each, ids in wanted.items() for row in each._base_manager.filter(pk__in=ids)}


def shown(model: type[models.Model], name: str, value: Any, *, names: Names, country: str = "") -> str:
    """A stored value for people; empty if there is none. `country` is that of an organisation number."""
    column = entered.column(model, name)
    if column.related_model is not None and value is not None:
        return names.get((column.related_model, value), gettext("deleted since"))
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    match name:
        case "organisation_number":
            return organisation_numbers.shown(value, country)
        case "phone":
            return phones.shown(value)
        case "country":
            return country_name(value)
    return str(dict(column.flatchoices).get(value, value) or "")


def address(model: type[models.Model], name: str, value: Any, names: Names) -> str:
    """The page of the account that a stored value means; empty for other columns and a row that was deleted."""
    related = entered.column(model, name).related_model
    is_there = related is Account and (related, value) in names
    return Account.address_of(value) if is_there else ""


def country_name(code: str) -> str:
    """The name in the reader's language; a text that is no code as it is."""
    return str(countries.name(code) or code)

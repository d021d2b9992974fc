"""The sentences about cells and rows that cannot be read, by code, so that each reader has them in their language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import money
from opportunities.forms.fields.days import DateField
from opportunities.forms.fields.money import MoneyField
from opportunities.imports import fields

Text = str | Promise

TEXTS: Mapping[str, Text] = {
    "whole_number": _("Write a whole number from 0 to 100."),
    "no_whole_number": _("Write a whole number."),
    "number_no_date": _("This is a number, no date. Format the cell as a date."),
    "no_choice": _("This is none of: %(choices)s."),
    "no_tick": _("Write yes or no."),
    "no_country": _("No country has this name. Write its name or its code, such as NO."),
    "not_chosen": _("It is not chosen what “%(value)s” means here."),
    "no_amount": _("This is no amount."),
    "no_money": money.HOW_TO_WRITE,
    "too_much_money": money.TOO_LARGE,
    "negative": MoneyField.default_error_messages["too_little"],
    "other_currency": _("The amount is in %(other)s. Amounts here are in %(own)s."),
    "no_date": _("This is no date as the file writes them, such as %(example)s."),
    "no_month": _("There is no month %(month)d. Check the order of day, month and year."),
    "no_such_day": DateField.default_error_messages["no_such_day"],
    "day_out_of_range": DateField.default_error_messages["out_of_range"],
    "no_time": _("There is no such time of day."),
    "empty": _("“%(label)s” is empty."),
    "same_row": _("Row %(number)d is the same."),
    "same_id": _("Row %(number)d has the same id and other values."),
    "contradiction": _("The stage and the status contradict each other."),
    "no_closing_day": _("A closed opportunity needs the day on which it was closed."),
    "closing_day_of_open": _("An open opportunity has no day on which it was closed."),
    "in_history": _("Row %(number)d of the file of history: %(sentence)s"),
    "many_entries": _("The file of history has more than %(most)d rows for it."),
    "many_moves": _("The file of history has more than %(most)d moves and tasks for it."),
    "not_there": _("What the mapping names here is not there any more. Map the file again."),
    "error": _("The program failed at this row. Nothing was changed."),
}
"""With what they say about one cell as placeholders. `label` is that of a field, `choices` are those of a column."""

OF_MANY: Mapping[str, Text] = {
    "no_choice": _("This is none of the choices."),
    "not_chosen": _("It is not chosen what the value means here."),
    "no_money": _("This is no amount in figures."),
    "negative": _("The amount is below 0."),
    "other_currency": _("The amount is in another currency."),
    "no_date": _("This is no date as the file writes them."),
    "no_month": _("There is no such month. Check the order of day, month and year."),
    "day_out_of_range": _("The year is too long ago, or too far ahead."),
    "empty": _("The cell is empty, and it is needed."),
    "same_row": _("An earlier row is the same."),
    "same_id": _("An earlier row has the same id and other values."),
    "in_history": _("Its history cannot be read."),
    "max_length": _("The text is too long."),
    "unreadable": _("The row cannot be read."),
    "ambiguous": _("Several are called that here, or nearly so, and the row does not say which one."),
}
"""The sentence about many cells, where that of one cell names it."""


def text(code: str, params: Mapping[str, Any]) -> str:
    """The sentence about one cell, in the present language."""
    return str(TEXTS[code]) % _complete(params)


def of_many(code: str) -> str:
    """The sentence about all cells with this code; empty if none says it for all."""
    return str(OF_MANY.get(code) or TEXTS.get(code, ""))


def _complete(params: Mapping[str, Any]) -> dict[str, Any]:
    """The placeholders with those that follow from others: a field, a column with choices, or another sentence."""
    found = dict(params)
    if "field" in params:
        found["label"] = fields.of(params["noun"])[params["field"]].label
    if "amount" in params:
        found["example"] = money.grouped(Decimal(params["amount"]))
    if "model" in params:
        found["choices"] = labels(apps.get_model(params["model"])._meta.get_field(params["column_name"]))
    if "inner" in params:
        found["sentence"] = text(params["inner"], params["params"])
    return found


def labels(column: Any) -> str:
    """The choices of a column, in the present language."""
    return ", ".join(str(label) for value, label in column.flatchoices if value)

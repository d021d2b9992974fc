"""Reads a cell as an amount in the organisation's currency, or as the name of that currency."""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from opportunities import money
from opportunities.forms import fields as form_fields
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.fields import ImportField
from opportunities.imports.mapping import Mapping
from opportunities.imports.reading.cells import Cell, line

_CURRENCY = re.compile(r"(?<![^\W\d])[A-Z]{3}(?![^\W\d])")
_CENT = Decimal("0.01")


def amount(field: ImportField, cell: Cell, mapping: Mapping) -> Decimal:
    """The amount, 0 or more. Refusal: BadCell."""
    _refuse_currency(mapping.currency)
    found = _amount(cell, mapping.decimal_mark)
    if found < 0:
        raise BadCell(str(form_fields.MoneyField.default_error_messages["too_little"]) % {"least": "0"})
    return found


def _amount(cell: Cell, decimal_mark: str) -> Decimal:
    if isinstance(cell, (bool, datetime.date)):
        raise BadCell(_("This is no amount."))
    written, mark = (cell, decimal_mark) if isinstance(cell, str) else (_to_the_cent(cell), ".")
    try:
        return money.parse(written, decimal_mark=mark)
    except money.NotMoney as error:
        raise BadCell(_of_other_currency(written) or str(error)) from error


def _to_the_cent(cell: Any) -> str:
    """A number of a spreadsheet, which shows two decimals of more that it has; as it is if it is too large for that."""
    try:
        return f"{Decimal(str(cell)).quantize(_CENT, ROUND_HALF_UP):f}"
    except InvalidOperation:
        return str(cell)


def _of_other_currency(written: str) -> str:
    """A sentence if the amount is one of another currency; else empty."""
    own = {settings.CURRENCY, *money.SYMBOLS.get(settings.CURRENCY, ())}
    named = set(_CURRENCY.findall(written.upper())) & money.SYMBOLS.keys()
    signs = {sign for known in money.SYMBOLS.values() for sign in known if not sign[0].isalpha() and sign in written}
    other = sorted((named | signs) - own)
    return _currency_sentence(other[0]) if other else ""


def _currency_sentence(other: str) -> str:
    return _("The amount is in %(other)s. Amounts here are in %(own)s.") % {"other": other, "own": settings.CURRENCY}


def _refuse_currency(other: str) -> None:
    if other and other != settings.CURRENCY:
        raise BadCell(_currency_sentence(other))


def currency(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    """The organisation's currency, by its code or a sign of it. Refusal: BadCell."""
    written = line(cell)
    own = [settings.CURRENCY, *money.SYMBOLS.get(settings.CURRENCY, ())]
    if written.casefold() not in {name.casefold() for name in own}:
        raise BadCell(_currency_sentence(written[:20]))
    return str(settings.CURRENCY)

"""Reads a cell as an amount in the organisation's currency, or as the name of that currency."""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from opportunities import money
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
        raise BadCell(code="negative", least="0")
    return found


def _amount(cell: Cell, decimal_mark: str) -> Decimal:
    if isinstance(cell, (bool, datetime.date)):
        raise BadCell(code="no_amount")
    written, mark = (cell, decimal_mark) if isinstance(cell, str) else (_to_the_cent(cell), ".")
    try:
        return money.parse(written, decimal_mark=mark)
    except money.TooMuch as error:
        raise BadCell(code="too_much_money", digits=money.MOST_WHOLE_DIGITS) from error
    except money.NotMoney as error:
        if other := _other_currency(written):
            raise _of_other_currency(other) from error
        raise BadCell(code="no_money", amount=str(money.EXAMPLE)) from error


def _to_the_cent(cell: Any) -> str:
    """A number of a spreadsheet, which shows two decimals of more that it has; as it is if it is too large for that."""
    try:
        return f"{Decimal(str(cell)).quantize(_CENT, ROUND_HALF_UP):f}"
    except InvalidOperation:
        return str(cell)


def _other_currency(written: str) -> str:
    """The other currency of the amount; empty if it has none."""
    own = {settings.CURRENCY, *money.SYMBOLS.get(settings.CURRENCY, ())}
    named = set(_CURRENCY.findall(written.upper())) & money.SYMBOLS.keys()
    signs = {sign for known in money.SYMBOLS.values() for sign in known if not sign[0].isalpha() and sign in written}
    other = sorted((named | signs) - own)
    return other[0] if other else ""


def _of_other_currency(other: str) -> BadCell:
    return BadCell(code="other_currency", other=other, own=settings.CURRENCY)


def _refuse_currency(other: str) -> None:
    if other and other != settings.CURRENCY:
        raise _of_other_currency(other)


def currency(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    """The organisation's currency, by its code or a sign of it. Refusal: BadCell."""
    written = line(cell)
    own = [settings.CURRENCY, *money.SYMBOLS.get(settings.CURRENCY, ())]
    if written.casefold() not in {name.casefold() for name in own}:
        raise _of_other_currency(written[:20])
    return str(settings.CURRENCY)

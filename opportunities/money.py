"""Parses and formats amounts of money. One parser serves both languages."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# As the columns: DecimalField(max_digits=14, decimal_places=2).
MAX_DIGITS = 14
DECIMAL_PLACES = 2
MOST_WHOLE_DIGITS = MAX_DIGITS - DECIMAL_PLACES

LONGEST_INPUT = 60  # characters; a longer text is no amount
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

# What people write for a currency, besides its code.
SYMBOLS = {
    "AUD": ["A$", "AU$", "$"],
    "BRL": ["R$"],
    "CAD": ["C$", "CA$", "$"],
    "CHF": ["SFr.", "SFr", "Fr.", "Fr"],
    "CNY": ["¥", "￥", "元", "RMB"],
    "CZK": ["Kč"],
    "DKK": ["kr.", "kr"],
    "EUR": ["€"],
    "GBP": ["£"],
    "HUF": ["Ft"],
    "ILS": ["₪"],
    "INR": ["₹"],
    "ISK": ["kr.", "kr"],
    "JPY": ["¥", "￥", "円"],
    "KRW": ["₩"],
    "MXN": ["MX$", "$"],
    "NOK": ["kr.", "kr"],
    "NZD": ["NZ$", "$"],
    "PLN": ["zł"],
    "RON": ["lei"],
    "SEK": ["kr.", "kr"],
    "SGD": ["S$", "$"],
    "THB": ["฿"],
    "TRY": ["₺"],
    "UAH": ["₴"],
    "USD": ["US$", "$"],
    "ZAR": ["R"],
}

HOW_TO_WRITE = _("Write the amount in figures, such as %(example)s.")
TOO_LARGE = _("The amount is too large: at most %(digits)d digits before the decimals.")
EXAMPLE = Decimal("1234.50")
_WIDTHLESS_SPACES = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"), " ")
_ONLY_DIGITS = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"([0-9]*)[.,]([0-9]{1,2})")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")
_GROUPED_DECIMAL = re.compile(r"([1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)(?!\2)[.,]([0-9]{1,2})")


class NotMoney(ValueError):
    """The text is no amount. The message says how to write one, in the reader's language."""


class TooMuch(NotMoney):
    """The amount has more digits than the columns store."""


def parse(text: str, *, currency: str | None = None, decimal_mark: str = "") -> Decimal:
    """The amount, in the organisation's currency. Reads a text in the same way in every language (interface.md rule 3).

    Where a file has one `decimal_mark`, `,` or `.`, the other one only groups digits. Raises NotMoney, also for a text
    that can be read in two ways, and TooMuch.
    """
    if len(text) > LONGEST_INPUT:
        raise NotMoney(_how_to_write())
    match = _pattern(currency or settings.CURRENCY).fullmatch(text.translate(_WIDTHLESS_SPACES).strip())
    if match is None or (match["sign"] and match["inner_sign"]):
        raise NotMoney(_how_to_write())
    amount = _unsigned("".join(match["figures"].split()), decimal_mark)
    return -amount if amount and (match["sign"] or match["inner_sign"]) else amount


def shown(amount: Decimal | int, language: str | None = None, currency: str | None = None) -> str:
    """The amount with its currency: `1 234,50 kr` in Norwegian, `NOK 1,234.50` in English."""
    code = currency or settings.CURRENCY
    if _is_norwegian(language):
        return f"{grouped(amount, language)}{NO_BREAK_SPACE}{unit(language, code)}"
    return f"{code}{NO_BREAK_SPACE}{grouped(amount, language)}"


def grouped(amount: Decimal | int, language: str | None = None) -> str:
    """The amount without its currency, and without decimals if whole: `1 234,50`, `500 000`; in English `1,234.50`."""
    rounded = Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    english = f"{abs(rounded):,.2f}".removesuffix(".00")
    sign = MINUS if rounded < 0 else ""
    if _is_norwegian(language):
        return sign + english.replace(",", NO_BREAK_SPACE).replace(".", ",")
    return sign + english


def unit(language: str | None = None, currency: str | None = None) -> str:
    """The name of the currency: `kr` for NOK in Norwegian, else the code."""
    code = currency or settings.CURRENCY
    return "kr" if code == "NOK" and _is_norwegian(language) else code


def _pattern(currency: str) -> re.Pattern[str]:
    """The pattern of an amount in this currency. It matches no name of another currency."""
    names = "|".join(re.escape(name) for name in [*SYMBOLS.get(currency, []), currency])
    return re.compile(
        rf"(?P<sign>[-\u2212])?\s*(?:{names})?\s*(?P<inner_sign>[-\u2212])?\s*(?P<figures>[.,]?[0-9](?:[0-9.,\s]*[0-9])?)"
        rf"\s*(?:,\s*[-\u2212\u2013])?\s*(?:{names})?",
        re.IGNORECASE,
    )


def _unsigned(written: str, decimal_mark: str) -> Decimal:
    whole, decimals = _split_at(written, decimal_mark) if decimal_mark else _split(written)
    if len(whole) > MOST_WHOLE_DIGITS:
        raise TooMuch(str(TOO_LARGE) % {"digits": MOST_WHOLE_DIGITS})
    return Decimal(f"{whole or 0}.{decimals}")


def _split(written: str) -> tuple[str, str]:
    """The digits before and after the decimal mark."""
    if _ONLY_DIGITS.fullmatch(written):
        return _digits(written), ""
    if match := _DECIMAL.fullmatch(written):
        return _digits(match[1]), match[2]
    if _GROUPED.fullmatch(written):
        return _digits(written), ""
    if match := _GROUPED_DECIMAL.fullmatch(written):
        return _digits(match[1]), match[3]
    raise NotMoney(_how_to_write())


def _split_at(written: str, decimal_mark: str) -> tuple[str, str]:
    """The same for a known decimal mark. Zeros at the end do not count as decimals."""
    whole, _mark, decimals = written.partition(decimal_mark)
    decimals = decimals.rstrip("0")
    if len(decimals) > DECIMAL_PLACES or (decimals and not _ONLY_DIGITS.fullmatch(decimals)):
        raise NotMoney(_how_to_write())
    if whole and not _ONLY_DIGITS.fullmatch(whole) and not _GROUPED.fullmatch(whole):
        raise NotMoney(_how_to_write())
    return _digits(whole), decimals


def _digits(whole: str) -> str:
    return whole.replace(".", "").replace(",", "").lstrip("0")


def _how_to_write() -> str:
    return str(HOW_TO_WRITE) % {"example": grouped(EXAMPLE)}


def _is_norwegian(language: str | None) -> bool:
    return (language or get_language() or "").startswith(("nb", "nn", "no"))

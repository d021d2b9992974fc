"""Organisation numbers: validated for the country, as its register writes them."""

import re
from typing import Any

import stdnum.ch.uid
import stdnum.dk.cvr
import stdnum.ee.registrikood
import stdnum.fi.ytunnus
import stdnum.fr.siren
import stdnum.no.orgnr
import stdnum.se.orgnr
import stdnum.us.ein
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.exceptions import ValidationError as InvalidNumber

NORWAY = "NO"

KINDS: dict[str, Any] = {
    NORWAY: stdnum.no.orgnr,
    "CH": stdnum.ch.uid,
    "DK": stdnum.dk.cvr,
    "EE": stdnum.ee.registrikood,
    "FI": stdnum.fi.ytunnus,
    "FR": stdnum.fr.siren,
    "SE": stdnum.se.orgnr,
    "US": stdnum.us.ein,
}
"""The countries with one number for every company. Others have several registers: their numbers are taken as typed."""

_VAT_SIGNS = re.compile(r"^NO|MVA$", re.IGNORECASE)  # around the number on Norwegian invoices
_NUMBER = re.compile(r"(NO)?[\d\s.-]{4,30}(MVA)?", re.IGNORECASE | re.ASCII)


def read(typed: str, country: str) -> str:
    """The number as it is stored: without spaces, where the country is known. Raises ValidationError."""
    if country not in KINDS or not typed:
        return typed
    number = _VAT_SIGNS.sub("", typed.strip()) if country == NORWAY else typed
    try:
        return str(KINDS[country].validate(number))
    except InvalidNumber as invalid:
        raise ValidationError(
            _("This is no organisation number of that country. Check each digit, and the country.")
        ) from invalid


def compact(typed: str) -> str:
    """A search text that may be a number, as `read` stores it; empty for one with other words."""
    return re.sub(r"[\s.-]", "", _VAT_SIGNS.sub("", typed.strip())) if _NUMBER.fullmatch(typed.strip()) else ""


def is_valid(number: str, country: str) -> bool:
    try:
        read(number, country)
    except ValidationError:
        return False
    return True


def shown(number: str, country: str) -> str:
    """A Norwegian number in groups of three, `923 609 016`; any other as it is stored."""
    is_grouped = number and country == NORWAY and is_valid(number, country)
    return str(stdnum.no.orgnr.format(number)) if is_grouped else number

"""Phone numbers: read as people type them, stored as E.164 (+4722334455), shown in groups."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber, to_python


def read(typed: str) -> str:
    """The number as it is stored. Without a country code it is one of PHONENUMBER_DEFAULT_REGION.

    Raises ValidationError for what is no number, and for an extension, which E.164 cannot hold.
    """
    number = to_python(typed)
    if not isinstance(number, PhoneNumber) or not number.is_valid():
        raise ValidationError(
            _("Write a phone number, such as 22 33 44 55. One from abroad begins with + and the country code.")
        )
    if number.extension:
        raise ValidationError(_("An extension cannot be stored here. Write it in the description."))
    return str(number.as_e164)


def shown(stored: str) -> str:
    """`+47 22 33 44 55`; a text that is no number as it is."""
    number = _stored(stored)
    return str(number.as_international) if number else stored


def address(stored: str) -> str:
    """The address that dials the number: `tel:+47-22-33-44-55`. Empty for a text that is no number."""
    number = _stored(stored)
    return str(number.as_rfc3966) if number else ""


def _stored(text: str) -> PhoneNumber | None:
    number = to_python(text) if text.startswith("+") else None
    return number if isinstance(number, PhoneNumber) and number.is_valid() else None

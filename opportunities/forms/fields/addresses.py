"""Form fields for websites, mail addresses and phone numbers."""

import re
from typing import Any

from django import forms
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext_lazy as _

from opportunities.customers import phones
from opportunities.customers.models import WEB_SCHEMES
from opportunities.forms.fields.texts import LineField

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class WebsiteField(LineField):
    """The address of a website. Adds https:// if it was typed without."""

    default_validators = [
        URLValidator(WEB_SCHEMES, message=_("Write the address of a website, such as https://example.com."))
    ]

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        return f"https://{typed}" if typed and not _SCHEME.match(typed) else typed


class MailField(LineField):
    """A mail address."""

    widget = forms.EmailInput
    default_validators = [EmailValidator(_("Write a mail address, such as kari@example.com."))]


class PhoneField(LineField):
    """A phone number as it is typed; it is shown in groups. `customers.entered` reads it."""

    widget = forms.TextInput({"type": "tel", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        shown = super().prepare_value(value)
        return phones.shown(shown) if isinstance(shown, str) else shown

"""The form of an account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from opportunities.customer_pages.forms import CustomerForm, pair
from opportunities.customers import entered, organisation_numbers
from opportunities.customers.models import Account
from opportunities.forms import fields
from opportunities.forms.picker.field import PickerField
from salesflow import folding

NO_COUNTRY = ("", _("Not known"))


def _countries() -> list[tuple[str, Any]]:
    """Every country in the reader's language, by name."""
    named: list[tuple[str, Any]] = [(each.code, each.name) for each in countries]
    return [NO_COUNTRY, *sorted(named, key=lambda each: folding.sort_text(each[1]))]


class AccountForm(CustomerForm):
    model = Account
    layout = (
        "name",
        pair("organisation_number", "country"),
        pair("parent", "owner"),
        pair("industry", "website"),
        "phone",
        "street",
        pair("postal_code", "city"),
        "description",
    )

    name = fields.LineField(error_messages={"required": _("Give the account a name.")})
    organisation_number = fields.LineField(required=False)
    parent = PickerField("account", may_create=True, required=False)
    industry = fields.LineField(required=False)
    website = fields.WebsiteField(required=False)
    phone = fields.PhoneField(required=False)
    street = fields.LineField(required=False)
    postal_code = fields.LineField(required=False)
    city = fields.LineField(required=False)
    country = forms.ChoiceField(required=False, choices=_countries)
    description = fields.TextField(required=False)
    owner = PickerField("person", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].help_text = _("The organisation number is checked for this country.")
        if self.row is not None:
            parent: Any = self.fields["parent"]
            parent.queryset = parent.kind.rows().exclude(pk=self.row.pk)

    @staticmethod
    def shown(row: Any, name: str) -> Any:
        value = entered.value(row, name)
        return organisation_numbers.shown(value, row.country) if name == "organisation_number" else value

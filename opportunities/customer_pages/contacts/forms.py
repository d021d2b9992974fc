"""The form of a contact."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages.forms import CustomerForm, pair
from opportunities.customers.models import Contact, LegalBasis
from opportunities.forms import fields
from opportunities.forms.picker.field import PickerField


class ContactForm(CustomerForm):
    model = Contact
    layout = (
        "name",
        pair("job_title", "account"),
        pair("email", "phone"),
        pair("language", "do_not_contact"),
        pair("data_source", "legal_basis"),
        "description",
    )

    name = fields.LineField(error_messages={"required": _("Give the contact a name.")})
    job_title = fields.LineField(required=False)
    account = PickerField("account", may_create=True, required=False)
    email = fields.MailField(required=False)
    phone = fields.PhoneField(required=False)
    language = forms.ChoiceField(required=False, choices=[("", _("Not known")), *settings.LANGUAGES])
    do_not_contact = fields.TickField(widget=fields.TickInput(caption=_("Does not want to be contacted")))
    data_source = fields.LineField(required=False)
    legal_basis = forms.ChoiceField(required=False, choices=[("", _("Not known")), *LegalBasis.choices])
    description = fields.TextField(required=False)

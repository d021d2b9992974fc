"""The pages of contacts."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opportunities.customer_pages.contacts import stakes
from opportunities.customer_pages.contacts.filters import ContactFilter
from opportunities.customer_pages.contacts.forms import ContactForm
from opportunities.customer_pages.pages import CustomerPages, Texts
from opportunities.customers.models import Account, Contact
from opportunities.forms import fields
from opportunities.money import grouped
from salesflow.users.requests import SignedInRequest

TEXTS = Texts(
    title=_("Contacts"),
    new=_("New contact"),
    created=_("Contact created."),
    edit=_("Edit contact"),
    none_yet=_("No contacts yet"),
    belongs_here=_("A contact is a person at an account. Contacts that you create on an opportunity come here, too."),
    nothing_found=_("No contact fits what you searched for and the filters."),
    filter=_("Filter contacts"),
    archived=_("The person stays on the opportunities they have a part in, and is not offered for new ones."),
    counted=lambda number: ngettext("%(total)s contact", "%(total)s contacts", number) % {"total": grouped(number)},
)


def _first_values(request: SignedInRequest) -> dict[str, Any]:
    """The account from whose page the form was opened."""
    pk = fields.query_id(request.GET, "account")
    account = Account.objects.filter(pk=pk, is_archived=False).first() if pk is not None else None
    return {"account": account} if account else {}


CONTACTS = CustomerPages(
    model=Contact,
    new_form=ContactForm,
    edit_form=ContactForm,
    filter=ContactFilter,
    texts=TEXTS,
    rows=lambda: Contact.objects.select_related("account"),
    first_values=_first_values,
    about_rows=lambda rows, reader: {"figures": stakes.of_rows(rows, reader)},
)

"""The pages of accounts."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opportunities.customer_pages.accounts import figures
from opportunities.customer_pages.accounts.filters import AccountFilter
from opportunities.customer_pages.accounts.forms import AccountForm
from opportunities.customer_pages.pages import CustomerPages, Texts
from opportunities.customers.models import Account
from opportunities.money import grouped

TEXTS = Texts(
    title=_("Accounts"),
    new=_("New account"),
    created=_("Account created."),
    edit=_("Edit account"),
    none_yet=_("No accounts yet"),
    belongs_here=_(
        "An account is a company that buys, or may buy. Accounts that you create on an opportunity come here, too."
    ),
    nothing_found=_("No account fits what you searched for and the filters."),
    filter=_("Filter accounts"),
    archived=_("It stays on its opportunities and contacts, with its figures. It is not offered for new ones."),
    counted=lambda number: ngettext("%(total)s account", "%(total)s accounts", number) % {"total": grouped(number)},
)

ACCOUNTS = CustomerPages(
    model=Account,
    new_form=AccountForm,
    edit_form=AccountForm,
    filter=AccountFilter,
    texts=TEXTS,
    rows=lambda: Account.objects.select_related("owner"),
    about_rows=lambda rows, reader: {"figures": figures.of_rows(rows, reader)},
    first_values=lambda request: {"owner": request.user, "country": settings.PHONENUMBER_DEFAULT_REGION},
)

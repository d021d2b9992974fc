"""Who may open the pages: `access` says so."""

from django.core.exceptions import PermissionDenied

from opportunities import access
from opportunities.customer_pages import merged_addresses
from opportunities.views.request import View, allowed_to


def readers_only(view: View) -> View:
    return allowed_to(access.may_read_customers, otherwise=PermissionDenied)(merged_addresses.leads_to_survivor(view))


def editors_only(view: View) -> View:
    return allowed_to(access.may_edit_customers, otherwise=PermissionDenied)(merged_addresses.leads_to_survivor(view))

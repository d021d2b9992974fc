"""The page of an account."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opportunities import access
from opportunities.customer_pages.accounts import figures
from opportunities.customer_pages.accounts.pages import ACCOUNTS
from opportunities.customer_pages.views.guards import readers_only
from opportunities.customers.models import Account, Contact
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from salesflow import trees
from salesflow.users.requests import SignedInRequest

MOST_RELATED = 10
"""So many contacts, and accounts below, are on the page; the lists have all."""
MOST_NOTES = 5


@require_safe
@readers_only
def account_page(request: SignedInRequest, customer: int) -> HttpResponse:
    """What is known about the account, and the reader's opportunities of it. `?status=` says which."""
    row = get_object_or_404(Account.objects.select_related("owner"), pk=customer)
    found = figures.of(row, request.user)
    status = found.counts.first_status(request.GET.get("status"))
    listed = figures.opportunities(row, request.user).filter(status=status)
    listed = listed.select_related("owner", "active_stage")
    context = {
        "row": row,
        "pages": ACCOUNTS,
        "may_edit": access.may_edit_customers(request.user),
        "figures": found.counts,
        "account_figures": found,
        "status": status,
        "page": page_of(request, listed, ROWS_OF_A_PART, count=getattr(found.counts, status)),
        **_related(row),
        "notes": figures.notes(row, request.user)[:MOST_NOTES] if found.counts.total else [],
    }
    return render(request, "customers/account_page.html", context)


def _related(row: Account) -> dict[str, Any]:
    """The accounts above and below, and the contacts, with one more of each than the page shows."""
    above = trees.above(Account, row.pk) if row.parent_id else []
    named = Account.objects.in_bulk(above)
    children = list(row.children.filter(is_archived=False)[: MOST_RELATED + 1])
    contacts = list(Contact.objects.filter(account=row, is_archived=False)[: MOST_RELATED + 1])
    return {
        "parents": [named[pk] for pk in reversed(above) if pk in named],
        "children": children[:MOST_RELATED],
        "has_more_children": len(children) > MOST_RELATED,
        "contacts": contacts[:MOST_RELATED],
        "has_more_contacts": len(contacts) > MOST_RELATED,
    }

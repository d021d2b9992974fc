"""The page of a contact."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opportunities import access
from opportunities.customer_pages.contacts import stakes
from opportunities.customer_pages.contacts.pages import CONTACTS
from opportunities.customer_pages.views.guards import readers_only
from opportunities.customers.models import Contact
from opportunities.pipeline.tracks import Tracks
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from salesflow.users.requests import SignedInRequest


@require_safe
@readers_only
def contact_page(request: SignedInRequest, customer: int) -> HttpResponse:
    """What is known about the person, and the reader's opportunities that they have a part in."""
    row = get_object_or_404(Contact.objects.select_related("account"), pk=customer)
    context = {
        "row": row,
        "pages": CONTACTS,
        "may_edit": access.may_edit_customers(request.user),
        "page": page_of(request, stakes.of(row, request.user), ROWS_OF_A_PART),
        "tracks": Tracks(),
    }
    return render(request, "customers/contact_page.html", context)

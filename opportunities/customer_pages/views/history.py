"""The page with the history of an account, a contact or a competitor."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opportunities.customer_pages import history
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customer_pages.views.guards import readers_only
from salesflow.users.requests import SignedInRequest


@require_safe
@readers_only
def customer_page_history(request: SignedInRequest, customer: int, pages: CustomerPages) -> HttpResponse:
    row = get_object_or_404(pages.model, pk=customer)
    page, entries = history.read(row, request.user, request.GET.get("page"))
    context = {"row": row, "pages": pages, "page": page, "entries": entries}
    return render(request, "customers/history.html", context)

"""The page of a competitor."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opportunities import access
from opportunities.customer_pages.competitors import figures
from opportunities.customer_pages.competitors.pages import COMPETITORS
from opportunities.customer_pages.views.guards import readers_only
from opportunities.customers import entered
from opportunities.customers.models import PROFILE, Competitor
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from salesflow.users.requests import SignedInRequest


@require_safe
@readers_only
def competitor_page(request: SignedInRequest, customer: int) -> HttpResponse:
    """What is known about the competitor, and the reader's opportunities against it. `?status=` says which."""
    row = get_object_or_404(Competitor, pk=customer)
    counts = figures.of(row, request.user)
    status = counts.first_status(request.GET.get("status"))
    listed = figures.opportunities(row, request.user, status)
    context = {
        "row": row,
        "pages": COMPETITORS,
        "may_edit": access.may_edit_customers(request.user),
        "profile": _profile(row),
        "figures": counts,
        "status": status,
        "page": page_of(request, listed, ROWS_OF_A_PART, count=getattr(counts, status)),
    }
    return render(request, "customers/competitor_page.html", context)


def _profile(competitor: Competitor) -> list[tuple[str, str]]:
    """The texts that are filled in, each with its label."""
    texts = [(entered.label(Competitor, name), getattr(competitor, name)) for name in PROFILE]
    return [(label, text) for label, text in texts if text]

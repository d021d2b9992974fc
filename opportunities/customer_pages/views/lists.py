"""The list of all accounts, contacts or competitors."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from opportunities import access
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customer_pages.views.guards import readers_only
from opportunities.views import list_page
from salesflow.users.requests import SignedInRequest


@require_safe
@readers_only
def customer_list(request: SignedInRequest, pages: CustomerPages) -> HttpResponse:
    def about_rows(rows: list[Any]) -> dict[str, Any]:
        return {**pages.about_rows(rows, request.user)}

    return list_page.respond(
        request,
        "customers/list.html",
        pages.filter(request.GET, pages.rows(), request=request),
        is_empty=lambda: not pages.model._default_manager.exists(),
        about_rows=about_rows,
        pages=pages,
        may_edit=access.may_edit_customers(request.user),
    )

"""The page of all filters. htmx fetches it below the bar of a list, without the filters of the bar."""

from collections.abc import Collection

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from opportunities.pipeline.filters import controls, pickers
from opportunities.pipeline.filters.opportunity_filter import OpportunityFilter
from salesflow.users.requests import SignedInRequest


def respond(
    request: SignedInRequest, found: OpportunityFilter, *, of: str, beside: Collection[str] = controls.BESIDE
) -> HttpResponse:
    """The filters of the page with this name, whose bar has those in `beside`; with `?show=`, that page itself."""
    if "show" in request.GET and not pickers.searched(request.GET, found):
        return redirect(f"{reverse(of)}{found.address() if found.query else ''}")
    is_part = bool(request.htmx) and not request.htmx.boosted
    context = {
        "found": found,
        "of": reverse(of),
        "search": controls.search(found),
        "groups": controls.groups(found, without=beside if is_part else ()),
        "pickers": pickers.Pickers(found, request.GET),
    }
    return render(request, "list/_filter_groups.html" if is_part else "list/all_filters.html", context)

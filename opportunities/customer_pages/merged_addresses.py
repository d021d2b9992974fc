"""The address of an account, contact or competitor that was merged leads to the one that stayed."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from opportunities.customers import merges
from opportunities.views.request import see_other
from salesflow.users.requests import SignedInRequest

View = Callable[..., HttpResponse]


def row_or_survivor(model: type[Any], pk: int) -> Any:
    """The row with this id, or the one that it became part of; None if there is neither."""
    row = model._base_manager.filter(pk=pk).first()
    if row is None:
        found = merges.survivor_id(model._meta.model_name, pk)
        row = model._base_manager.filter(pk=found).first() if found is not None else None
    return row


def leads_to_survivor(view: View) -> View:
    """Where the view finds no row: redirects to the same page of the row that it became part of.

    The address has the id as `customer`, and its name begins with the noun. The redirect is temporary, because a merge
    may be undone. What a form posted was not saved, and a message says so.
    """

    @functools.wraps(view)
    def led(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            address = _of_survivor(request)
            if address is None:
                raise
            if request.method == "POST":
                sentence = _("This one was merged meanwhile. Nothing was saved: look here, and do it again.")
                messages.warning(request, sentence)
                return see_other(address)
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{address}?{query}" if query else address)

    return led


def _of_survivor(request: SignedInRequest) -> str | None:
    """The same address for the row that stayed. A form leads to its page."""
    match = request.resolver_match
    assert match is not None  # noqa: S101 - a view has one
    noun = str(match.url_name).split("_")[0]
    pk = match.kwargs.get("customer")
    survivor = merges.survivor_id(noun, pk) if pk is not None else None
    if survivor is None:
        return None
    url_name = f"{noun}_page" if request.method == "POST" else str(match.url_name)
    return reverse(url_name, args=[survivor])

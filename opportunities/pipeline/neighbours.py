"""The opportunity before and after another one in the list from which the reader came."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from opportunities import way_back
from opportunities.models import Opportunity
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

READ_AT_ONCE = 2000


@role_required
@require_safe
def previous_opportunity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leads to the opportunity before this one in the list."""
    before, _after = _neighbours(pk, _ids(request))
    return _lead(request, pk, before, _("This is the first opportunity of the list."))


@role_required
@require_safe
def next_opportunity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leads to the opportunity after this one in the list."""
    _before, after = _neighbours(pk, _ids(request))
    return _lead(request, pk, after, _("This is the last opportunity of the list."))


def _ids(request: SignedInRequest) -> Iterable[int]:
    """The ids of the list, in its order. Reads them in portions, and none after the caller has stopped."""
    place = way_back.place_of(request)
    query = QueryDict(place.query if place.is_list else "")
    rows = OpportunityFilter(query, request=request).rows
    return rows.values_list("pk", flat=True).iterator(chunk_size=READ_AT_ONCE)


def _neighbours(pk: int, ids: Iterable[int]) -> tuple[int | None, int | None]:
    """The ids before and after this one. The first opportunity comes after one that is not in the list any more."""
    before: int | None = None
    first: int | None = None
    found = iter(ids)
    for each in found:
        first = each if first is None else first
        if each == pk:
            return before, next(found, None)
        before = each
    return None, first


def _lead(request: SignedInRequest, pk: int, neighbour: int | None, at_the_end: str) -> HttpResponse:
    visible = Opportunity.objects.visible_to(request.user)
    opportunity = get_object_or_404(visible.only("pk"), pk=neighbour or pk)
    if neighbour is None:
        messages.info(request, at_the_end)
    return HttpResponseRedirect(opportunity.get_absolute_url())

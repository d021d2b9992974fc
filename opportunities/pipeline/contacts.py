"""The page with the other opportunities of a stakeholder."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opportunities.pipeline.tracks import Tracks
from opportunities.views import other_opportunities
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from opportunities.views.request import opportunity_to_read, role_required
from salesflow.users.requests import SignedInRequest


@require_safe
@role_required
def stakeholder_opportunities(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """Where else the contact has a part, of what the reader may see: role, stage and result."""
    opportunity = opportunity_to_read(request, pk)
    stakeholder = get_object_or_404(opportunity.stakeholders.select_related("contact__account"), pk=row)
    stakes = other_opportunities.of(stakeholder, request.user)
    context = {
        "opportunity": opportunity,
        "row": stakeholder,
        "page": page_of(request, stakes, ROWS_OF_A_PART),
        "tracks": Tracks(),
    }
    return render(request, "children/stakeholder_opportunities.html", context)

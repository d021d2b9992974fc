"""The page with the map of the people of an opportunity."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opportunities.editing.children import STAKEHOLDER
from opportunities.views import child_tabs, people_map
from opportunities.views.people_map import PeopleMap
from opportunities.views.request import opportunity_to_read, role_required
from salesflow.users.requests import SignedInRequest


@require_safe
@role_required
def stakeholder_map(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who decides, who supports and who is missing. Influence by attitude, and the acts that fill the gaps."""
    opportunity = opportunity_to_read(request, pk)
    context = {
        "opportunity": opportunity,
        "map": PeopleMap(opportunity, list(people_map.first_people(opportunity))),
        "most": people_map.MOST,
        "may_edit": child_tabs.why_not(request.user, opportunity, STAKEHOLDER) is None,
    }
    return render(request, "children/stakeholder_map.html", context)

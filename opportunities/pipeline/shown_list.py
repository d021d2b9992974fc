"""The list of opportunities that an address asks for, such as the one from which a form was sent."""

from django.http import QueryDict

from opportunities.pipeline.filters import OpportunityFilter
from opportunities.pipeline.saved_views import shown
from salesflow.users.requests import SignedInRequest


def of(request: SignedInRequest, query: QueryDict) -> OpportunityFilter:
    view = shown.of_list(request.user, str(query.get("view", ""))).present
    return OpportunityFilter(query, request=request, view=view)

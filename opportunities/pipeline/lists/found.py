"""The list of opportunities that an address asks for."""

from django.http import QueryDict

from opportunities.models import Opportunity
from opportunities.pipeline.filters import OpportunityFilter
from salesflow.users.requests import SignedInRequest


def of(request: SignedInRequest, query: QueryDict) -> OpportunityFilter:
    return OpportunityFilter(query, Opportunity.objects.all(), request=request)

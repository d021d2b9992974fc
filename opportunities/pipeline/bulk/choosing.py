"""What a person chose in the list: ticked rows, all rows of the page, or all that the filters find."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict

from opportunities.bulk_runs.making import CannotBeMade
from opportunities.forms import fields
from opportunities.models import BulkRun, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import shown_list
from salesflow.users.requests import SignedInRequest

TICKED, PAGE, ALL = "ticked", "page", "all"
MOST_NAMED = 1000
"""The rows that a page of the list has at most, and names in its form."""


def act_of(data: QueryDict) -> str:
    act = fields.only_value(data, "act") or ""
    if act not in BulkRun.Act.values:
        raise BadRequest("act is missing or is none.")
    return act


def chosen(request: SignedInRequest) -> OpportunityQuerySet:
    """The opportunities in the order of the list. Raises BadRequest if the form does not say which.

    Raises CannotBeMade for a filter that cannot be used any more: without it, all others would be chosen, too.
    """
    data, which = request.POST, fields.only_value(request.POST, "which")
    if which == ALL:
        return _all(request, fields.only_value(data, "query"))
    if which not in (TICKED, PAGE):
        raise BadRequest("which is missing or is none.")
    named = data.getlist("ticked") if which == TICKED else (fields.only_value(data, "shown") or "").split()
    return Opportunity.objects.filter(pk__in=_ids(named)).order_by("pk")


def _all(request: SignedInRequest, query: str | None) -> OpportunityQuerySet:
    if query is None:
        raise BadRequest("query is missing.")
    found = shown_list.of(request, QueryDict(query))
    if found.left_out:
        raise CannotBeMade(" ".join(found.left_out.values()))
    return found.qs


def _ids(named: list[Any]) -> list[int]:
    ids = [fields.clean_id(each) for each in named]
    if None in ids or len(ids) > MOST_NAMED:
        raise BadRequest("An id is none, or there are too many.")
    return [number for number in ids if number is not None]

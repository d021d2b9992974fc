"""Counts the opportunities against competitors. Counts only those that the reader may see."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When

from opportunities.customer_pages.status_counts import StatusCounts, counted
from opportunities.customers.models import Competitor
from opportunities.models import Closing, Opportunity, OpportunityCompetitor
from opportunities.models.opportunity import OpportunityQuerySet
from salesflow.users.models import User


def of_all(reader: User) -> dict[int, StatusCounts]:
    """The figures by the id of the competitor, of those that have any. One query; reads what the reader may see."""
    links = OpportunityCompetitor.objects.filter(opportunity__in=Opportunity.objects.visible_to(reader))
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    grouped = links.order_by().values_list("competitor", "opportunity__status").annotate(number=Count("pk"))
    for competitor, status, number in grouped:
        counts[competitor][status] = number
    return {competitor: StatusCounts(**by_status) for competitor, by_status in counts.items()}


def of(competitor: Competitor, reader: User) -> StatusCounts:
    """The figures of one competitor. One query."""
    return counted(_against(competitor, reader))


def opportunities(competitor: Competitor, reader: User, status: str) -> QuerySet[OpportunityCompetitor]:
    """The rows of the competitor on the opportunities of this status, the last changed first.

    `is_lost_to` says that the opportunity was closed as lost to this competitor.
    """
    closing = Closing.objects.filter(
        opportunity=OuterRef("opportunity"), competitor=competitor, reopened_at__isnull=True
    )
    links = OpportunityCompetitor.objects.filter(
        competitor=competitor, opportunity__in=_against(competitor, reader).filter(status=status)
    )
    related = ("opportunity__account", "opportunity__owner", "opportunity__active_stage")
    return (
        links.select_related(*related)
        .annotate(is_lost_to=Exists(closing))
        .order_by("-opportunity__modified_at", "-opportunity")
    )


def as_column(figures: Mapping[int, StatusCounts], status: str) -> Case | None:
    """The figure of this status as a column of competitors, to sort by; None if every figure is 0.

    It has one condition for each different figure.
    """
    ids: dict[int, list[int]] = defaultdict(list)
    for competitor, each in figures.items():
        if number := getattr(each, status):
            ids[number].append(competitor)
    cases = [When(pk__in=pks, then=Value(number)) for number, pks in ids.items()]
    return Case(*cases, default=Value(0), output_field=IntegerField()) if cases else None


def _against(competitor: Competitor, reader: User) -> OpportunityQuerySet:
    found: OpportunityQuerySet = Opportunity.objects.filter(competitor_links__competitor=competitor)
    return found.visible_to(reader)

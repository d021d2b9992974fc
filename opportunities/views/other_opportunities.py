"""The other opportunities in which a contact has a part. The contact of an opportunity is a stakeholder of it, too."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from opportunities.models import Opportunity, Stakeholder
from salesflow.users.models import User


def with_others(rows: QuerySet[Any], reader: User) -> QuerySet[Any]:
    """Sets `others` on each stakeholder: how many other opportunities of the contact the reader may see. No query."""
    stakes = seen_by(reader).filter(contact=OuterRef("contact")).exclude(opportunity=OuterRef("opportunity"))
    counted = stakes.order_by().values("contact").annotate(number=Count("pk")).values("number")
    return rows.annotate(others=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0)))


def of(row: Stakeholder, reader: User) -> QuerySet[Stakeholder]:
    """The stakes of the contact in other opportunities that the reader may see, the last changed first."""
    return in_order(seen_by(reader).filter(contact=row.contact_id).exclude(opportunity=row.opportunity_id))


def in_order(stakes: QuerySet[Stakeholder]) -> QuerySet[Stakeholder]:
    """With what a list shows of the opportunities, the last changed first."""
    related = ("opportunity__account", "opportunity__owner", "opportunity__active_stage")
    return stakes.select_related(*related).order_by("-opportunity__modified_at", "-opportunity")


def seen_by(reader: User) -> QuerySet[Stakeholder]:
    """The stakes in opportunities that the reader may see."""
    return Stakeholder.objects.filter(opportunity__in=Opportunity.objects.visible_to(reader))

"""The opportunities in which contacts have a part. Reads only what the reader may see."""

from collections.abc import Iterable

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce

from opportunities.customers.models import Contact
from opportunities.models import Stakeholder
from opportunities.views import other_opportunities
from salesflow.users.models import User


def of(contact: Contact, reader: User) -> QuerySet[Stakeholder]:
    """The stakes of the contact, the last changed opportunity first."""
    return other_opportunities.in_order(other_opportunities.seen_by(reader).filter(contact=contact))


def of_rows(contacts: Iterable[Contact], reader: User) -> dict[int, int]:
    """How many opportunities each contact has a part in, by the id of the contact. One query."""
    stakes = other_opportunities.seen_by(reader).filter(contact__in=[contact.pk for contact in contacts])
    return dict(stakes.order_by().values_list("contact").annotate(number=Count("pk")))


def as_column(reader: User) -> BaseExpression:
    """That number as a column of contacts, to sort by."""
    stakes = other_opportunities.seen_by(reader).filter(contact=OuterRef("pk")).order_by()
    counted = Subquery(stakes.values("contact").annotate(number=Count("pk")).values("number"))
    return Coalesce(counted, Value(0), output_field=IntegerField())

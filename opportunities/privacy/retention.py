"""Contacts without activity for some months: the record, mails to it, and the opportunities in which it has part."""

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery

from opportunities.customers.models import Contact
from opportunities.models import Opportunity, OpportunityMail, Stakeholder
from opportunities.models.erasures import ERASED
from salesflow import word_search

History: Any = Contact.history.model


def cutoff(at: datetime.datetime, months: int) -> datetime.datetime:
    return at - relativedelta(months=months)


def idle(at: datetime.datetime, months: int) -> QuerySet[Contact]:
    """The contacts without activity since then, by name. Those that were erased are left out."""
    since = cutoff(at, months)
    active = (
        Exists(History.objects.filter(id=OuterRef("pk"), history_date__gte=since)),
        Exists(Opportunity.objects.filter(contact=OuterRef("pk"), modified_at__gte=since)),
        Exists(Stakeholder.objects.filter(contact=OuterRef("pk"), opportunity__modified_at__gte=since)),
        Exists(OpportunityMail.objects.filter(contact=OuterRef("pk"), created_at__gte=since)),
    )
    contacts = Contact.objects.filter(created_at__lt=since).exclude(name=ERASED)
    return contacts.filter(*(~each for each in active)).select_related("account")


def named(contacts: QuerySet[Contact], typed: str) -> QuerySet[Contact]:
    """Those whose name or mail address has each of the words."""
    return contacts.filter(word_search.condition(typed, "search_text", "email__icontains"))


def with_activity(contacts: list[Contact]) -> list[Contact]:
    """The same contacts, each with `last_activity` and `open_count`. One query."""
    pk = OuterRef("pk")
    changed = History.objects.filter(id=pk).order_by().values("id").annotate(last=Max("history_date"))
    mailed = OpportunityMail.objects.filter(contact=pk).order_by().values("contact").annotate(last=Max("created_at"))
    own = Opportunity.objects.filter(contact=pk).order_by().values("contact").annotate(last=Max("modified_at"))
    stakes = Stakeholder.objects.filter(contact=pk).order_by().values("contact")
    open_stakes = stakes.filter(opportunity__status=Opportunity.Status.OPEN).annotate(count=Count("pk"))
    found = Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).annotate(
        changed=Subquery(changed.values("last")),
        mailed=Subquery(mailed.values("last")),
        own=Subquery(own.values("last")),
        staked=Subquery(stakes.annotate(last=Max("opportunity__modified_at")).values("last")),
        open_stakes=Subquery(open_stakes.values("count")),
    )
    rows: dict[int, Any] = {row.pk: row for row in found}
    for contact in contacts:
        row: Any = rows[contact.pk]
        moments = (contact.created_at, row.changed, row.mailed, row.own, row.staked)
        shown: Any = contact
        shown.last_activity = max(moment for moment in moments if moment)
        shown.open_count = row.open_stakes or 0
    return contacts

"""What a report is about, and the list behind one of its figures."""

import datetime

import time_machine
from django.http import QueryDict
from django.test import RequestFactory

from opportunities.models import Opportunity
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.reports.tables import Days, Scope
from salesflow.users.models import User
from stages.models import Process
from tests.support.factories import NOW, TODAY


def scope_of(reader, period, *, process=None, today=TODAY, opportunities=None, **options):
    """What a report of this reader is about: all that the reader sees, or some opportunities of that."""
    reader = User.objects.get(pk=reader.pk)
    every = Opportunity.objects.all() if opportunities is None else opportunities
    process = process or Process.objects.filter(is_default=True).first()
    return Scope(every.visible_to(reader), process, period, today, reader, options)


def period_of(before, length, *, today=TODAY):
    """The period that began so many days before today, with so many days after its first."""
    first = today - datetime.timedelta(days=before)
    return Days(first, first + datetime.timedelta(days=length))


def listed(reader, filters, *, at=NOW):
    """The filter of the list with these values in its address. Fails if it cannot use one of them."""
    query = QueryDict(mutable=True)
    query.update(filters)
    request = RequestFactory().get("/opportunities/")
    request.user = User.objects.get(pk=reader.pk)
    with time_machine.travel(at, tick=False):
        found = OpportunityFilter(query, request=request)
        assert not found.left_out, found.left_out
        found.totals  # noqa: B018 - read at that time
        return found

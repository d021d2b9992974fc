from collections.abc import Mapping

import django_filters
from django.http import QueryDict

from opportunities.forms.list_filter import SORT
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.filters import OpportunityFilter

BESIDE = ("q", "owner")
"""The filters that are always in sight."""
OF_CLOSED_ONLY = ("status", "closed", "closed_from", "closed_to")
"""Not of the funnel, which has only what is open."""
LEFT_OUT = (*OF_CLOSED_ONLY, "process", SORT)  # the process of a funnel is the one whose stages it has


class FunnelFilter(OpportunityFilter):
    """The filters of the list, for the open opportunities."""

    @staticmethod
    def every() -> OpportunityQuerySet:
        return Opportunity.objects.open()

    @classmethod
    def get_filters(cls) -> Mapping[str, django_filters.Filter]:
        return {name: each for name, each in super().get_filters().items() if name not in LEFT_OUT}

    process: str = ""
    """The id of the process that the address names, if the reader can choose it."""

    def _query(self, **other: str) -> dict[str, str]:
        query = super()._query(**other)
        process = query.pop("process", self.process)
        return {"process": process, **query} if process else query

    def read(self, query: QueryDict) -> None:
        self.defaults = {}
        super().read(query)

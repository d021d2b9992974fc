"""The filter of the board: that of the list, with the choice of a process."""

from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.board.definitions import Definitions
from opportunities.pipeline.filters import OpportunityFilter, OpportunityFilterBar


class BoardFilterBar(OpportunityFilterBar):
    """The filters of the list; with several processes in use, also the process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = self.base_fields["process"].choices  # type: ignore[attr-defined]
        if len(choices) > 1:
            self.beside = ("process", *self.beside)  # type: ignore[misc]
        super().__init__(*args, **kwargs)


class BoardFilter(OpportunityFilter):
    """The filter of the list. It always has one process: that of the stage in the address, or else the default one."""

    process = django_filters.TypedChoiceFilter(label=_("Process"), method="in_process", coerce=int, empty_value=None)

    class Meta:
        form = BoardFilterBar

    def __init__(self, query: QueryDict, *, request: Any) -> None:
        self.definitions = Definitions()
        asked = self.definitions.find(fields.query_id(query, "stage"))
        first = asked.process_id if asked else next(iter(self.definitions.processes)).pk
        self.defaults = {**OpportunityFilter.defaults, "process": str(first)}  # type: ignore[misc]
        super().__init__(query, Opportunity.objects.all(), request=request)

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        processes = [(process.pk, process.name) for process in self.definitions.processes]
        return {**super().choices(query), "process": processes}

    @property
    def shows_closed(self) -> bool:
        """Whether the filter asks for closed opportunities only."""
        return self.given("status") in (Opportunity.Status.WON, Opportunity.Status.LOST)

    @property
    def process_id(self) -> int:
        return int(self.data["process"])

    def in_process(self, rows: OpportunityQuerySet, name: str, value: int) -> OpportunityQuerySet:
        return rows.filter(active_stage__in=[stage.pk for stage in self.definitions.stages_of(value)])

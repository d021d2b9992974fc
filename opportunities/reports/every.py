"""The reports, in the order of their tabs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.reports import funnel
from opportunities.reports.tables import Scope, Table


@dataclass(frozen=True)
class Report:
    """One page of tables."""

    name: str
    """The name of its address."""
    path: str
    label: Promise
    guide: Promise
    """What it answers, in one sentence."""
    tables: Callable[[Scope], list[Table]]
    has_period: bool = True
    is_of_one_process: bool = True
    """Whether it counts the opportunities of one process only, because its rows are stages or steps."""

    @property
    def address(self) -> str:
        return reverse(self.name)

    @property
    def csv_name(self) -> str:
        return f"{self.name}_csv"


REPORTS = (
    Report(
        name="funnel",
        path="funnel/",
        label=_("Funnel"),
        guide=_("Where each opportunity is now, counted once."),
        tables=funnel.tables,
        has_period=False,
    ),
)

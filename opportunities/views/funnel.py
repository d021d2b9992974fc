"""The funnel: open opportunities by stage and by pipeline phase, as charts with their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from opportunities import funnel as reports
from opportunities.forms import fields
from opportunities.forms.filters import ME
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest
from stages.models import Process

FULL = 1000  # the length of the longest bar, in units of the drawing
SHORTEST = 4  # what is more than nothing can be seen
ROW_HEIGHT = 56  # pixels, as `.chart-links` has it


@dataclass(frozen=True)
class Bar:
    """One stage of a chart: its figures, where its bar stands and how long it is, and the list of what it counts."""

    row: reports.Row
    position: int
    longest: Decimal
    address: str

    @property
    def name_at(self) -> int:
        return self.position * ROW_HEIGHT + 20

    @property
    def bar_at(self) -> int:
        return self.position * ROW_HEIGHT + 30

    @property
    def revenue(self) -> int:
        return self._length(self.row.revenue)

    @property
    def weighted(self) -> int:
        return self._length(self.row.weighted)

    def _length(self, amount: Decimal) -> int:
        return max(int(amount * FULL / self.longest), SHORTEST) if amount else 0


@dataclass(frozen=True)
class Chart:
    """The rows of a report as bars, on the scale of the longest."""

    rows: Sequence[reports.Row]
    owner: str = ""

    @property
    def bars(self) -> list[Bar]:
        longest = max((row.revenue for row in self.rows), default=Decimal(0))
        return [Bar(row, position, longest, self._address(row)) for position, row in enumerate(self.rows)]

    @property
    def height(self) -> int:
        return len(self.rows) * ROW_HEIGHT

    @property
    def total(self) -> reports.Total:
        return reports.total(self.rows)

    @property
    def spans_processes(self) -> bool:
        return len({row.stage.process_id for row in self.rows}) > 1

    def _address(self, row: reports.Row) -> str:
        asked = {"stage": str(row.stage.pk)} | ({"owner": self.owner} if self.owner else {})
        return f"{reverse('opportunity_list')}?{urlencode(asked)}"


@role_required
@require_safe
def funnel(request: SignedInRequest) -> HttpResponse:
    """Of the default process, or that of `?process=`; `?owner=me` counts only one's own."""
    owner = ME if request.GET.get("owner") == ME else ""
    visible = Opportunity.objects.open().visible_to(request.user)
    counted = Opportunity.objects.open().filter(owner=request.user).visible_to(request.user) if owner else visible
    processes, process = _processes(request, visible)
    context = {
        "owner": owner,
        "processes": processes,
        "process": process,
        "left_out": _left_out(request, owner, process),
        "by_stage": Chart(reports.by_stage(counted, process) if process else [], owner),
        "by_phase": Chart(reports.by_pipeline_phase(counted)),
    }
    return render(request, "funnel/funnel.html", context)


def _left_out(request: SignedInRequest, owner: str, process: Process | None) -> list[str]:
    """A sentence for each value of the address that the funnel cannot use."""
    sentences = {
        "owner": gettext("Owner: only your own can be chosen."),
        "process": gettext("Process: it is not one of those you can choose."),
    }
    used = {"owner": owner, "process": str(process.pk) if process else ""}
    return [sentences[name] for name in sentences if request.GET.get(name, "") not in ("", used[name])]


def _processes(request: SignedInRequest, visible: OpportunityQuerySet) -> tuple[list[Process], Process | None]:
    """Those there are to choose from, and the one that is shown: the one asked for, or the default one."""
    processes = reports.processes(visible)
    asked = fields.posted_id(request.GET, "process")
    chosen = next((process for process in processes if process.pk == asked), None)
    return processes, chosen or next(iter(processes), None)

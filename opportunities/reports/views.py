"""The page of the funnel: open opportunities by stage and by pipeline phase."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from opportunities.forms import fields
from opportunities.forms.list_filter import SEVERAL_VALUES
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import owners
from opportunities.pipeline.owners import Owner
from opportunities.reports import chart
from opportunities.reports import funnel as reports
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest
from stages.models import Process


@role_required
@require_safe
def funnel(request: SignedInRequest) -> HttpResponse:
    """The funnel of the default process, or of `?process=`.

    `?owner=me` counts only the reader's own; for managers `?owner=` also takes the id of a person.
    """
    owner = owners.asked(request.GET.get("owner", ""), request.user)
    visible = Opportunity.objects.open().visible_to(request.user)
    counted = Opportunity.objects.open().filter(owner=owner.person).visible_to(request.user) if owner else visible
    processes, process = _processes(request, visible)
    value = owner.value if owner else ""
    context = {
        "owner": owner,
        "processes": processes,
        "process": process,
        "left_out": _left_out(request, owner, process),
        "by_stage": chart.Chart(reports.by_stage(counted, process) if process else [], value),
        "by_phase": chart.Chart(reports.by_pipeline_phase(counted)),
    }
    return render(request, "reports/funnel.html", context)


def _left_out(request: SignedInRequest, owner: Owner | None, process: Process | None) -> list[str]:
    """A sentence for each value of the address that the funnel cannot use."""
    sentences = {
        "owner": f"{gettext('Owner')}: {owners.refused(request.user)}",
        "process": gettext("Process: it is not one of those you can choose."),
    }
    used = {"owner": owner.value if owner else "", "process": str(process.pk) if process else ""}
    refused = [sentences[name] for name in sentences if request.GET.get(name, "") not in ("", used[name])]
    labels = {"owner": gettext("Owner"), "process": gettext("Process")}
    several = [labels[name] for name in labels if len(set(request.GET.getlist(name))) > 1]
    return refused + [f"{label}: {SEVERAL_VALUES}" for label in several]


def _processes(request: SignedInRequest, visible: OpportunityQuerySet) -> tuple[list[Process], Process | None]:
    """The processes to choose from, and the one to show: that of the query, or the default one."""
    processes = reports.processes(visible)
    asked = fields.query_id(request.GET, "process")
    chosen = next((process for process in processes if process.pk == asked), None)
    return processes, chosen or next(iter(processes), None)

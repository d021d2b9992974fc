"""The page of the funnel: open opportunities by stage and by pipeline phase."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from opportunities.forms import fields
from opportunities.forms.list_filter import SEVERAL_VALUES
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import owners
from opportunities.pipeline.conditions import ME
from opportunities.pipeline.filters import controls, page
from opportunities.pipeline.owners import Owner
from opportunities.reports import chart
from opportunities.reports import funnel as reports
from opportunities.reports.filter import BESIDE, OF_CLOSED_ONLY, FunnelFilter
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest
from stages.models import Process


@dataclass(frozen=True)
class Link:
    """A link that shows the funnel another way."""

    label: str
    address: str
    is_current: bool


@role_required
@require_safe
def funnel(request: SignedInRequest) -> HttpResponse:
    """The funnel of the default process, or of `?process=`, with the filters of the list."""
    found = _found(request)
    processes, process = _processes(request, Opportunity.objects.open().visible_to(request.user))
    found.process = str(process.pk) if process and request.GET.get("process") == str(process.pk) else ""
    if found.has_empty_values:
        return redirect(f"{request.path}{found.address() if found.query else ''}")
    owner = owners.asked(found.given("owner"), request.user)
    context = {
        "found": found,
        "controls": controls.beside(found, BESIDE),
        "folded": controls.folded(found, BESIDE),
        "filters_address": f"{reverse('funnel_filters')}{found.address()}",
        "whose": _whose(found, owner, process),
        "owner": owner,
        "processes": [Link(each.name, found.address(process=str(each.pk)), each == process) for each in processes],
        "process": process,
        "left_out": [*found.left_out.values(), *_left_out(request, process)],
        "by_stage": chart.Chart(reports.by_stage(found.rows, process) if process else [], found.address),
        "by_phase": chart.Chart(reports.by_pipeline_phase(found.rows), found.address),
    }
    return render(request, "reports/funnel.html", context)


@role_required
@require_safe
def funnel_filters(request: SignedInRequest) -> HttpResponse:
    """All filters of the funnel."""
    return page.respond(request, _found(request), of="funnel", beside=BESIDE)


def _found(request: SignedInRequest) -> FunnelFilter:
    return FunnelFilter(request.GET, request=request)


def _whose(found: FunnelFilter, owner: Owner | None, process: Process | None) -> list[Link]:
    """Whose opportunities are counted: all, one's own, or those of the person that the address names."""
    of = {"process": str(process.pk)} if process else {}
    links = [
        Link(gettext("All I can see"), found.address(owner="", **of), owner is None),
        Link(gettext("Mine"), found.address(owner=ME, **of), owner is not None and owner.is_me),
    ]
    if owner and not owner.is_me:
        links.append(Link(str(owner.person), found.address(**of), True))
    return links


def _left_out(request: SignedInRequest, process: Process | None) -> list[str]:
    """A sentence for what the address has that the funnel cannot use, besides the filters that it has."""
    asked, label = request.GET.get("process", ""), gettext("Process")
    sentences = []
    if asked not in ("", str(process.pk if process else "")):
        sentences.append(gettext("Process: it is not one of those you can choose."))
    if len(set(request.GET.getlist("process"))) > 1:
        sentences.append(f"{label}: {SEVERAL_VALUES}")
    if any(request.GET.get(name) for name in OF_CLOSED_ONLY):
        sentences.append(gettext("The funnel counts only what is open."))
    return sentences


def _processes(request: SignedInRequest, visible: OpportunityQuerySet) -> tuple[list[Process], Process | None]:
    """The processes to choose from, and the one to show: that of the query, or the default one."""
    processes = reports.processes(visible)
    asked = fields.query_id(request.GET, "process")
    chosen = next((process for process in processes if process.pk == asked), None)
    return processes, chosen or next(iter(processes), None)

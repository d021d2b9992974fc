"""The pages of the reports, their CSV files, and the page of all their filters."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from opportunities import pages, way_back
from opportunities.pipeline import owners
from opportunities.pipeline.conditions import ALL, ME
from opportunities.pipeline.export import files
from opportunities.pipeline.filters import controls, page
from opportunities.pipeline.owners import Owner
from opportunities.reports import chart, csv_rows
from opportunities.reports.every import REPORTS, Report
from opportunities.reports.filter import ReportFilter
from opportunities.reports.scoping import Chosen
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


@dataclass(frozen=True)
class Link:
    """A link that shows a report another way, or another report."""

    label: str
    address: str
    is_current: bool


def show(request: SignedInRequest, report: Report) -> HttpResponse:
    """A report, with the filters of the list. It is the way back from what it leads to."""
    return way_back.remembered(report.name)(_show)(request, report)


@role_required
@require_safe
def _show(request: SignedInRequest, report: Report) -> HttpResponse:
    chosen = Chosen(request, report)
    found = chosen.found
    if found.has_empty_values:
        return redirect(f"{request.path}{found.address() if found.query else ''}")
    tables = report.tables(chosen.scope)
    owner = owners.asked(found.owner, request.user)
    context = {
        "report": report,
        "reports": [Link(str(each.label), f"{each.address}{found.address()}", each is report) for each in REPORTS],
        "found": found,
        "controls": controls.beside(found, report.beside),
        "folded": controls.folded(found, report.beside),
        "filters_address": f"{reverse(f'{report.name}_filters')}{found.address()}",
        "csv_address": f"{reverse(report.csv_name)}{found.address()}",
        "whose": _whose(found, owner),
        "leads_to": pages.of(request.user, report.leads_to),
        "owner": owner,
        "processes": chosen.process_links(Link),
        "process": chosen.process,
        "printed_at": timezone.now(),
        "printed_filters": chosen.printed_filters,
        "left_out": [*found.left_out.values(), *chosen.left_out],
        "tables": [chart.drawn(table, found, report.name) for table in tables],
        "has_figures": any(table.has_figures for table in tables),
    }
    return render(request, "reports/report.html", context)


@role_required
@require_safe
def as_csv(request: SignedInRequest, report: Report) -> HttpResponse:
    """The figures of one table of a report, `?table=` or else the first, as a CSV file."""
    chosen = Chosen(request, report)
    tables = [each for each in report.tables(chosen.scope) if not each.lists_opportunities]
    asked = request.GET.get("table", "")
    table = next((table for table in tables if asked in ("", table.key)), None)
    if table is None:
        raise Http404("There is no such table.")
    name = f"{slugify(f'{report.label} {table.title}')}-{chosen.scope.today.isoformat()}.csv"
    pieces = files.in_present_language(files.csv_pieces(csv_rows.columns(table), csv_rows.rows(table)))
    response = HttpResponse(list(pieces), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


@role_required
@require_safe
def filters(request: SignedInRequest, report: Report) -> HttpResponse:
    """All filters of a report."""
    return page.respond(request, Chosen(request, report).found, of=report.name, beside=report.beside)


def _whose(found: ReportFilter, owner: Owner | None) -> list[Link]:
    """Whose opportunities are counted: all, one's own, or those of the person that the address names.

    What a report begins with is the first.
    """
    every = Link(gettext("All I can see"), found.owned_by(ALL), owner is None)
    own = Link(gettext("My opportunities"), found.owned_by(ME), owner is not None and owner.is_me)
    links = [own, every] if found.begins_with_own else [every, own]
    if owner and not owner.is_me:
        links.append(Link(str(owner.person), found.address(), True))
    return links

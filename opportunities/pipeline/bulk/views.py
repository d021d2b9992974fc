"""The pages of bulk runs. A run is its person's: others get a 404."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from opportunities import editing
from opportunities.bulk_runs import expected, making, running
from opportunities.models import BulkRun
from opportunities.pipeline.bulk import choosing, report
from opportunities.pipeline.bulk.forms import BulkForm
from opportunities.views.request import is_to_be_saved, posted, refuse_reader, role_required, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

ROWS_A_PAGE = 50
LAST_RUNS = 20
SHOWN = (report.REFUSED, report.DONE, report.UNCHANGED, report.WAITING)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def bulk_runs(request: SignedInRequest) -> HttpResponse:
    """The person's last runs. A POST of the list makes a run of what was chosen there."""
    refuse_reader(request)
    if request.method == "POST":
        return _made(request)
    started = BulkRun.objects.filter(by=request.user, started_at__isnull=False)
    last = started.select_related("owner")[:LAST_RUNS]
    return render(request, "bulk/bulk_runs.html", {"runs": last})


def _made(request: SignedInRequest) -> HttpResponse:
    once.posted_token(request.POST)
    act = choosing.act_of(request.POST)
    try:
        chosen = choosing.chosen(request)
        with editing.written_or_refused(is_new=True):
            once.claim(request)
            run = making.make(act=act, chosen=chosen, by=request.user, at=timezone.now())
            address = reverse("bulk_run", args=[run.pk])
            once.remember(request, address)
    except making.CannotBeMade as refusal:
        context = {"refusal": refusal, "query": request.POST.get("query", "")}
        return render(request, "bulk/nothing_made.html", context, status=422)
    return see_other(address)


def own_run(request: SignedInRequest, run: int) -> BulkRun:
    refuse_reader(request)
    own = BulkRun.objects.filter(by=request.user)
    return get_object_or_404(own.select_related("by", "owner", "puts_back", "put_back_by"), pk=run)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def bulk_run(request: SignedInRequest, run: int) -> HttpResponse:
    """What the run will do, with the form that starts it. After that: how far it is, and what was refused and why."""
    found = own_run(request, run)
    if found.is_started:
        return see_other(request.path) if request.method == "POST" else _report(request, found)
    form = BulkForm(posted(request), run=found)
    if is_to_be_saved(request, form):
        running.start(found, at=timezone.now(), **form.entries)
        running.go_on(found, clock=timezone.now)
        return see_other(request.path)
    return _confirmation(request, found, form)


def _confirmation(request: SignedInRequest, run: BulkRun, form: BulkForm) -> HttpResponse:
    counts = expected.counts(run)
    total = sum(counts.values())
    paginator = Paginator(report.expected_rows(run), ROWS_A_PAGE)
    paginator.count = total
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "run": run,
        "form": form,
        "total": total,
        "number": counts.get(expected.DONE, 0),
        "groups": report.groups(run, counts),
        "page": page,
        "lines": report.lines(run, page, request.user),
    }
    return render(request, "bulk/bulk_confirm.html", context, status=422 if form.errors else 200)


def _report(request: SignedInRequest, run: BulkRun) -> HttpResponse:
    figures = report.Figures.of(run)
    asked = request.GET.get("show", "")
    show = asked if asked in SHOWN else next((each for each in SHOWN if figures.counts[each]), report.DONE)
    paginator = Paginator(report.rows(run, show), ROWS_A_PAGE)
    paginator.count = figures.counts[show]
    page = paginator.get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "run": run,
        "figures": figures,
        "show": show,
        "page": page,
        "page_query": f"show={show}&",
        "lines": report.lines(run, page, request.user),
        "may_put_back": report.may_put_back(run, figures),
        "put_back_by": getattr(run, "put_back_by", None),
    }
    return render(request, "bulk/bulk_report.html", context)


@require_POST
@role_required
def bulk_stop(request: SignedInRequest, run: int) -> HttpResponse:
    found = own_run(request, run)
    if running.stop(found, at=timezone.now()):
        messages.success(request, _("Stopped. What is done stays done."))
    return see_other(reverse("bulk_run", args=[found.pk]))


@require_POST
@role_required
def bulk_go_on(request: SignedInRequest, run: int) -> HttpResponse:
    """Goes on with a run whose worker has died. It does no harm beside a worker that has not."""
    found = own_run(request, run)
    if found.is_under_way:
        running.go_on(found, clock=timezone.now)
    return see_other(reverse("bulk_run", args=[found.pk]))


@require_POST
@role_required
def bulk_put_back(request: SignedInRequest, run: int) -> HttpResponse:
    """Makes the run that puts back what this one did. It has a page like any other, and is started there."""
    found = own_run(request, run)
    try:
        back = making.put_back(found, by=request.user, at=timezone.now())
    except making.CannotBeMade as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("bulk_run", args=[found.pk]))
    return see_other(reverse("bulk_run", args=[back.pk]))

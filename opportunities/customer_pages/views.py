"""The pages of competitors. Everybody with a role reads and edits them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import editing
from opportunities.customer_pages import figures, moved
from opportunities.customer_pages.figures import Figures, Status
from opportunities.customer_pages.filters import CompetitorFilter
from opportunities.customer_pages.forms import CompetitorForm, EditCompetitorForm, NewCompetitorForm
from opportunities.customers import changing
from opportunities.customers.changing import FieldConflict, StaleCustomer
from opportunities.customers.duplicates import LikelyDuplicate
from opportunities.customers.models import Competitor
from opportunities.editing.conflicts import Conflict, StaleVersion
from opportunities.http_status import status_of
from opportunities.views import list_page
from opportunities.views.request import posted, role_required, see_other, sent_once
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

OPPORTUNITIES_A_PAGE = 20
CREATED, SAVED = gettext_lazy("Competitor created."), gettext_lazy("Saved.")


@role_required
@require_safe
def competitor_list(request: SignedInRequest) -> HttpResponse:
    rows = Competitor.objects.only("name", "website", "sort_text")
    found = CompetitorFilter(request.GET, rows, request=request)
    return list_page.respond(
        request,
        "customers/competitor_list.html",
        found,
        is_empty=lambda: not Competitor.objects.exists(),
    )


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once
def competitor_new(request: SignedInRequest) -> HttpResponse:
    form = NewCompetitorForm(posted(request))
    form.refuse_unnamed()
    if form.is_bound and form.is_valid():
        try:
            with _refused_by(form):
                return _created(request, form)
        except editing.Refused as refusal:
            return _new_page(request, form, status_of(refusal))
    return _new_page(request, form, 422 if form.errors else 200)


def _created(request: SignedInRequest, form: NewCompetitorForm) -> HttpResponse:
    once.claim(request)
    competitor = changing.create(form.entries, by=request.user, at=timezone.now(), despite=form.despite)
    address = reverse("competitor_page", args=[competitor.pk])
    once.remember(request, address, str(CREATED))
    messages.success(request, CREATED)
    return see_other(address)


def _new_page(request: SignedInRequest, form: NewCompetitorForm, status: int) -> HttpResponse:
    return render(request, "customers/competitor_new.html", {"form": form}, status=status)


@role_required
@require_safe
@moved.leads_to_survivor
def competitor_page(request: SignedInRequest, competitor: int) -> HttpResponse:
    """What is known about the competitor, and the reader's opportunities against it. `?status=` says which."""
    row = get_object_or_404(Competitor, pk=competitor)
    counts = figures.of(row, request.user)
    status = _status(request.GET.get("status"), counts)
    paginator = Paginator(figures.opportunities(row, request.user, status), OPPORTUNITIES_A_PAGE)
    paginator.count = getattr(counts, status)
    context = {
        "competitor": row,
        "profile": _profile(row),
        "figures": counts,
        "statuses": [(each.value, label, getattr(counts, each)) for each, label in figures.LABELS.items()],
        "status": status,
        "page": paginator.get_page(request.GET.get("page")),
    }
    return render(request, "customers/competitor_page.html", context)


def _status(asked: str | None, counts: Figures) -> str:
    """The status of the opportunities that the page lists: the one asked for, or the first that has any."""
    if asked in Status.values:
        return str(asked)
    return next((status for status in Status.values if getattr(counts, status)), Status.OPEN.value)


def _profile(competitor: Competitor) -> list[tuple[str, str]]:
    """The texts that are filled in, each with its label."""
    texts = [(_label(name), getattr(competitor, name)) for name in changing.PROFILE]
    return [(label, text) for label, text in texts if text]


def _label(name: str) -> str:
    return capfirst(str(changing.column(name).verbose_name))


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
@moved.leads_to_survivor
def competitor_page_edit(request: SignedInRequest, competitor: int) -> HttpResponse:
    row = get_object_or_404(Competitor, pk=competitor)
    form = EditCompetitorForm(posted(request), competitor=row)
    form.refuse_unnamed()
    if form.is_bound and form.is_valid():
        try:
            with _refused_by(form, reader=request.user):
                _changed(request, row, form)
        except editing.Refused as refusal:
            return _edit_page(request, row, form, status_of(refusal))
        messages.success(request, SAVED)
        return see_other(reverse("competitor_page", args=[row.pk]))
    return _edit_page(request, row, form, 422 if form.errors else 200)


def _changed(request: SignedInRequest, row: Competitor, form: EditCompetitorForm) -> None:
    given: dict[str, Any] = {"version": cast(int, form.seen_version), "despite": form.despite}
    try:
        changing.change(row.pk, form.entries, by=request.user, at=timezone.now(), **given)
    except Competitor.DoesNotExist as gone:
        raise Http404 from gone


def _edit_page(request: SignedInRequest, row: Competitor, form: EditCompetitorForm, status: int) -> HttpResponse:
    context = {"form": form, "competitor": row}
    return render(request, "customers/competitor_page_edit.html", context, status=status)


class NotSaved(editing.Refused):
    """The form says why the competitor was not saved."""


@contextmanager
def _refused_by(form: CompetitorForm, *, reader: User | None = None) -> Iterator[None]:
    """Runs a write in a transaction. Shows its refusal in the form and raises it as a `Refused`."""
    try:
        with editing.written_or_refused(is_new=True):
            try:
                yield
            except LikelyDuplicate as likely:
                form.refuse_likely(likely)
                raise NotSaved(str(likely)) from likely
            except ValidationError as error:
                form.refuse_invalid(error)
                raise NotSaved(str(error)) from error
            except StaleCustomer as stale:
                raise _stale(stale, reader) from stale
    except NotSaved:
        raise
    except editing.Refused as refusal:
        form.refuse(refusal)
        raise


def _stale(stale: StaleCustomer, reader: User | None) -> StaleVersion:
    return StaleVersion([_conflict(each, reader) for each in stale.conflicts], stale.version, merged=dict(stale.merged))


def _conflict(found: FieldConflict, reader: User | None) -> Conflict:
    return Conflict(
        field=found.field,
        label=_label(found.field),
        mine=found.mine,
        theirs=found.theirs,
        by=found.by or cast(Any, _("Another person")),
        at=found.at or timezone.now(),
        is_own=found.by is not None and found.by == reader,
    )

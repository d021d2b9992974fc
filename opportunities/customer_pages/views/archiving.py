"""The pages that archive an account, a contact or a competitor, and restore it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import editing
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customer_pages.views.guards import editors_only
from opportunities.customers import changing
from opportunities.customers.models import Customer
from opportunities.forms import rendered_for
from opportunities.http_status import status_of
from opportunities.views.request import see_other
from salesflow.users.requests import SignedInRequest


@dataclass(frozen=True)
class ArchiveAct:
    write: Callable[..., Any]
    done: str | Promise
    is_restored: bool


ARCHIVE = ArchiveAct(changing.archive, gettext_lazy("Archived."), is_restored=False)
RESTORE = ArchiveAct(changing.restore, gettext_lazy("Restored."), is_restored=True)


@require_http_methods(["GET", "HEAD", "POST"])
@editors_only
def customer_page_archive(request: SignedInRequest, customer: int, pages: CustomerPages) -> HttpResponse:
    return _respond(request, customer, pages, ARCHIVE)


@require_http_methods(["GET", "HEAD", "POST"])
@editors_only
def customer_page_restore(request: SignedInRequest, customer: int, pages: CustomerPages) -> HttpResponse:
    return _respond(request, customer, pages, RESTORE)


def _respond(request: SignedInRequest, customer: int, pages: CustomerPages, act: ArchiveAct) -> HttpResponse:
    row = get_object_or_404(pages.model, pk=customer)
    if request.method != "POST":
        return see_other(row) if row.is_archived != act.is_restored else _page(request, pages, row, act)
    version = rendered_for.posted_id(request.POST, "version")
    try:
        with editing.written_or_refused(is_new=True):
            act.write(pages.model, row.pk, version=version, by=request.user, at=timezone.now())
    except ObjectDoesNotExist as gone:
        raise Http404 from gone
    except editing.Refused as refusal:
        row.refresh_from_db()
        return _page(request, pages, row, act, refusal=str(refusal), status=status_of(refusal))
    messages.success(request, str(act.done))
    return see_other(row)


def _page(
    request: SignedInRequest,
    pages: CustomerPages,
    row: Customer,
    act: ArchiveAct,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"row": row, "pages": pages, "act": act, "refusal": refusal}
    return render(request, "customers/archive.html", context, status=status)

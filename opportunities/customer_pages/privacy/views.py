"""The pages about the personal data of contacts: the report, one person, the export, and to erase. For managers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities import access, editing
from opportunities.customer_pages.privacy.forms import ReportForm
from opportunities.customers.models import Contact
from opportunities.forms import rendered_for
from opportunities.http_status import status_of
from opportunities.privacy import erasing, holdings, retention
from opportunities.views.paging import page_of
from opportunities.views.request import allowed_to, see_other
from salesflow.users.requests import SignedInRequest

ACTS_SHOWN = 20


@allowed_to(access.may_export_person)
@require_safe
def privacy(request: SignedInRequest) -> HttpResponse:
    """The contacts without activity for some months; with a search, every contact of that name."""
    form = ReportForm(request.GET)
    typed, months = form.typed, form.chosen_months
    idle = retention.idle(timezone.now(), months)
    contacts = retention.named(Contact.objects.select_related("account"), typed) if typed else idle
    page = page_of(request, contacts.order_by("sort_text", "pk"))
    context = {
        "form": form,
        "page": page,
        "people": retention.with_activity(list(page.object_list)),
        "months": months,
        "typed": typed,
        "query": form.query,
    }
    return render(request, "privacy/privacy.html", context)


@allowed_to(access.may_export_person)
@require_safe
def person(request: SignedInRequest, contact: int) -> HttpResponse:
    return _person_page(request, _contact(contact))


def _contact(pk: int) -> Contact:
    return get_object_or_404(Contact.objects.select_related("account"), pk=pk)


def _person_page(request: SignedInRequest, contact: Contact) -> HttpResponse:
    context = {
        "contact": contact,
        "counts": holdings.counts(contact),
        "erasure": erasing.open_erasure(contact.pk),
        "acts": contact.privacy_acts.select_related("by")[:ACTS_SHOWN],
        "is_erased": contact.is_erased,
        "may_erase": access.may_erase_person(request.user),
    }
    return render(request, "privacy/person.html", context)


@allowed_to(access.may_export_person)
@require_POST
def person_export(request: SignedInRequest, contact: int) -> Any:
    row, now = _contact(contact), timezone.now()
    holdings.log_export(row, by=request.user, at=now)
    pieces = holdings.exported(row, by=request.user, at=now)
    response = StreamingHttpResponse(pieces, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="person-{row.pk}.json"'
    return response


@allowed_to(access.may_erase_person)
@require_http_methods(["GET", "HEAD", "POST"])
def person_erase(request: SignedInRequest, contact: int) -> HttpResponse:
    row, refusal = _contact(contact), None
    if request.method == "POST":
        version = rendered_for.posted_id(request.POST, "version")
        try:
            erasing.start(row, version=version, by=request.user, at=timezone.now())
        except editing.Refused as refused:
            refusal, row = refused, _contact(contact)
        else:
            messages.success(request, _("The record is erased. Now look at what mentions the person."))
            return see_other(reverse("person_review", args=[row.pk]))
    if erasing.open_erasure(row.pk) and refusal is None:
        return see_other(reverse("person_review", args=[row.pk]))
    context = {"contact": row, "counts": holdings.counts(row), "refusal": refusal}
    return render(request, "privacy/person_erase.html", context, status=status_of(refusal) if refusal else 200)

"""The pages that create and change an account, a contact or a competitor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import editing
from opportunities.customer_pages.forms import CustomerForm
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customer_pages.views.guards import editors_only
from opportunities.customers import changing
from opportunities.customers.duplicates import LikelyDuplicate
from opportunities.customers.models import Customer
from opportunities.http_status import status_of
from opportunities.views.request import is_to_be_saved, posted, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

SAVED = gettext_lazy("Saved.")


@require_http_methods(["GET", "HEAD", "POST"])
@editors_only
@sent_once
def customer_new(request: SignedInRequest, pages: CustomerPages) -> HttpResponse:
    form = pages.new_form(posted(request), initial=dict(pages.first_values(request)))
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            with _refused_by(form):
                return _created(request, pages, form)
        except editing.Refused as refusal:
            return _new_page(request, pages, form, status_of(refusal))
    return _new_page(request, pages, form, 422 if form.errors else 200)


def _created(request: SignedInRequest, pages: CustomerPages, form: CustomerForm) -> HttpResponse:
    once.claim(request)
    given: dict[str, Any] = {"page": form.page, "despite": form.despite}
    row = changing.create(pages.model, form.entries, by=request.user, at=timezone.now(), **given)
    once.remember(request, row.get_absolute_url(), str(pages.texts.created))
    messages.success(request, str(pages.texts.created))
    return see_other(row)


def _new_page(request: SignedInRequest, pages: CustomerPages, form: CustomerForm, status: int) -> HttpResponse:
    return render(request, "customers/new.html", {"form": form, "pages": pages}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@editors_only
def customer_page_edit(request: SignedInRequest, customer: int, pages: CustomerPages) -> HttpResponse:
    row = get_object_or_404(pages.model, pk=customer)
    form = pages.edit_form(posted(request), row=row)
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            with _refused_by(form):
                _change(request, row, form)
        except editing.Refused as refusal:
            return _edit_page(request, pages, form, status_of(refusal))
        messages.success(request, SAVED)
        return see_other(row)
    return _edit_page(request, pages, form, 422 if form.errors else 200)


def _change(request: SignedInRequest, row: Customer, form: CustomerForm) -> None:
    given: dict[str, Any] = {"version": form.seen_version, "page": form.page, "despite": form.despite}
    try:
        changing.change(type(row), row.pk, form.entries, by=request.user, at=timezone.now(), **given)
    except ObjectDoesNotExist as gone:
        raise Http404 from gone


def _edit_page(request: SignedInRequest, pages: CustomerPages, form: CustomerForm, status: int) -> HttpResponse:
    context = {"form": form, "row": form.row, "pages": pages}
    return render(request, "customers/edit.html", context, status=status)


class NotSaved(editing.Refused):
    """The form says why the row was not saved."""


@contextmanager
def _refused_by(form: CustomerForm) -> Iterator[None]:
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
    except NotSaved:
        raise
    except editing.Refused as refusal:
        form.refuse(refusal)
        raise

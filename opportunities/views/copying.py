"""The page on which an opportunity is copied or renewed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from opportunities import editing, transitions
from opportunities.editing import stored_files
from opportunities.forms.copying import CopyForm
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.views.new import CREATED
from opportunities.views.request import opportunity_for, opportunity_now, posted, role_required, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once
def opportunity_copy(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page of a copy. `?renew=1` proposes a renewal."""
    opportunity = opportunity_for(request, pk)
    is_renewal = "renew" in request.GET
    form = CopyForm(posted(request), record=opportunity, at=timezone.now(), is_renewal=is_renewal)
    form.refuse_unnamed()
    if form.is_bound and form.is_valid():
        try:
            copied = _copied(request, form)
        except transitions.Refused as refusal:
            return _refused_page(request, form, refusal)
        messages.success(request, CREATED)
        return see_other(copied)
    return _copy_page(request, form, status=422 if form.errors else 200)


def _copied(request: SignedInRequest, form: CopyForm) -> Opportunity:
    """Creates the copy, once per form. A form that is refused or sent again stores no files."""
    if before := once.done(request):
        raise once.Repeated(before)
    is_current = form.cleaned_data["version"] == form.record.version
    with stored_files.copies(form.taken_files if is_current else ()) as files, editing.written_or_refused(is_new=True):
        once.claim(request)
        entries = {**form.entries, "files": files}
        copied = transitions.copy(opportunity=form.record, by=request.user, at=timezone.now(), **entries)
        once.remember(request, copied.get_absolute_url(), str(CREATED))
        return copied


def _refused_page(request: SignedInRequest, form: CopyForm, refusal: transitions.Refused) -> HttpResponse:
    """The page with what was typed. If the opportunity has changed, with what it has now, for the next attempt."""
    if isinstance(refusal, transitions.StaleMove):
        now = opportunity_now(request, form.record.pk)
        form = CopyForm(form.for_version(now.version), record=now, at=timezone.now())
    else:
        form.refuse(refusal)
    return _copy_page(request, form, refusal=None if form.errors else refusal, status=status_of(refusal))


def _copy_page(
    request: SignedInRequest, form: CopyForm, *, refusal: transitions.Refused | None = None, status: int
) -> HttpResponse:
    context = {"form": form, "opportunity": form.record, "refusal": refusal, "form_errors": status != 200}
    return render(request, "opportunity/opportunity_copy.html", context, status=status)

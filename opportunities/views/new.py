"""The page on which an opportunity is created."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import editing, transitions
from opportunities.forms.new import NewOpportunityForm, named_in
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.views.request import is_to_be_saved, posted, refuse_reader, role_required, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

CREATED = gettext_lazy("Opportunity created.")


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once
def opportunity_new(request: SignedInRequest) -> HttpResponse:
    """The form. Pages of accounts and contacts name the row to begin with: `?account=`, `?contact=`."""
    refuse_reader(request)
    named = named_in(request.GET)
    form = NewOpportunityForm(posted(request), initial=named)
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            opportunity = _started(request, form)
        except transitions.Refused as refusal:
            form.refuse(refusal)
            return _new_page(request, form, status_of(refusal), named)
        messages.success(request, CREATED)
        return see_other(opportunity)
    return _new_page(request, form, 422 if form.errors else 200, named)


def _started(request: SignedInRequest, form: NewOpportunityForm) -> Opportunity:
    """Creates the opportunity, and its account and contact if they are new, once per form."""
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        opportunity = transitions.start(by=request.user, at=timezone.now(), owner=request.user, **form.saved_entries())
        once.remember(request, opportunity.get_absolute_url(), str(CREATED))
        return opportunity


def _new_page(request: SignedInRequest, form: NewOpportunityForm, status: int, named: dict[str, Any]) -> HttpResponse:
    """`named` has what the address named: Cancel leads back to it."""
    cancel = next((row.get_absolute_url() for row in named.values()), reverse("opportunity_list"))
    context = {"form": form, "query": request.GET.urlencode() if named else "", "cancel": cancel}
    return render(request, "opportunity/opportunity_new.html", context, status=status)

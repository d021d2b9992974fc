"""The page on which an opportunity is created."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import editing, transitions
from opportunities.forms.new import NewOpportunityForm
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
    refuse_reader(request)
    form = NewOpportunityForm(posted(request))
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            opportunity = _started(request, form)
        except transitions.Refused as refusal:
            form.refuse(refusal)
            return _new_page(request, form, status_of(refusal))
        messages.success(request, CREATED)
        return see_other(opportunity)
    return _new_page(request, form, 422 if form.errors else 200)


def _started(request: SignedInRequest, form: NewOpportunityForm) -> Opportunity:
    """Creates the opportunity, and its account and contact if they are new, once per form."""
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        opportunity = transitions.start(by=request.user, at=timezone.now(), owner=request.user, **form.saved_entries())
        once.remember(request, opportunity.get_absolute_url(), str(CREATED))
        return opportunity


def _new_page(request: SignedInRequest, form: NewOpportunityForm, status: int) -> HttpResponse:
    return render(request, "opportunity/opportunity_new.html", {"form": form}, status=status)

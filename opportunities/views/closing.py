"""The pages that close an opportunity as won or lost, and reopen it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, transitions
from opportunities.forms.closing import LostForm, ReopenForm, WonForm
from opportunities.forms.picker.form import is_find
from opportunities.forms.rendered_for import RenderedFor
from opportunities.transitions import MoveKind
from opportunities.views.move_page import MovePage, page, respond
from opportunities.views.request import opportunity_context, opportunity_for, posted, role_required
from salesflow.users.requests import SignedInRequest

WON = MovePage("close_as_won", transitions.close_as_won, _("Closed as won."), lists=MoveKind.CLOSE_AS_WON)
LOST = MovePage("close_as_lost", transitions.close_as_lost, _("Closed as lost."), lists=MoveKind.CLOSE_AS_LOST)
REOPENED = MovePage("reopen", transitions.reopen, _("Reopened."))


@require_safe
@role_required
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page with the choices Close as Won, Close as Lost and Keep open, and the missing steps."""
    return render(request, "closing/close.html", opportunity_context(request, opportunity_for(request, pk)))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_won(request: SignedInRequest, pk: int) -> HttpResponse:
    today = transitions.organisation_date(timezone.now())
    return respond(request, WON, WonForm(posted(request), record=opportunity_for(request, pk), today=today))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_lost(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    today = transitions.organisation_date(timezone.now())
    context = opportunity_context(request, opportunity)
    # The button that waives is on the page now, or was on it when it was rendered.
    may_waive = MoveKind.WAIVE_AND_CLOSE in context["moves"] or (
        "waive" in request.POST and access.may_waive(request.user)
    )
    form = LostForm(posted(request), record=opportunity, today=today, may_waive=may_waive)
    if is_find(request):
        form.find()
        return page(request, LOST, form, context=context, rendered_for=RenderedFor.posted(request))
    return respond(request, LOST, form, context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Owner and managers only. The page names the owner to other users."""
    opportunity = opportunity_for(request, pk)
    context = opportunity_context(request, opportunity)
    form = ReopenForm(posted(request), record=opportunity, stages=context["progress"].reached)
    return respond(request, REOPENED, form, context)

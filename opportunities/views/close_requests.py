"""The answer of a manager to a request to close an opportunity, and Take back."""

import dataclasses
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, transitions
from opportunities.forms.losing import AnswerRequestForm
from opportunities.forms.rendered_for import RenderedFor
from opportunities.http_status import status_of
from opportunities.transitions import MoveKind, Refused
from opportunities.views.move_page import MovePage, page, respond
from opportunities.views.opportunity import page as opportunity_page
from opportunities.views.request import (
    opportunity_context,
    opportunity_for,
    opportunity_now,
    posted,
    role_required,
    see_other,
)
from salesflow.users.requests import SignedInRequest

APPROVED = MovePage("close_request", transitions.approve_request, _("Closed as lost."), lists=MoveKind.CLOSE_AS_LOST)
DECLINED = dataclasses.replace(APPROVED, make=transitions.decline_request, done=_("Declined."))


@require_safe
@role_required
def close_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """The answers of the person who asked, and the buttons that approve and decline. Managers only; 404 for others."""
    form, context = _form(request, pk)
    return page(request, APPROVED, form, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def approve_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """Waives what is missing and closes as lost, with the answers of the request."""
    return _answer(request, pk, APPROVED, ["waive_because"])


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def decline_request(request: SignedInRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, DECLINED, ["answer"])


def _answer(request: SignedInRequest, pk: int, move_page: MovePage, used: list[str]) -> HttpResponse:
    """A GET leads to the page. `used`: the entries that belong to the pressed button."""
    form, context = _form(request, pk)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("close_request", args=[pk]))
    form.use(used, waives=move_page is APPROVED)
    return respond(request, move_page, form, context)


def _form(request: SignedInRequest, pk: int) -> tuple[AnswerRequestForm, dict[str, Any]]:
    opportunity = opportunity_for(request, pk)
    if not access.may_waive(request.user):
        raise Http404
    context = opportunity_context(request, opportunity)
    waives = any(move.unmet for move in context["moves"].get(MoveKind.CLOSE_AS_LOST, ()))
    form = AnswerRequestForm(
        posted(request), record=opportunity, asked=context["close_request"], waives=waives or request.method == "POST"
    )
    return form, context


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes back the request to close. A GET, as after a refusal, shows the opportunity."""
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return see_other(opportunity)
    rendered_for = RenderedFor.posted(request)
    try:
        transitions.take_back(opportunity=opportunity, by=request.user, at=timezone.now(), **rendered_for.move)
    except Refused as refusal:
        opportunity = opportunity_now(request, pk)
        return opportunity_page(request, opportunity, posted=rendered_for, refusal=refusal, status=status_of(refusal))
    messages.success(request, str(_("The request is taken back.")))
    return see_other(opportunity)

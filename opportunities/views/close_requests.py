"""The answer of a manager to a request to close an opportunity, and Take back."""

import dataclasses
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, transitions
from opportunities.forms.losing import AnswerRequestForm
from opportunities.transitions import MoveKind
from opportunities.views.move_page import MovePage, my_day_if_from_there, page, respond, respond_to_button
from opportunities.views.request import (
    opportunity_context,
    opportunity_for,
    posted,
    role_required,
)
from salesflow.users.requests import SignedInRequest

APPROVED = MovePage(
    "close_request", transitions.approve_close_request, _("Closed as lost."), lists=MoveKind.CLOSE_AS_LOST
)
DECLINED = dataclasses.replace(APPROVED, make=transitions.decline_close_request, done=_("Declined."))


@require_safe
@role_required
def close_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """The answers of the person who asked, and the buttons that approve and decline. Managers only; 404 for others."""
    form, context = _form(request, pk)
    return page(request, APPROVED, form, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def approve_close_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """Waives what is missing and closes as lost, with the answers of the request."""
    return _answer(request, pk, APPROVED, ["waive_because"])


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def decline_close_request(request: SignedInRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, DECLINED, ["answer"])


def _answer(request: SignedInRequest, pk: int, move_page: MovePage, used: list[str]) -> HttpResponse:
    """A GET leads to the page. `used`: the entries that belong to the pressed button."""
    form, context = _form(request, pk)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("close_request", args=[pk]))
    form.use(used, waives=move_page is APPROVED)
    return respond(request, dataclasses.replace(move_page, to=my_day_if_from_there(request)), form, context)


def _form(request: SignedInRequest, pk: int) -> tuple[AnswerRequestForm, dict[str, Any]]:
    opportunity = opportunity_for(request, pk)
    if not access.may_waive(request.user, opportunity):
        raise Http404
    context = opportunity_context(request, opportunity)
    waives = any(move.unmet for move in context["moves"].get(MoveKind.CLOSE_AS_LOST, ()))
    form = AnswerRequestForm(
        posted(request), record=opportunity, asked=context["close_request"], waives=waives or request.method == "POST"
    )
    return form, context


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def take_back_close_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes back the request to close."""
    done = _("The request is taken back.")
    return respond_to_button(request, opportunity_for(request, pk), transitions.take_back_close_request, done=done)

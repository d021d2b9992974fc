"""How an opportunity ends: close as won, close as lost, keep open; and how it is opened again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, transitions
from opportunities.forms import picking
from opportunities.forms.closing import LostForm, MoveForm, ReopenForm, WonForm
from opportunities.models import Opportunity
from opportunities.standing import Standing
from opportunities.transitions import MoveRefused
from opportunities.views.drawn import DrawnFor, shown_again
from opportunities.views.request import opportunity_for, posted, role_required, see_other, status_of
from salesflow.users.requests import SignedInRequest
from stages.gates import Unmet


@dataclass(frozen=True)
class Way:
    """One way to end or reopen an opportunity; `name` is that of its view and template."""

    name: str
    move: Callable[..., Any]
    needed: Callable[[Standing, Opportunity], list[Unmet]]
    done: Promise


WON = Way(
    "close_as_won",
    transitions.close_as_won,
    lambda standing, record: standing.unmet(standing.stages, record),
    _("Closed as won."),
)
LOST = Way("close_as_lost", transitions.close_as_lost, transitions.unmet_for_lost, _("Closed as lost."))
REOPENED = Way("reopen", transitions.reopen, lambda standing, record: [], _("Reopened."))


@require_safe
@role_required
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close as Won, Close as Lost, or keep open; and what the first two still need."""
    opportunity = opportunity_for(request, pk)
    standing = Standing.of(opportunity)
    context = seen(request, opportunity, standing) | {
        "needed_for_won": WON.needed(standing, opportunity),
        "needed_for_lost": LOST.needed(standing, opportunity),
    }
    return render(request, "opportunities/close.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_won(request: SignedInRequest, pk: int) -> HttpResponse:
    today = transitions.organisation_date(timezone.now())
    return answer(request, WON, WonForm(posted(request), record=opportunity_for(request, pk), today=today))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_lost(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    today = transitions.organisation_date(timezone.now())
    is_missing = "waive" in request.POST or LOST.needed(Standing.of(opportunity), opportunity)
    may_waive = access.may_waive(request.user) and bool(is_missing)
    form = LostForm(posted(request), record=opportunity, today=today, may_waive=may_waive)
    if picking.is_find(request):
        form.find()
        return page(request, LOST, form, drawn_for=DrawnFor.posted(request))
    return answer(request, LOST, form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Owner and managers only; the others are told whom to ask."""
    opportunity = opportunity_for(request, pk)
    stages = Standing.of(opportunity).reached
    return answer(request, REOPENED, ReopenForm(posted(request), record=opportunity, stages=stages))


def answer(request: SignedInRequest, way: Way, form: MoveForm) -> HttpResponse:
    """Make the move of a good form and show the opportunity; else the form's page, refused or not yet sent."""
    drawn_for = DrawnFor.posted(request) if form.is_bound else None
    if drawn_for is None or not form.is_valid():
        return page(request, way, form, drawn_for=drawn_for, status=422 if drawn_for else 200)
    named = drawn_for.move | ({"listed_steps": drawn_for.missing} if form.waives else {})
    try:
        way.move(opportunity=form.record, by=request.user, at=timezone.now(), **form.entries, **named)
    except MoveRefused as refusal:
        form.refuse(refusal)
        return page(request, way, form, drawn_for=drawn_for, refusal=refusal, status=status_of(refusal))
    messages.success(request, str(way.done))
    return see_other(form.record)


def page(
    request: SignedInRequest,
    way: Way,
    form: MoveForm,
    *,
    drawn_for: DrawnFor | None = None,
    refusal: MoveRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form as it was typed, beside the opportunity as it is now."""
    opportunity = opportunity_for(request, form.record.pk) if refusal else form.record
    standing = Standing.of(opportunity)
    needed = way.needed(standing, opportunity)
    context = seen(request, opportunity, standing) | {
        "form": form,
        "form_errors": status != 200,
        "refusal": refusal if refusal and refusal.field not in form.fields else None,
        "needed": needed,
        "drawn_for": shown_again(drawn_for, refusal, DrawnFor.present(opportunity, needed)),
    }
    return render(request, f"opportunities/{way.name}.html", context, status=status)


def seen(request: SignedInRequest, opportunity: Opportunity, standing: Standing) -> dict[str, Any]:
    return {
        "opportunity": opportunity,
        "standing": standing,
        "closing": opportunity.closing_in_force(),
        "may_lead": access.may_lead(request.user, opportunity),
        "may_waive": access.may_waive(request.user),
        "asked": opportunity.request_waiting(),
    }

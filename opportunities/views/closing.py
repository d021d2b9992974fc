"""The page that closes an opportunity as won or lost, or asks a manager to; and the page that reopens it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, transitions
from opportunities.forms.closing import ReopenForm, WonForm
from opportunities.forms.losing import LostForm
from opportunities.forms.missing_steps import MissingStepsForm, posted_steps, to_fill
from opportunities.forms.picker.form import is_find
from opportunities.forms.rendered_for import RenderedFor
from opportunities.http_status import status_of
from opportunities.models import CloseRequest, Opportunity
from opportunities.progress import Progress
from opportunities.transitions import InvalidEntry, MoveKind, Refused, StaleVersion
from opportunities.views.move_page import MovePage, page, respond, what_was_done
from opportunities.views.request import opportunity_context, opportunity_for, posted, role_required, see_other
from salesflow.users.requests import SignedInRequest

WON = MovePage("close", transitions.close_as_won, _("Closed as won."), lists=MoveKind.CLOSE_AS_WON)
LOST = MovePage("close", transitions.close_as_lost, _("Closed as lost."), lists=MoveKind.CLOSE_AS_LOST)
ASKED = MovePage("close", transitions.ask_manager, _("A manager has been asked."), lists=MoveKind.CLOSE_AS_LOST)
REOPENED = MovePage("reopen", transitions.reopen, _("Reopened."))

OUTCOMES = {"won": WON, "lost": LOST}


@require_safe
@role_required
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """“How did it end?” `?outcome=won` and `?outcome=lost` show the form of that choice."""
    opportunity = opportunity_for(request, pk)
    context = opportunity_context(request, opportunity)
    outcome = _chosen(request, context)
    if outcome == "won":
        fills = _missing_steps(request, opportunity, context)
        return _won_page(request, _won_form(request, opportunity), fills, context)
    if outcome == "lost":
        form = _lost_form(request, opportunity, context)
        return page(request, LOST, form, context=context, outcome="lost")
    context["rendered_for"] = RenderedFor.present(opportunity)
    return render(request, "closing/close.html", context)


def _chosen(request: SignedInRequest, context: dict[str, Any]) -> str:
    """The outcome in the address. Without one: Won when the process is finished, Lost before its last stage.

    In the last stage both are possible, and nothing is chosen.
    """
    asked = request.GET.get("outcome", "")
    win = next(iter(context["moves"].get(MoveKind.CLOSE_AS_WON, ())), None)
    if asked in OUTCOMES or win is None:
        return asked if win else ""
    if context["progress"].instance.is_finished:
        return "won"
    return "lost" if win.only_in else ""


def close_url(opportunity: Opportunity, outcome: str) -> str:
    return f"{reverse('close', args=[opportunity.pk])}?{urlencode({'outcome': outcome})}"


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_won(request: SignedInRequest, pk: int) -> HttpResponse:
    """A GET, as from a bookmark, leads to the page."""
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return HttpResponseRedirect(close_url(opportunity, "won"))
    context, rendered_for = opportunity_context(request, opportunity), RenderedFor.posted(request)
    form, fills = _won_form(request, opportunity), _missing_steps(request, opportunity, context)
    if fills and is_find(request):
        fills.find()
        form.find()
        return _won_page(request, form, fills, context, rendered_for=rendered_for)
    if not form.is_valid() or (fills and not fills.is_valid()):
        return _won_page(request, form, fills, context, rendered_for=rendered_for, status=422)
    entries = form.entries | rendered_for.move
    if fills:
        entries |= {"write": fills.write_to, **fills.seen}
    at = timezone.now()
    try:
        transitions.close_as_won(opportunity=opportunity, by=request.user, at=at, **entries)
    except Refused as refusal:
        shown = _refused(form, fills, refusal)
        return _won_page(
            request, form, fills, context, rendered_for=rendered_for, refusal=shown, status=status_of(refusal)
        )
    messages.success(request, what_was_done(WON, opportunity, at))
    return see_other(opportunity)


def _won_form(request: SignedInRequest, opportunity: Opportunity) -> WonForm:
    today = transitions.organisation_date(timezone.now())
    return WonForm(posted(request), record=opportunity, today=today)


def _missing_steps(
    request: SignedInRequest, opportunity: Opportunity, context: dict[str, Any]
) -> MissingStepsForm | None:
    """The part of the form with the missing steps: those that were posted, or that are missing now."""
    progress, win = context["progress"], next(iter(context["moves"].get(MoveKind.CLOSE_AS_WON, ())), None)
    if request.method == "POST":
        steps = posted_steps(request.POST, progress)
    else:
        steps = to_fill(win.unmet, opportunity) if win and not win.only_in else []
    if not steps:
        return None
    form = MissingStepsForm(posted(request), record=opportunity, progress=progress, steps=steps)
    form.refuse_unnamed()
    return form


def _refused(form: WonForm, fills: MissingStepsForm | None, refusal: Refused) -> Refused | None:
    """Shows a refusal at the step it is about. Returns any other refusal, for the page."""
    if fills and (isinstance(refusal, StaleVersion | InvalidEntry) or refusal.field in fills.fields):
        fills.refuse(refusal)
        return None
    form.refuse(refusal)
    return refusal


def _won_page(
    request: SignedInRequest,
    form: WonForm,
    fills: MissingStepsForm | None,
    context: dict[str, Any],
    **shown: Any,
) -> HttpResponse:
    return page(request, WON, form, context=context, outcome="won", fills=fills, **shown)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def close_as_lost(request: SignedInRequest, pk: int) -> HttpResponse:
    """Closes as lost; with the button Ask a manager, asks. A GET, as from a bookmark, leads to the page."""
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return HttpResponseRedirect(close_url(opportunity, "lost"))
    context = opportunity_context(request, opportunity)
    form = _lost_form(request, opportunity, context)
    move = ASKED if form.asks else LOST
    if is_find(request):
        form.find()
        return page(request, move, form, context=context, outcome="lost", rendered_for=RenderedFor.posted(request))
    return respond(request, move, form, context, outcome="lost")


def _lost_form(request: SignedInRequest, opportunity: Opportunity, context: dict[str, Any]) -> LostForm:
    # The button that waives is on the page now, or was on it when it was rendered.
    may_waive = MoveKind.WAIVE_AND_CLOSE in context["moves"] or (
        "waive" in request.POST and access.may_waive(request.user, opportunity)
    )
    return LostForm(
        posted(request),
        record=opportunity,
        today=transitions.organisation_date(timezone.now()),
        may_waive=may_waive,
        may_ask=not may_waive and MoveKind.ASK_MANAGER in context["moves"],
        needs_description=transitions.needs_description(context["progress"]),
        asked=asked_before(opportunity, context["progress"]),
    )


def asked_before(opportunity: Opportunity, progress: Progress) -> CloseRequest | None:
    """The request whose answers a new form begins with: one that waits, or that was declined."""
    return progress.close_request or transitions.declined_request(opportunity, progress)


@require_safe
@role_required
def ask_manager(request: SignedInRequest, pk: int) -> HttpResponse:
    """Redirects from a former page to the form that closes as lost, which has the button Ask a manager."""
    return HttpResponseRedirect(close_url(opportunity_for(request, pk), "lost"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Owner and managers only. The page names the owner to other users."""
    opportunity = opportunity_for(request, pk)
    context = opportunity_context(request, opportunity)
    form = ReopenForm(posted(request), record=opportunity, stages=context["progress"].reached)
    return respond(request, REOPENED, form, context)

"""The moves from the opportunity page. Each button sends the panel along: it is saved, then the move is made."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities import transitions
from opportunities.editing import editing
from opportunities.forms import steps
from opportunities.forms.panel import REASON, StagePanelForm
from opportunities.forms.picking import is_find
from opportunities.models import Opportunity
from opportunities.standing import Standing
from opportunities.transitions import MoveRefused, StaleMove
from opportunities.views.drawn import DrawnFor, posted_id
from opportunities.views.opportunity import page
from opportunities.views.request import opportunity_for, role_required, see_other, status_of
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


class Posted:
    """What a button of the panel sends: what it was drawn for, the stage it shows, and its form.

    A stage that the process has no more is not replaced by another: the button was not drawn for that. Save moves
    nothing, so it may come without `drawn_for`.
    """

    def __init__(self, request: SignedInRequest, deal: Opportunity, *, is_move: bool) -> None:
        is_named = is_move or "page_version" in request.POST
        self.drawn_for = DrawnFor.posted(request) if is_named else None
        self.move: dict[str, Any] = self.drawn_for.move if self.drawn_for else {}
        standing = Standing.of(deal)
        viewed = _stage_id(request, "stage")
        self.stage = standing.find(viewed) if viewed is not None else None
        self.is_out_of_date = self.stage is None and viewed is not None
        self.form: StagePanelForm | None = None
        self.is_saved = False  # whether `save_panel` wrote a change
        if self.stage:
            self.form = StagePanelForm(request.POST, record=deal, standing=standing, stage=self.stage)


def _stage_id(request: SignedInRequest, name: str) -> int | None:
    return posted_id(request.POST, name) if name in request.POST else None


def panel_view(
    move: "Callable[[SignedInRequest, Opportunity, Posted], HttpResponse]", *, is_move: bool = True
) -> Callable[..., HttpResponse]:
    """A view that a panel's button posts to. Opened as an address, as after a refusal, it shows the opportunity."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @role_required
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        deal = opportunity_for(request, pk)
        if request.method != "POST":
            return see_other(deal)
        posted = Posted(request, deal, is_move=is_move)
        if posted.is_out_of_date:
            refusal = StaleMove(_("This page is out of date."), event=None)
            return page(request, deal, refusal=refusal, status=409)
        if posted.form and is_find(request):
            posted.form.find()
            return page(request, deal, form=posted.form, posted=posted.drawn_for)
        return move(request, deal, posted)

    return view


@partial(panel_view, is_move=False)
def save(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Save the panel; drafts are always savable. “add one” then leads to the page that adds."""
    refused = save_panel(request, deal, posted)
    if refused:
        return refused
    if posted.form and posted.form.adds_for:
        return see_other(steps.add_url(posted.form.adds_for, deal))
    messages.success(request, _("Saved."))
    return see_other(deal, _stage_shown(deal, posted))


@panel_view
def advance(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Next Stage."""
    return save_panel(request, deal, posted) or _moved(
        request,
        deal,
        posted,
        lambda: transitions.advance(opportunity=deal, by=request.user, at=timezone.now(), **posted.move).stage,
    )


@panel_view
def jump(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Move here: to the stage that the panel shows."""
    target = posted.stage
    if target is None:
        raise BadRequest("stage is missing.")
    return save_panel(request, deal, posted) or _moved(
        request,
        deal,
        posted,
        lambda: (
            transitions.jump(opportunity=deal, by=request.user, at=timezone.now(), to_stage=target, **posted.move).stage
        ),
    )


@panel_view
def finish(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Finish: then comes the page that asks how to close."""
    refused = save_panel(request, deal, posted)
    if refused:
        return refused
    try:
        transitions.finish(opportunity=deal, by=request.user, at=timezone.now(), **posted.move)
    except MoveRefused as refusal:
        return _not_moved(request, deal, posted, refusal)
    return see_other(reverse("close", args=[deal.pk]))


@panel_view
def go_back(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Back, or Go back here. The move comes first: it is never gated, and it frees what the stage's gate held."""
    if posted.form and not posted.form.is_valid():
        return page(request, deal, form=posted.form, posted=posted.drawn_for, status=422)
    try:
        visit = transitions.go_back(
            opportunity=deal,
            by=request.user,
            at=timezone.now(),
            to_stage=_stage_to_enter(request, posted),
            reason=posted.form.cleaned_data.get(REASON, "") if posted.form else "",
            **posted.move,
        )
    except MoveRefused as refusal:
        return page(
            request,
            opportunity_for(request, deal.pk),
            form=posted.form,
            posted=posted.drawn_for,
            refusal=refusal,
            status=status_of(refusal),
        )
    messages.success(request, _("Went back to %(stage)s.") % {"stage": visit.stage.name})
    return save_panel(request, opportunity_for(request, deal.pk), posted) or see_other(deal)


def _stage_to_enter(request: SignedInRequest, posted: Posted) -> Stage | None:
    """The stage that the button names, or the passed stage that the panel shows; None is the previous one."""
    named = _stage_id(request, "to_stage")
    if named is not None:
        return Stage(pk=named)
    is_behind = posted.stage is not None and posted.stage != posted.move["from_stage"]
    return posted.stage if is_behind else None


def save_panel(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse | None:
    """Write the panel's entries; the page again when they are not taken. A bare button brings no panel."""
    form = posted.form
    if form is None:
        return None
    if not form.is_valid():
        return page(request, deal, form=form, posted=posted.drawn_for, status=422)
    try:
        with editing(deal, by=request.user, at=timezone.now(), version=form.seen_version, page=form.page) as record:
            before = record.version
            form.write_to(record)
        posted.is_saved = record.version > before
    except MoveRefused as refusal:
        form.refuse(refusal)
        deal, status = opportunity_for(request, deal.pk), status_of(refusal)
        return page(request, deal, form=form, posted=posted.drawn_for, status=status)
    return None


def _moved(request: SignedInRequest, deal: Opportunity, posted: Posted, move: Callable[[], Stage]) -> HttpResponse:
    try:
        stage = move()
    except MoveRefused as refusal:
        return _not_moved(request, deal, posted, refusal)
    messages.success(request, _("Moved to %(stage)s.") % {"stage": stage.name})
    return see_other(deal)


def _not_moved(request: SignedInRequest, deal: Opportunity, posted: Posted, refusal: MoveRefused) -> HttpResponse:
    """The move is refused: the page says so, and that the entries are saved if there were any to save."""
    return page(
        request,
        opportunity_for(request, deal.pk),
        stage=posted.stage,
        posted=posted.drawn_for,
        refusal=refusal,
        is_saved=posted.is_saved,
        status=status_of(refusal),
    )


def _stage_shown(deal: Opportunity, posted: Posted) -> str:
    return "" if posted.stage is None or posted.stage.pk == deal.active_stage_id else f"?stage={posted.stage.pk}"

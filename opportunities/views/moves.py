"""The moves from the opportunity page. Each button sends the panel along: it is saved, then the move is made."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities import transitions
from opportunities.editing import editing
from opportunities.forms import fields, steps
from opportunities.forms.panel import REASON, StagePanelForm
from opportunities.forms.picking import is_find
from opportunities.models import Opportunity
from opportunities.standing import Standing
from opportunities.transitions import MoveRefused, NoSuchMove
from opportunities.views.opportunity import page
from opportunities.views.request import opportunity_for, role_required, see_other, status_of
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


class Posted:
    """What a button of the panel sends: the stage it was drawn for, the stage it shows, and its form.

    A stage that the process has no more is not replaced by another: the button was not drawn for that.
    """

    def __init__(self, request: SignedInRequest, deal: Opportunity) -> None:
        standing = Standing.of(deal)
        drawn_for = fields.posted_id(request.POST, "from_stage")
        viewed = fields.posted_id(request.POST, "stage")
        self.from_stage = standing.active if drawn_for is None else Stage(pk=drawn_for)
        self.stage = standing.find(viewed) if viewed else None
        self.is_out_of_date = self.stage is None and "stage" in request.POST
        self.form: StagePanelForm | None = None
        if self.stage:
            self.form = StagePanelForm(request.POST, record=deal, standing=standing, stage=self.stage)


def panel_view(move: "Callable[[SignedInRequest, Opportunity, Posted], HttpResponse]") -> Callable[..., HttpResponse]:
    """A view that a panel's button posts to. Opened as an address, as after a refusal, it shows the opportunity."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @role_required
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        deal = opportunity_for(request, pk)
        if request.method != "POST":
            return see_other(deal)
        posted = Posted(request, deal)
        if posted.is_out_of_date:
            refusal = NoSuchMove(_("This page is out of date."))
            return page(request, deal, refusal=refusal, status=409)
        if posted.form and is_find(request):
            posted.form.find()
            return page(request, deal, form=posted.form)
        return move(request, deal, posted)

    return view


@panel_view
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
        lambda: (
            transitions.advance(
                opportunity=deal, by=request.user, at=timezone.now(), from_stage=posted.from_stage
            ).stage
        ),
    )


@panel_view
def jump(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Move here: to the stage that the panel shows."""
    return save_panel(request, deal, posted) or _moved(
        request,
        deal,
        posted,
        lambda: (
            transitions.jump(
                opportunity=deal,
                by=request.user,
                at=timezone.now(),
                to_stage=posted.stage or posted.from_stage,
                from_stage=posted.from_stage,
            ).stage
        ),
    )


@panel_view
def finish(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Finish: then comes the page that asks how to close."""
    refused = save_panel(request, deal, posted)
    if refused:
        return refused
    try:
        transitions.finish(opportunity=deal, by=request.user, at=timezone.now(), from_stage=posted.from_stage)
    except MoveRefused as refusal:
        return _not_moved(request, deal, posted, refusal)
    return see_other(reverse("close", args=[deal.pk]))


@panel_view
def go_back(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse:
    """Back, or Go back here. The move comes first: it is never gated, and it frees what the stage's gate held."""
    if posted.form and not posted.form.is_valid():
        return page(request, deal, form=posted.form, status=422)
    is_behind = posted.stage is not None and posted.stage != posted.from_stage
    try:
        visit = transitions.go_back(
            opportunity=deal,
            by=request.user,
            at=timezone.now(),
            to_stage=posted.stage if is_behind else None,
            from_stage=posted.from_stage,
            reason=posted.form.cleaned_data.get(REASON, "") if posted.form else "",
        )
    except MoveRefused as refusal:
        return _not_moved(request, deal, posted, refusal, is_saved=False)
    messages.success(request, _("Went back to %(stage)s.") % {"stage": visit.stage.name})
    return save_panel(request, opportunity_for(request, deal.pk), posted) or see_other(deal)


def save_panel(request: SignedInRequest, deal: Opportunity, posted: Posted) -> HttpResponse | None:
    """Write the panel's entries; the page again when they are not taken. A bare button brings no panel."""
    form = posted.form
    if form is None:
        return None
    if not form.is_valid():
        return page(request, deal, form=form, status=422)
    try:
        with editing(deal, by=request.user, at=timezone.now(), version=form.seen_version, page=form.page) as record:
            form.write_to(record)
    except MoveRefused as refusal:
        form.refuse(refusal)
        return page(request, opportunity_for(request, deal.pk), form=form, status=status_of(refusal))
    return None


def _moved(request: SignedInRequest, deal: Opportunity, posted: Posted, move: Callable[[], Stage]) -> HttpResponse:
    try:
        stage = move()
    except MoveRefused as refusal:
        return _not_moved(request, deal, posted, refusal)
    messages.success(request, _("Moved to %(stage)s.") % {"stage": stage.name})
    return see_other(deal)


def _not_moved(
    request: SignedInRequest, deal: Opportunity, posted: Posted, refusal: MoveRefused, *, is_saved: bool = True
) -> HttpResponse:
    """The entries are saved, the move is refused: the page says both."""
    return page(
        request,
        opportunity_for(request, deal.pk),
        stage=posted.stage,
        refusal=refusal,
        is_saved=is_saved and posted.form is not None,
        status=status_of(refusal),
    )


def _stage_shown(deal: Opportunity, posted: Posted) -> str:
    return "" if posted.stage is None or posted.stage.pk == deal.active_stage_id else f"?stage={posted.stage.pk}"

"""The buttons of the panel: Save, and the moves, which also save the panel."""

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

from opportunities import toasts, transitions
from opportunities.editing import editing
from opportunities.forms.panel import REASON, StagePanelForm
from opportunities.forms.picker.form import is_find
from opportunities.forms.rendered_for import RenderedFor, posted_id
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.transitions import MoveKind, NotMoved, Refused, StageMove, StaleMove
from opportunities.views.opportunity import page
from opportunities.views.request import opportunity_for, opportunity_now, role_required, save_the_rest, see_other
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


class Posted:
    """The post of a button of the panel: what it was rendered for, the stage of the panel, and its form.

    `is_out_of_date`: the process no longer has that stage. Save may come without `rendered_for`, because it moves
    nothing.
    """

    def __init__(self, request: SignedInRequest, opportunity: Opportunity, *, is_move: bool) -> None:
        is_named = is_move or "page_version" in request.POST
        self.rendered_for = RenderedFor.posted(request) if is_named else None
        self.move: dict[str, Any] = self.rendered_for.move if self.rendered_for else {}
        progress = Progress.of(opportunity)
        has_panel = not is_move or "version" in request.POST  # a bare button brings no entries
        viewed = posted_id(request.POST, "stage") if has_panel else _stage_id(request, "stage")
        self.stage = progress.find(viewed) if viewed is not None else None
        self.is_out_of_date = self.stage is None and viewed is not None
        self.form: StagePanelForm | None = None
        if self.stage:
            self.form = StagePanelForm(request.POST, record=opportunity, progress=progress, stage=self.stage)
            self.form.refuse_unnamed()

    @property
    def is_of_active_stage(self) -> bool:
        """Whether the panel was that of the active stage when the page was rendered."""
        return (
            self.rendered_for is not None and self.stage is not None and self.stage.pk == self.rendered_for.from_stage
        )


def _stage_id(request: SignedInRequest, name: str) -> int | None:
    return posted_id(request.POST, name) if name in request.POST else None


def panel_view(
    move: "Callable[[SignedInRequest, Opportunity, Posted], HttpResponse]", *, is_move: bool = True
) -> Callable[..., HttpResponse]:
    """Makes the view of a button of the panel. A GET, as after a refusal, shows the opportunity."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @role_required
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        opportunity = opportunity_for(request, pk)
        if request.method != "POST":
            return see_other(opportunity)
        posted = Posted(request, opportunity, is_move=is_move)
        if posted.is_out_of_date:
            refusal = StaleMove(_("This page is out of date."), event=None)
            return page(request, opportunity, refusal=refusal, status=409)
        if posted.form and is_find(request):
            posted.form.find()
            return page(request, opportunity, form=posted.form, posted=posted.rendered_for)
        return move(request, opportunity, posted)

    return view


@partial(panel_view, is_move=False)
def save(request: SignedInRequest, opportunity: Opportunity, posted: Posted) -> HttpResponse:
    """Saves the panel. The button of an offer then opens its page."""
    form = posted.form
    if form and not form.is_valid():
        return page(request, opportunity, form=form, posted=posted.rendered_for, status=422)
    try:
        if form:
            _write(request, opportunity, form)
    except Refused as refusal:
        return _refused(request, opportunity, posted, refusal)
    if posted.form and posted.form.writes_next:
        return see_other(posted.form.writes_next.url)
    messages.success(request, _("Saved."))
    return see_other(opportunity, _stage_shown(opportunity, posted))


def _write(request: SignedInRequest, opportunity: Opportunity, form: StagePanelForm) -> None:
    version, now = form.seen_version, timezone.now()
    with editing(
        opportunity,
        by=request.user,
        at=now,
        version=version,
        page=form.page,
        relies_on=form.relies_on,
        settled=form.settled,
    ) as record:
        form.write_to(record)


@panel_view
def advance(request: SignedInRequest, opportunity: Opportunity, posted: Posted) -> HttpResponse:
    """Next Stage."""
    return _save_and_move(request, opportunity, posted, StageMove(MoveKind.ADVANCE))


@panel_view
def jump(request: SignedInRequest, opportunity: Opportunity, posted: Posted) -> HttpResponse:
    """Move here: moves to the stage of the panel."""
    if posted.stage is None:
        raise BadRequest("stage is missing.")
    return _save_and_move(request, opportunity, posted, StageMove(MoveKind.JUMP, posted.stage))


@panel_view
def finish(request: SignedInRequest, opportunity: Opportunity, posted: Posted) -> HttpResponse:
    """Finish: then opens the page that asks how to close."""
    return _save_and_move(request, opportunity, posted, StageMove(MoveKind.FINISH))


@panel_view
def go_back(request: SignedInRequest, opportunity: Opportunity, posted: Posted) -> HttpResponse:
    """Back, or Go back here."""
    to_stage, reason = _stage_to_enter(request, posted), ""
    if posted.form and posted.form.is_valid():
        reason = posted.form.cleaned_data.get(REASON, "")
    return _save_and_move(request, opportunity, posted, StageMove(MoveKind.GO_BACK, to_stage, reason))


def _stage_to_enter(request: SignedInRequest, posted: Posted) -> Stage | None:
    """The stage of the button, or the passed stage of the panel; None for the previous stage."""
    named = _stage_id(request, "to_stage")
    if named is not None:
        return Stage(pk=named)
    is_behind = posted.stage is not None and posted.stage != posted.move["from_stage"]
    return posted.stage if is_behind else None


def _save_and_move(request: SignedInRequest, opportunity: Opportunity, posted: Posted, move: StageMove) -> HttpResponse:
    """Saves the panel, if the button posts one, and makes the move."""
    form = posted.form
    if form and not form.is_valid():
        return page(request, opportunity, form=form, posted=posted.rendered_for, is_move=True, status=422)
    entries: dict[str, Any] = {"write": None}
    if form:
        entries = {"write": form.write_to, **form.seen}
    try:
        visit = transitions.save_and_move(
            opportunity=opportunity, by=request.user, at=timezone.now(), move=move, **entries, **posted.move
        )
    except transitions.EntriesRefused as refusal:
        _say_moved(request, opportunity, move.kind, refusal.visit.stage)
        return _refused(request, opportunity, posted, refusal.reason)
    except Refused as refusal:
        return _refused(request, opportunity, posted, refusal, is_move=True)
    if move.kind is MoveKind.FINISH:
        return see_other(reverse("close", args=[opportunity.pk]))
    _say_moved(request, opportunity, move.kind, visit.stage)
    return see_other(opportunity)


def _say_moved(request: SignedInRequest, opportunity: Opportunity, kind: MoveKind, stage: Stage) -> None:
    """Says where the opportunity is now. `opportunity` is as it was before the move."""
    if kind is MoveKind.GO_BACK:
        messages.success(request, _("Went back to %(stage)s.") % {"stage": stage.name})
    else:
        moved = _("Moved to %(stage)s.") % {"stage": stage.name}
        toasts.say_moved(request, moved, opportunity, opportunity.active_stage)


def _refused(
    request: SignedInRequest, opportunity: Opportunity, posted: Posted, refusal: Refused, *, is_move: bool = False
) -> HttpResponse:
    """Shows the page again. The form keeps what was typed, unless it is saved: then the active stage is shown."""
    form, status = posted.form, status_of(refusal)
    if form and not isinstance(refusal, NotMoved | StaleMove):
        form.refuse(refusal)
        save_the_rest(form, partial(_write, request, opportunity, form))
    now = opportunity_now(request, opportunity.pk)
    if isinstance(refusal, NotMoved) and refusal.are_entries_stored:
        shown: dict[str, Any] = {"stage": posted.stage, "refusal": refusal, "is_saved": refusal.is_saved}
    elif isinstance(refusal, StaleMove) and posted.is_of_active_stage and form and form.is_saved_in(now):
        shown = {"refusal": refusal, "is_saved": True}
    elif form is None or isinstance(refusal, NotMoved | StaleMove):
        shown = {"form": form, "stage": posted.stage, "refusal": refusal}
    else:
        shown = {"form": form}
    return page(request, now, posted=posted.rendered_for, is_move=is_move, status=status, **shown)


def _stage_shown(opportunity: Opportunity, posted: Posted) -> str:
    return "" if posted.stage is None or posted.stage.pk == opportunity.active_stage_id else f"?stage={posted.stage.pk}"

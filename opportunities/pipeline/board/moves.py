"""Moves a card: by the mouse, by “Move to …”, or by Next Stage on the card. All of them post the same form.

`to` is the id of a stage, or `finish`. The move is the one that the page of the opportunity has between these stages,
and the steps that it needs are saved before it, as the panel does.
"""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from opportunities import transitions
from opportunities.forms.card_steps import CardStepsForm
from opportunities.forms.picker.form import is_find
from opportunities.forms.rendered_for import RenderedFor, posted_id
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.pipeline.board import drawn, menu
from opportunities.pipeline.board.drawn import ShownCard
from opportunities.pipeline.board.menu import FINISH
from opportunities.progress import Progress
from opportunities.transitions import MoveKind, NotMoved, Refused, StageMove, StaleMove
from opportunities.views.request import (
    editing_by,
    opportunity_for,
    opportunity_now,
    role_required,
    save_the_rest,
    see_other,
)
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def board_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Saves the steps of the form of the card, if it has one, and moves. A GET, as after a refusal, shows the card."""
    opportunity = opportunity_for(request, pk)
    if request.method != "POST":
        return see_other(reverse("board_card", args=[pk]))
    return _Posted(request, opportunity).answer()


class _Posted:
    """The post of a card: what it was rendered for, the move, and the form with the missing steps."""

    def __init__(self, request: SignedInRequest, opportunity: Opportunity) -> None:
        self.request, self.opportunity = request, opportunity
        self.rendered_for = RenderedFor.posted(request)
        self.progress = Progress.of(opportunity, opportunity.primary_instance)  # type: ignore[attr-defined]
        self.to = FINISH if request.POST.getlist("to") == [FINISH] else str(posted_id(request.POST, "to"))
        self.form = CardStepsForm.posted(request.POST, opportunity, self.progress)
        if self.form:
            self.form.refuse_unnamed()

    def answer(self) -> HttpResponse:
        form = self.form
        if form and is_find(self.request):
            form.find()
            return self.show_form(form, 200)
        if form and not form.is_valid():
            return self.show_form(form, 422)
        return self.write_next(form) if form and form.writes_next else self.move()

    def move(self) -> HttpResponse:
        move = _move_to(self.request, self.opportunity, self.progress, self.to)
        entries: dict[str, Any] = {"write": None}
        if self.form and move.kind is not MoveKind.GO_BACK:  # going back asks for nothing
            entries = {"write": self.form.write_to, **self.form.seen}
        named: dict[str, Any] = {"opportunity": self.opportunity, "by": self.request.user, "at": timezone.now()}
        try:
            transitions.save_and_move(**named, move=move, **entries, **self.rendered_for.move)
        except Refused as refusal:
            return self.refused(refusal)
        if move.kind is MoveKind.FINISH:
            to = reverse("close", args=[self.opportunity.pk])
            return HttpResponseClientRedirect(to) if self.request.htmx else see_other(to)
        return drawn.moved(self.request, self.opportunity, move.kind)

    def write_next(self, form: CardStepsForm) -> HttpResponse:
        """Saves the form, and leads to the page with what a step offers to write."""
        try:
            self.save(form)
        except Refused as refusal:
            return self.refused(refusal)
        to = form.writes_next.url if form.writes_next else ""
        return HttpResponseClientRedirect(to) if self.request.htmx else see_other(to)

    def save(self, form: CardStepsForm) -> None:
        with editing_by(self.request, form, settled=form.settled) as record:
            form.write_to(record)

    def refused(self, refusal: Refused) -> HttpResponse:
        """The card as it is now, and why it was not moved. A form keeps what was typed, unless it is saved."""
        form, status = self.form, status_of(refusal)
        is_about_the_move = isinstance(refusal, NotMoved | StaleMove | transitions.OpportunityClosed)
        if form and not is_about_the_move:
            form.refuse(refusal)
            save_the_rest(form, partial(self.save, form))
            return self.show_form(form, status)
        now = opportunity_now(self.request, self.opportunity.pk)
        return drawn.refused(self.request, self.opportunity, ShownCard.refused(now, self.to, refusal, form), status)

    def show_form(self, form: CardStepsForm, status: int) -> HttpResponse:
        shown = ShownCard(self.opportunity, self.to, form=form, rendered_for=self.rendered_for)
        return drawn.refused(self.request, self.opportunity, shown, status)


def _move_to(request: SignedInRequest, opportunity: Opportunity, progress: Progress, to: str) -> StageMove:
    """The move that leads there. If there is none, one whose refusal says why."""
    if to == FINISH:
        return StageMove(MoveKind.FINISH)
    stage = progress.find(int(to))
    if stage is None:
        return StageMove(MoveKind.JUMP, Stage(pk=int(to)))
    moves = transitions.available(opportunity, by=request.user, progress=progress)
    found = menu.between_stages(moves).get(stage)
    is_behind = progress.stages.index(stage) <= progress.position
    return StageMove(found.kind if found else MoveKind.GO_BACK if is_behind else MoveKind.JUMP, stage)

"""Answers a move: for htmx with what changes on the board, otherwise with the page of the card, or the board.

What changes are the heads of some lanes and some cards, each out of band. js/board.js puts a card into its lane.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from opportunities import access, toasts, way_back
from opportunities.activities import news
from opportunities.forms.card_steps import CardStepsForm
from opportunities.forms.rendered_for import RenderedFor
from opportunities.models import Opportunity
from opportunities.pipeline.board.filters import BoardFilter
from opportunities.pipeline.board.lanes import Board, Lane
from opportunities.pipeline.board.menu import Menu
from opportunities.pipeline.tracks import Tracks
from opportunities.progress import Progress
from opportunities.transitions import GateClosed, MoveKind, Refused
from opportunities.views.request import opportunity_now, see_other, shown_address
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


@dataclass(frozen=True)
class ShownCard:
    """A card with what is open on it: “Move to …”, the form of the missing steps, or why it was not moved.

    `to` is where the form moves it, `typed` a form whose entries have no field any more.
    """

    opportunity: Opportunity
    to: str = ""
    form: CardStepsForm | None = None
    refusal: Refused | None = None
    menu: Menu | None = None
    typed: CardStepsForm | None = None
    rendered_for: RenderedFor | None = None

    @classmethod
    def refused(cls, now: Opportunity, to: str, refusal: Refused, posted: CardStepsForm | None) -> Self:
        """Two queries, if steps are missing."""
        form = None
        if isinstance(refusal, GateClosed) and now.is_open:
            form = CardStepsForm.of(refusal.unmet, now, Progress.of(now))
        is_stored = getattr(refusal, "are_entries_stored", False)
        return cls(now, to, form, refusal, typed=None if is_stored else posted)

    @property
    def is_open(self) -> bool:
        """Whether something is open on the card."""
        return bool(self.form or self.refusal or self.menu)

    @property
    def names(self) -> RenderedFor:
        """What the forms of the card are rendered for."""
        return self.rendered_for or RenderedFor.present(self.opportunity)

    @property
    def asked(self) -> int:
        """How many steps the form asks for."""
        return len(self.form.steps) if self.form else 0

    @cached_property
    def to_stage(self) -> Stage | None:
        """The stage that the form moves it to. One query."""
        return Stage.objects.filter(pk=int(self.to)).first() if self.to.isdigit() else None


@dataclass(frozen=True)
class ArrivedCard:
    """A card as it is now, its lane, and its place in the lane; None below the first cards."""

    opportunity: Opportunity
    lane: Lane
    at: int | None
    shown: ShownCard | None


def board_of(request: SignedInRequest) -> Board:
    """The board that the reader sees: that of the address which htmx sends, or of this request."""
    return Board(BoardFilter(shown_address(request), request=request))


def card_context(
    request: SignedInRequest, opportunities: Collection[Opportunity], tracks: Tracks | None = None
) -> dict[str, Any]:
    """What the template of a card needs besides the card. One query, and one without `tracks`."""
    return {
        "news": news.among(request.user, opportunities),
        "tracks": tracks or Tracks(),
        "now": timezone.now(),
        "may_lead": False,
    }


def changes(
    request: SignedInRequest,
    ids: Collection[int],
    stages: Collection[int] | None,
    *,
    shown: ShownCard | None = None,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    """The cards with these ids as they are now, and the heads of these lanes; None for the heads of all lanes."""
    board = board_of(request)
    present = board.only(ids)
    if shown and shown.opportunity.is_open:
        present[shown.opportunity.pk] = shown.opportunity
    now_in = {row.active_stage_id for row in present.values()}
    arrivals = _arrivals(board, present, now_in, shown)
    heads = board.stages if stages is None else [board.filter.find(pk) for pk in {*stages, *now_in}]
    context = {
        "arrivals": arrivals,
        "departures": [pk for pk in ids if pk not in present],
        "heads": [board.lane(stage) for stage in heads if stage],
        "board": board,
        **card_context(request, list(present.values()), board.filter.tracks),
        "may_lead": shown is not None and access.may_lead(request.user, shown.opportunity),
        **said,
    }
    response = render(request, "board/_changes.html", context, status=status)
    response["HX-Push-Url"] = "false"
    return response


def _arrivals(
    board: Board, present: dict[int, Opportunity], stages: Collection[int], shown: ShownCard | None
) -> list[ArrivedCard]:
    """The cards by their place, so that each is put into its lane after those above it."""
    places = {pk: at for at, pk in _numbered(board, stages)}
    found = [
        ArrivedCard(
            row,
            board.lane(row.active_stage),
            places.get(pk),
            shown if shown and shown.opportunity.pk == pk else None,
        )
        for pk, row in present.items()
    ]
    return sorted(found, key=lambda each: -1 if each.at is None else each.at)


def _numbered(board: Board, stages: Collection[int]) -> list[tuple[int, int]]:
    """Each of the first cards of these lanes with its place in the lane. One query."""
    numbered: list[tuple[int, int]] = []
    for ids in board.ids_by_stage(stages).values() if stages else ():
        numbered += enumerate(ids)
    return numbered


def moved(request: SignedInRequest, before: Opportunity, kind: MoveKind) -> HttpResponse:
    """After a move: `before` is the opportunity as it was."""
    now = opportunity_now(request, before.pk)
    text = _("Went back to %(stage)s.") if kind is MoveKind.GO_BACK else _("Moved to %(stage)s.")
    text %= {"stage": now.active_stage.name}
    if not request.htmx:
        toasts.say_elsewhere(request, text, now)
        return see_other(address(request))
    stages = {before.active_stage_id, now.active_stage_id}
    return changes(request, [now.pk], stages, moved=now, said=text, left=before.active_stage, is_move=True)


def refused(request: SignedInRequest, before: Opportunity, shown: ShownCard, status: int) -> HttpResponse:
    """The card with a form, or with why it was not moved."""
    if not request.htmx:
        return page(request, shown, status)
    stages = {before.active_stage_id, shown.opportunity.active_stage_id}
    gone = None if shown.opportunity.is_open else shown
    return changes(request, [before.pk], stages, shown=shown, gone=gone, status=status)


def page(request: SignedInRequest, shown: ShownCard, status: int = 200) -> HttpResponse:
    """The card on a page of its own, for use without JavaScript."""
    context = {
        "shown": shown,
        "opportunity": shown.opportunity,
        "form_errors": shown.form is not None and bool(shown.form.errors),
        "board_address": address(request),
        **card_context(request, [shown.opportunity]),
        "may_lead": access.may_lead(request.user, shown.opportunity),
    }
    return render(request, "board/board_card.html", context, status=status)


def address(request: SignedInRequest) -> str:
    """The board as the reader saw it last."""
    place = way_back.place_of(request)
    return place.address if place.name == "board" else reverse("board")

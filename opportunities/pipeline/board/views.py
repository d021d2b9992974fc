"""The board, more cards of a lane, one card, and what others changed."""

import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from opportunities import way_back
from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.pipeline.board import drawn, menu
from opportunities.pipeline.board.drawn import ShownCard
from opportunities.pipeline.board.filters import BoardFilter
from opportunities.pipeline.board.lanes import CARDS, Board
from opportunities.pipeline.filters import controls
from opportunities.pipeline.filters import page as filters_page
from opportunities.progress import Progress
from opportunities.views.list_page import ListPage
from opportunities.views.request import opportunity_for, role_required
from salesflow.users.requests import SignedInRequest
from stages.models import Process

MOST_CHANGES = 50
"""If more opportunities have changed, the whole board is read again."""

OVERLAP = datetime.timedelta(seconds=20)
"""A change is stored with the moment at which it began, and is seen when its transaction ends."""


@role_required
@require_safe
@way_back.remembered("board")
def board(request: SignedInRequest) -> HttpResponse:
    """The lanes of a process. The query is that of the list."""
    at = timezone.now()
    shown = Board(BoardFilter(request.GET, request=request))
    if shown.filter.has_empty_values:
        return HttpResponseRedirect(shown.filter.address() if shown.filter.query else request.path)
    cards = [card for lane in shown.lanes for card in lane.cards] if shown.count else []
    is_empty = not shown.count and not Opportunity.objects.visible_to(request.user).exists()
    page = Paginator(range(shown.count), max(shown.count, 1)).get_page(1)
    context: dict[str, Any] = {
        "list_page": ListPage(shown.filter, page, is_empty=is_empty),
        "controls": controls.beside(shown.filter),
        "folded": controls.folded(shown.filter),
        "filters_address": f"{reverse('board_filters')}{shown.filter.address()}",
        "processes": _processes(shown),
        "board": shown,
        "at": at,
    }
    return render(request, "board/board.html", context | drawn.card_context(request, cards, shown.filter.tracks))


@role_required
@require_safe
def board_filters(request: SignedInRequest) -> HttpResponse:
    """All filters, on a page of their own or, for htmx, below the bar of the board."""
    return filters_page.respond(request, BoardFilter(request.GET, request=request), of="board")


def _processes(shown: Board) -> list[tuple[Process, str]]:
    """The processes to choose from, where several are in use, each with the address of its board."""
    found = [(process, shown.filter.address(process=str(process.pk), stage="")) for process in shown.processes]
    return found if len(found) > 1 else []


@role_required
@require_safe
def board_lane(request: SignedInRequest, stage: int) -> HttpResponse:
    """The next cards of a lane: without the first `?after=`."""
    shown = Board(BoardFilter(request.GET, request=request))
    found = next((each for each in shown.stages if each.pk == stage), None)
    after = fields.query_id(request.GET, "after") or 0
    if found is None:
        raise Http404
    lane = shown.lane(found, shown.cards([stage], after=after).get(stage, ()))
    context = {"lane": lane, "board": shown, "after": after + len(lane.cards), "is_more": len(lane.cards) == CARDS}
    return render(request, "board/_cards.html", context | drawn.card_context(request, lane.cards, shown.filter.tracks))


@role_required
@require_safe
def board_card(request: SignedInRequest, pk: int) -> HttpResponse:
    """The card with “Move to …” open; with `?closed` as it is without."""
    opportunity = opportunity_for(request, pk)
    shown = ShownCard(opportunity)
    if "closed" not in request.GET:
        progress = Progress.of(opportunity, opportunity.primary_instance)  # type: ignore[attr-defined]
        shown = ShownCard(opportunity, menu=menu.of(opportunity, progress, request.user))
    if not request.htmx:
        return drawn.page(request, shown)
    return drawn.changes(request, [pk], (), shown=shown)


@role_required
@require_safe
def board_changes(request: SignedInRequest) -> HttpResponse:
    """What changed on the board after `?since=`, a moment, without the versions in `?known=`. 204 for nothing.

    One query besides those about the user, if nothing changed. The headers are for the next question.
    """
    at, after = timezone.now(), _moment(request.GET.get("since", ""), before=OVERLAP)
    later = Opportunity.objects.filter(modified_at__gt=after).order_by()
    found = later.visible_to(request.user).values_list("pk", "version")[: MOST_CHANGES + 1]
    changed = {f"{pk}-{version}": pk for pk, version in found}
    known = request.GET.get("known", "").split()
    news = [pk for name, pk in changed.items() if name not in known]
    if len(changed) > MOST_CHANGES:
        response = HttpResponse(status=205)
    else:
        response = drawn.changes(request, news, None) if news else HttpResponse(status=204)
    response["X-Since"], response["X-Known"] = at.isoformat(), " ".join(changed)
    return response


def _moment(text: str, *, before: datetime.timedelta) -> datetime.datetime:
    """So long before the moment in the text, in UTC. Raises BadRequest for a text that is none, or one out of range."""
    try:
        moment = datetime.datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else timezone.make_aware(moment)
        return aware.astimezone(datetime.UTC) - before
    except (ValueError, OverflowError) as error:
        raise BadRequest("since is missing or is no moment.") from error

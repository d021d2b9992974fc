"""The opportunity page: the bar, the panel of one stage, and one tab."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opportunities import access, display
from opportunities.editing.children import STAKEHOLDER
from opportunities.forms import fields
from opportunities.forms.panel import StagePanelForm
from opportunities.forms.rendered_for import RenderedFor, shown_again
from opportunities.models import Opportunity, WaiverRequest
from opportunities.progress import Progress
from opportunities.transitions import Move, Refused
from opportunities.views import child_tabs, next_step, timeline
from opportunities.views.panel import Panel
from opportunities.views.people import People
from opportunities.views.related import Related
from opportunities.views.request import opportunity_context, opportunity_to_read, role_required
from opportunities.views.written import Written
from salesflow.users.requests import SignedInRequest
from stages.models import Stage, Step


@require_safe
@role_required
def opportunity(request: SignedInRequest, pk: int) -> HttpResponse:
    """The opportunity page. `?stage=` shows the panel of that stage, `?tab=` a tab."""
    return page(request, opportunity_to_read(request, pk))


def page(
    request: SignedInRequest,
    opportunity: Opportunity,
    *,
    form: StagePanelForm | None = None,
    stage: Stage | None = None,
    posted: RenderedFor | None = None,
    refusal: Refused | None = None,
    is_saved: bool = False,
    is_move: bool = False,
    undone: str = "",
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    """The page with a refused form, or with why a move was refused.

    `posted`: what these were rendered for. `is_move`: whether the refused button moves, besides saving. `undone`: the
    heading of the refusal of a button that moves nothing. `shown`: more for its templates.
    """
    context = page_context(
        request, opportunity, form=form, stage=stage, posted=posted, refusal=refusal, is_saved=is_saved
    )
    context |= {"is_move": is_move, "undone": undone, **_tabs(request, opportunity, context), **shown}
    response = render(request, "opportunity/opportunity.html", context, status=status)
    if status != 200:
        response["HX-Push-Url"] = "false"
    return response


def _tabs(request: SignedInRequest, opportunity: Opportunity, context: dict[str, Any]) -> dict[str, Any]:
    """The tabs, what is in the chosen one, and the next step."""
    asked = str(request.GET.get("tab"))
    tab = asked if asked in child_tabs.TABS else "timeline"
    content = _tab_content(request, opportunity, tab, context)
    if tab == STAKEHOLDER.tab and not content["page"].has_other_pages():
        context["people"].listed = content["rows"]
    return {
        "next_step": next_step.card(request, opportunity, context["panel"].token),
        "tabs": child_tabs.tabs(opportunity, context["panel"].stage),
        "tab": tab,
        "tab_template": child_tabs.template_of(tab),
        **content,
    }


def page_context(
    request: SignedInRequest,
    opportunity: Opportunity,
    *,
    form: StagePanelForm | None = None,
    stage: Stage | None = None,
    posted: RenderedFor | None = None,
    refusal: Refused | None = None,
    is_saved: bool = False,
) -> dict[str, Any]:
    """What the page shows around its tabs."""
    context = opportunity_context(request, opportunity)
    progress = context["progress"]
    named = form.stage if form else stage
    viewed = (progress.find(named) if named else None) or _asked_stage(request, progress)
    hold = opportunity.open_hold if opportunity.is_on_hold else None  # type: ignore[attr-defined]
    panel = Panel(request.user, opportunity, progress, viewed, form, refusal, is_saved, context["waivers"], hold)
    context |= _about(request, opportunity, viewed) | {"step_moves": _step_moves(context["moves"]), "hold": hold}
    return context | {
        "panel": panel,
        "is_saved": is_saved,
        "rendered_for": shown_again(posted, refusal, RenderedFor.present(opportunity)),
        "form": panel.form,
        "form_errors": (refusal is not None and not refusal.unmet) or (form is not None and form.errors),
        "left": {unmet.step.pk for unmet in refusal.unmet} if refusal else set(),
    }


def _about(request: SignedInRequest, opportunity: Opportunity, viewed: Stage) -> dict[str, Any]:
    """What the page shows of the opportunity, and what the reader may do there."""
    return {
        "may_lead": access.may_lead(request.user, opportunity),
        "may_edit": opportunity.is_open and access.may_write(request.user),
        "reader_id": request.user.pk,
        "waiver_requests": _waiver_requests(opportunity),
        "people": People(opportunity, viewed),
        "written": Written(opportunity),
        "facts": display.facts(opportunity),
        "related": Related.to(opportunity, request.user),
        "probability": display.value_of(opportunity, "probability"),
    }


def _asked_stage(request: SignedInRequest, progress: Progress) -> Stage:
    asked = fields.query_id(request.GET, "stage")
    return (progress.find(asked) if asked else None) or progress.active


def _step_moves(moves: dict[str, list[Move]]) -> dict[str, set[int]]:
    """The ids of the steps that each kind of move is about."""
    return {
        kind: {move.target.pk for move in of_kind if isinstance(move.target, Step)} for kind, of_kind in moves.items()
    }


def _waiver_requests(opportunity: Opportunity) -> dict[int, WaiverRequest]:
    """The last request to waive each step, by step. One query, if there was ever one and the opportunity is open."""
    if not opportunity.is_open or not opportunity.has_waiver_requests:  # type: ignore[attr-defined]
        return {}
    requests = opportunity.waiver_requests.select_related("step", "by", "answered_by")
    return {request.step_id: request for request in requests}


def _tab_content(
    request: SignedInRequest, opportunity: Opportunity, tab: str, context: dict[str, Any]
) -> dict[str, Any]:
    if tab in child_tabs.TABLES:
        return child_tabs.tab(request, opportunity, child_tabs.TABLES[tab], context["panel"].token)
    return timeline.tab(request, opportunity, context)

"""The opportunity page: the bar, the panel of one stage, and one tab."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities import access, display, formats, transitions
from opportunities.activities import timeline
from opportunities.editing.children import CHILDREN, STAKEHOLDER
from opportunities.forms import fields
from opportunities.forms.panel import StagePanelForm
from opportunities.forms.rendered_for import RenderedFor, shown_again
from opportunities.models import Event, Hold, Opportunity, Waiver
from opportunities.progress import Progress
from opportunities.transitions import Move, MoveKind, Refused, StaleMove
from opportunities.views import children, next_step
from opportunities.views.people import People
from opportunities.views.request import opportunity_context, opportunity_for, role_required
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages import gates, vocabulary
from stages.models import Stage, Step
from stages.track import Age, Track

EVENTS_A_PAGE = 20


@require_safe
@role_required
def opportunity(request: SignedInRequest, pk: int) -> HttpResponse:
    """The opportunity page. `?stage=` shows the panel of that stage, `?tab=` a tab."""
    return page(request, opportunity_for(request, pk))


def page(
    request: SignedInRequest,
    opportunity: Opportunity,
    *,
    form: StagePanelForm | None = None,
    stage: Stage | None = None,
    posted: RenderedFor | None = None,
    refusal: Refused | None = None,
    is_saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with a refused form, or with why a move was refused. `posted`: what these were rendered for."""
    context = page_context(
        request, opportunity, form=form, stage=stage, posted=posted, refusal=refusal, is_saved=is_saved
    )
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "timeline"
    content = _tab_content(request, opportunity, str(tab), context["panel"].token)
    if tab == STAKEHOLDER.tab:
        context["people"].listed = content["rows"]
    context |= {
        "next_step": next_step.card(request, opportunity, context["panel"].token),
        "tabs": [Tab(opportunity, context["panel"].stage, name, *entry) for name, entry in TABS.items()],
        "tab": tab,
        "tab_template": [f"opportunity/_tab_{tab}.html", "children/_tab.html"],
        **content,
    }
    response = render(request, "opportunity/opportunity.html", context, status=status)
    if status != 200:
        response["HX-Push-Url"] = "false"
    return response


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
    progress, moves = context["progress"], context["moves"]
    viewed = (progress.find(form.stage) if form else stage) or _asked_stage(request, progress)
    waivers = _waivers(opportunity, progress)
    hold = (
        opportunity.holds.filter(until_at__isnull=True).select_related("by").first() if opportunity.is_on_hold else None
    )
    panel = Panel(request.user, opportunity, progress, viewed, form, refusal, is_saved, waivers, hold)
    return context | {
        "panel": panel,
        "rendered_for": shown_again(posted, refusal, RenderedFor.present(opportunity)),
        "form": panel.form,
        "form_errors": (refusal is not None and not refusal.unmet) or (form is not None and form.errors),
        "waivers": panel.waivers,
        "may_lead": access.may_lead(request.user, opportunity),
        "waivable": {move.target.pk for move in moves.get(MoveKind.WAIVE, ())},
        "may_edit": opportunity.is_open,
        "hold": hold,
        "people": People(opportunity, viewed),
        "facts": display.facts(opportunity),
        "probability": display.value_of(opportunity, "probability"),
    }


def _asked_stage(request: SignedInRequest, progress: Progress) -> Stage:
    asked = fields.query_id(request.GET, "stage")
    return (progress.find(asked) if asked else None) or progress.active


def _waivers(opportunity: Opportunity, progress: Progress) -> dict[int, Waiver]:
    if not progress.waived:
        return {}
    return {waiver.step_id: waiver for waiver in opportunity.waivers.in_force().select_related("by")}


@dataclass
class Panel:
    """The panel of one stage of one opportunity, for one user."""

    by: User
    opportunity: Opportunity
    progress: Progress
    stage: Stage
    posted: StagePanelForm | None
    refusal: Refused | None
    is_saved: bool
    waivers: dict[int, Waiver]  # by step
    hold: Hold | None = None

    def __post_init__(self) -> None:
        self.form = self.posted
        if self.form is None and self.opportunity.is_open:
            self.form = StagePanelForm(record=self.opportunity, progress=self.progress, stage=self.stage)

    @property
    def token(self) -> str:
        """The token of this page, for all its forms."""
        return (self.form.page if self.form else "") or once.new_token()

    @cached_property
    def track(self) -> Track:
        return Track(
            record=self.opportunity,
            stages=self.progress.stages,
            active=self.progress.active,
            viewed=self.stage,
            waived=self.progress.waived,
            visited=self.progress.visited,
            address=self.opportunity.get_absolute_url(),
            is_finished=self.progress.instance.is_finished,
            is_closed=not self.opportunity.is_open,
            is_lost=self.opportunity.is_lost,
            age=self._age(),
        )

    def _age(self) -> Age:
        """How long the opportunity has been in its stage; while it is on hold, the age stops."""
        days, target = self.opportunity.days_in_stage(timezone.now()), self.progress.active.target_days
        if self.hold:
            return Age(_("On hold since %(day)s") % {"day": formats.day(self.hold.from_at)})
        lived = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else gettext("since today")
        if not target or self.is_finished:
            return Age(lived)
        return Age(_("%(days)s, target %(target)d") % {"days": lived, "target": target}, is_late=days > target)

    @property
    def is_active(self) -> bool:
        return self.stage == self.progress.active

    @property
    def is_ahead(self) -> bool:
        return self.progress.stages.index(self.stage) > self.progress.position

    @property
    def is_behind(self) -> bool:
        return not self.is_active and not self.is_ahead

    @property
    def is_finished(self) -> bool:
        return self.progress.instance.is_finished

    @cached_property
    def moves(self) -> list[Move]:
        """The moves that the opportunity would have with the typed entries."""
        typed = self.posted.with_entries(self.opportunity) if self.posted else self.opportunity
        return transitions.available(typed, by=self.by, progress=self.progress)

    @property
    def onward(self) -> Move | None:
        """The move of the main button: to the stage of the panel, to the next stage, or Finish."""
        if not self.is_active:
            return transitions.find(self.moves, MoveKind.JUMP, self.stage)
        return transitions.find(self.moves, MoveKind.ADVANCE) or transitions.find(self.moves, MoveKind.FINISH)

    @property
    def back_here(self) -> Move | None:
        return transitions.find(self.moves, MoveKind.GO_BACK, self.stage)

    @property
    def back(self) -> Move | None:
        """The move to the previous stage, if the panel shows the active one."""
        previous = self.progress.previous
        return transitions.find(self.moves, MoveKind.GO_BACK, previous) if self.is_active and previous else None

    @property
    def target(self) -> Stage | None:
        """The stage that needs the missing steps; None if finishing needs them."""
        return self.stage if self.is_ahead else self.progress.next

    @property
    def missing(self) -> list[gates.Unmet]:
        """The missing steps of the main button or, in a finished process, of closing as won."""
        move = self.onward or transitions.find(self.moves, MoveKind.CLOSE_AS_WON)
        return move.unmet if move else []

    @property
    def is_left_in_one_stage(self) -> bool:
        """Whether everything that the refused move needs is in one stage."""
        return self.refusal is not None and len({unmet.stage.pk for unmet in self.refusal.unmet}) == 1

    @property
    def missing_here(self) -> str:
        """The ids of the controls on this page that are missing an answer."""
        return " ".join(f"id_{unmet.step.field}" for unmet in self.missing if unmet.stage == self.stage)

    @property
    def missing_elsewhere(self) -> list[gates.Unmet]:
        """What is missing in the first other stage that lacks something, when the stage shown lacks nothing."""
        if not self.missing or any(unmet.stage == self.stage for unmet in self.missing):
            return []
        return [unmet for unmet in self.missing if unmet.stage == self.missing[0].stage]

    @property
    def elsewhere(self) -> Stage | None:
        """The passed stage that keeps a refused entry from being saved, to which the user can go back."""
        missing = self.posted.missing if self.posted else []
        return missing[0].stage if missing and missing[0].stage != self.progress.active else None

    @property
    def stale_move(self) -> StaleMove | None:
        return self.refusal if isinstance(self.refusal, StaleMove) else None

    @property
    def answers(self) -> "list[ShownAnswer]":
        """The answers of the stage, for a closed opportunity."""
        return [
            ShownAnswer(step, self.opportunity, self.waivers.get(step.pk))
            for step in gates.steps_in_use(self.stage)
            if step.field in vocabulary.fields()
        ]


@dataclass(frozen=True)
class ShownAnswer:
    """The answer to one step, or its waiver, as text."""

    step: Step
    opportunity: Opportunity
    waiver_in_force: Waiver | None

    @property
    def text(self) -> str:
        return display.value(self.step.field, getattr(self.opportunity, self.step.field))

    @property
    def is_met(self) -> bool:
        return gates.why_unmet(self.step, self.opportunity) is None

    @property
    def waiver(self) -> Waiver | None:
        return None if self.is_met else self.waiver_in_force


@dataclass(frozen=True)
class Tab:
    """A tab below the panel. `counted` is the column of the opportunity with its count, if any."""

    opportunity: Opportunity
    viewed: Stage
    name: str
    label: str | Promise
    counted: str

    @property
    def count(self) -> int | None:
        return getattr(self.opportunity, self.counted) if self.counted else None

    @property
    def url(self) -> str:
        return f"{self.opportunity.get_absolute_url()}?stage={self.viewed.pk}&tab={self.name}"


TABLES = {table.tab: table for table in CHILDREN.values()}

TABS: dict[str, tuple[str | Promise, str]] = {
    "timeline": (_("Timeline"), ""),
    **{name: (table.says.title, table.counts[0].column if table.counts else "") for name, table in TABLES.items()},
}


def _tab_content(request: SignedInRequest, opportunity: Opportunity, tab: str, token: str) -> dict[str, Any]:
    if tab in TABLES:
        return children.tab(request.user, opportunity, TABLES[tab], token)
    events = _events(request, opportunity)
    entries = [timeline.Entry(event) for event in events if event.kind != Event.Kind.CONVERTED]  # no person did those
    return {"events": events, "entries": entries, "events_query": _query_without_page(request)}


def _query_without_page(request: SignedInRequest) -> str:
    """The query without the page, for the links between the pages of the timeline."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&"


def _events(request: SignedInRequest, opportunity: Opportunity) -> Page[Any]:
    events = opportunity.events.select_related("by", "from_stage", "to_stage").order_by("-version")
    paginator = Paginator(events, EVENTS_A_PAGE)
    paginator.count = opportunity.version  # each version is one event, so that nothing is counted
    return paginator.get_page(request.GET.get("page"))

"""The opportunity page: the bar, the panel of one stage, and one tab."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities import access, display, transitions
from opportunities.activities import timeline
from opportunities.editing.children import CHILDREN
from opportunities.forms import fields
from opportunities.forms.panel import StagePanelForm
from opportunities.forms.rendered_for import DrawnFor, shown_again
from opportunities.models import Event, Opportunity, Waiver
from opportunities.progress import Progress
from opportunities.transitions import Kind, Move, Refused, StaleMove
from opportunities.views import children, next_step
from opportunities.views.move_page import seen
from opportunities.views.request import opportunity_for, role_required
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages import gates, vocabulary
from stages.models import Stage, Step
from stages.templatetags.progress_bar import Bar

EVENTS_A_PAGE = 20


@require_safe
@role_required
def opportunity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the opportunity stands and what it needs; `?stage=` shows that stage's panel, `?tab=` one tab."""
    return page(request, opportunity_for(request, pk))


def page(
    request: SignedInRequest,
    opportunity: Opportunity,
    *,
    form: StagePanelForm | None = None,
    stage: Stage | None = None,
    posted: DrawnFor | None = None,
    refusal: Refused | None = None,
    is_saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with a refused form, or with why a move was refused. `posted`: what these were rendered for."""
    context = seen(request, opportunity)
    progress, moves = context["progress"], context["moves"]
    viewed = (progress.find(form.stage) if form else stage) or _asked_stage(request, progress)
    waivers = _waivers(opportunity, progress)
    panel = Panel(request.user, opportunity, progress, viewed, form, refusal, is_saved, waivers)
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "summary"
    context |= {
        "panel": panel,
        "drawn_for": shown_again(posted, refusal, DrawnFor.present(opportunity)),
        "form": panel.form,
        "next_step": next_step.card(request, opportunity, panel.token),
        "form_errors": refusal is not None or (form is not None and form.errors),
        "waivers": panel.waivers,
        "days_in_stage": opportunity.days_in_stage(timezone.now()),
        "may_lead": access.may_lead(request.user, opportunity),
        "waivable": {move.target.pk for move in moves.get(Kind.WAIVE, ())},
        "may_edit": opportunity.is_open,
        "hold": opportunity.holds.filter(until_at__isnull=True).select_related("by").first()
        if opportunity.is_on_hold
        else None,
        "tabs": [Tab(opportunity, viewed, name, *entry) for name, entry in TABS.items()],
        "tab": tab,
        "tab_template": [f"opportunity/_tab_{tab}.html", "children/_tab.html"],
        **_tab_content(request, opportunity, str(tab), panel.token),
    }
    response = render(request, "opportunity/opportunity.html", context, status=status)
    if status != 200:
        response["HX-Push-Url"] = "false"
    return response


def _asked_stage(request: SignedInRequest, progress: Progress) -> Stage:
    asked = fields.posted_id(request.GET, "stage")
    return (progress.find(asked) if asked else None) or progress.active


def _waivers(opportunity: Opportunity, progress: Progress) -> dict[int, Waiver]:
    if not progress.waived:
        return {}
    return {waiver.step_id: waiver for waiver in opportunity.waivers.in_force().select_related("by")}


@dataclass
class Panel:
    """One stage of one opportunity, as its panel shows it to a person."""

    by: User
    opportunity: Opportunity
    progress: Progress
    stage: Stage
    posted: StagePanelForm | None
    refusal: Refused | None
    is_saved: bool
    waivers: dict[int, Waiver]  # by step

    def __post_init__(self) -> None:
        self.form = self.posted
        if self.form is None and self.opportunity.is_open:
            self.form = StagePanelForm(record=self.opportunity, progress=self.progress, stage=self.stage)

    @property
    def token(self) -> str:
        """The token of this page, in the panel's form and in every other."""
        return (self.form.page if self.form else "") or once.new_token()

    @property
    def bar(self) -> Bar:
        return Bar(
            stages=self.progress.stages,
            active=self.progress.active,
            viewed=self.stage,
            readiness=gates.readiness(self.progress.stages, self.opportunity, self.progress.waived),
            is_finished=self.progress.instance.is_finished,
            is_closed=not self.opportunity.is_open,
            address=self.opportunity.get_absolute_url(),
        )

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
        """The moves from here, with what was just typed counted in."""
        typed = self.posted.filled_in(self.opportunity) if self.posted else self.opportunity
        return transitions.available(typed, by=self.by, progress=self.progress)

    @property
    def onward(self) -> Move | None:
        """The move of the panel's main button: to the stage it shows, to the next one, or Finish."""
        if not self.is_active:
            return transitions.find(self.moves, Kind.JUMP, self.stage)
        return transitions.find(self.moves, Kind.ADVANCE) or transitions.find(self.moves, Kind.FINISH)

    @property
    def back_here(self) -> Move | None:
        return transitions.find(self.moves, Kind.GO_BACK, self.stage)

    @property
    def back(self) -> Move | None:
        """To the stage before the one that the panel shows, which is the active one."""
        previous = self.progress.previous
        return transitions.find(self.moves, Kind.GO_BACK, previous) if self.is_active and previous else None

    @property
    def target(self) -> Stage | None:
        """The stage that the missing steps are needed for; None: to finish."""
        return self.stage if self.is_ahead else self.progress.next

    @property
    def missing(self) -> list[gates.Unmet]:
        """What the panel's main button still needs; of a finished process, what closing as won needs."""
        move = self.onward or transitions.find(self.moves, Kind.CLOSE_AS_WON)
        return move.unmet if move else []

    @property
    def elsewhere(self) -> Stage | None:
        """The passed stage that a refused entry belongs to, where one can go back to change it."""
        missing = self.posted.missing if self.posted else []
        return missing[0].stage if missing and missing[0].stage != self.progress.active else None

    @property
    def moved_by_others(self) -> StaleMove | None:
        return self.refusal if isinstance(self.refusal, StaleMove) else None

    @property
    def answers(self) -> "list[ShownAnswer]":
        """What a closed opportunity shows."""
        return [
            ShownAnswer(step, self.opportunity, self.waivers.get(step.pk))
            for step in gates.steps_in_use(self.stage)
            if step.field in vocabulary.fields()
        ]


@dataclass(frozen=True)
class ShownAnswer:
    """The answer to one step, or its waiver."""

    step: Step
    opportunity: Opportunity
    given_leave: Waiver | None

    @property
    def text(self) -> str:
        return display.value(self.step.field, getattr(self.opportunity, self.step.field))

    @property
    def is_met(self) -> bool:
        return gates.why_unmet(self.step, self.opportunity) is None

    @property
    def waiver(self) -> Waiver | None:
        return None if self.is_met else self.given_leave


@dataclass(frozen=True)
class Tab:
    """One tab below the panel, with the count that the opportunity keeps in `counted`, if it counts anything."""

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
    "summary": (_("Summary"), ""),
    **{name: (table.says.title, table.counts[0].column if table.counts else "") for name, table in TABLES.items()},
    "timeline": (_("Timeline"), ""),
}


def _tab_content(request: SignedInRequest, opportunity: Opportunity, tab: str, token: str) -> dict[str, Any]:
    if tab in TABLES:
        return children.tab(request.user, opportunity, TABLES[tab], token)
    if tab == "timeline":
        events = _events(request, opportunity)
        entries = [timeline.Entry(event) for event in events]
        return {"events": events, "entries": entries, "events_query": _query_without_page(request)}
    return {"summary": display.summary(opportunity)}


def _query_without_page(request: SignedInRequest) -> str:
    """The rest of the address, for the links between the pages of the timeline."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&"


def _events(request: SignedInRequest, opportunity: Opportunity) -> Page[Any]:
    """Without those of migrations, which no person did."""
    events = opportunity.events.select_related("by", "from_stage", "to_stage").order_by("-version")
    events = events.exclude(kind=Event.Kind.CONVERTED)
    return Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))

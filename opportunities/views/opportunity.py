"""The opportunity page: the bar, the panel of one stage, and one tab."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities import access, shown, timeline
from opportunities.forms import fields
from opportunities.forms.panel import StagePanelForm
from opportunities.models import Opportunity, Waiver
from opportunities.standing import Standing
from opportunities.transitions import MoveRefused, StaleMove
from opportunities.views import competitors, rows, stakeholders, team
from opportunities.views.drawn import DrawnFor, shown_again
from opportunities.views.request import opportunity_for, role_required
from salesflow import once
from salesflow.users.requests import SignedInRequest
from stages import gates, subject
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
    deal: Opportunity,
    *,
    form: StagePanelForm | None = None,
    stage: Stage | None = None,
    posted: DrawnFor | None = None,
    refusal: MoveRefused | None = None,
    is_saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page as it stands; with a refused form, or with why a move was refused. `posted`: what that was drawn for."""
    standing = Standing.of(deal)
    viewed = (standing.find(form.stage) if form else stage) or _asked_stage(request, standing)
    panel = Panel(deal, standing, viewed, form, refusal, is_saved, _waivers(deal, standing))
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "summary"
    context = {
        "opportunity": deal,
        "standing": standing,
        "panel": panel,
        "drawn_for": shown_again(posted, refusal, DrawnFor.present(deal)),
        "form": panel.form,
        "form_errors": refusal is not None or (form is not None and form.errors),
        "waivers": panel.waivers,
        "closing": deal.closing_in_force(),
        "days_in_stage": deal.days_in_stage(timezone.now()),
        "may_lead": access.may_lead(request.user, deal),
        "may_waive": deal.is_open and access.may_waive(request.user),
        "may_edit": deal.is_open,
        "asked": deal.request_waiting(),
        "hold": deal.holds.filter(until_at__isnull=True).select_related("by").first() if deal.is_on_hold else None,
        "tabs": [Tab(deal, viewed, name, *entry) for name, entry in TABS.items()],
        "tab": tab,
        "tab_template": f"opportunities/_tab_{tab}.html",
        **_tab_content(request, deal, str(tab), panel.token),
    }
    response = render(request, "opportunities/opportunity.html", context, status=status)
    if status != 200:
        response["HX-Push-Url"] = "false"
    return response


def _asked_stage(request: SignedInRequest, standing: Standing) -> Stage:
    asked = fields.posted_id(request.GET, "stage")
    return (standing.find(asked) if asked else None) or standing.active


def _waivers(deal: Opportunity, standing: Standing) -> dict[int, Waiver]:
    if not standing.waived:
        return {}
    return {waiver.step_id: waiver for waiver in deal.waivers.in_force().select_related("by")}


@dataclass
class Panel:
    """One stage of one opportunity, as its panel shows it."""

    deal: Opportunity
    standing: Standing
    stage: Stage
    posted: StagePanelForm | None
    refusal: MoveRefused | None
    is_saved: bool
    waivers: dict[int, Waiver]  # by step

    def __post_init__(self) -> None:
        self.form = self.posted
        if self.form is None and self.deal.is_open:
            self.form = StagePanelForm(record=self.deal, standing=self.standing, stage=self.stage)

    @property
    def token(self) -> str:
        """The token of this page, in the panel's form and in every other."""
        return (self.form.page if self.form else "") or once.new_token()

    @property
    def bar(self) -> Bar:
        return Bar(
            stages=self.standing.stages,
            active=self.standing.active,
            viewed=self.stage,
            readiness=gates.readiness(self.standing.stages, self.deal, self.standing.waived),
            is_finished=self.standing.instance.is_finished,
            is_closed=not self.deal.is_open,
            address=self.deal.get_absolute_url(),
        )

    @property
    def is_active(self) -> bool:
        return self.stage == self.standing.active

    @property
    def is_ahead(self) -> bool:
        return self.standing.stages.index(self.stage) > self.standing.position

    @property
    def is_behind(self) -> bool:
        return not self.is_active and not self.is_ahead

    @property
    def may_go_back_here(self) -> bool:
        return self.is_behind and (self.stage == self.standing.previous or self.stage.pk in self.standing.visited)

    @property
    def is_finished(self) -> bool:
        return self.standing.instance.is_finished

    @property
    def target(self) -> Stage | None:
        """The stage that the panel's main button leads to; None at the last, which is finished."""
        return self.stage if self.is_ahead else self.standing.next

    @property
    def missing(self) -> list[gates.Unmet]:
        """What holds the gate on the way to the target, what was just typed counted in."""
        record = self.deal
        if self.posted is not None:
            record = self.posted.filled_in(self.deal)
        before = self.standing.before(self.stage) if self.is_ahead else self.standing.reached
        return self.standing.unmet(before, record)

    @property
    def elsewhere(self) -> Stage | None:
        """The passed stage that a refused entry belongs to, where one can go back to change it."""
        missing = self.posted.missing if self.posted else []
        return missing[0].stage if missing and missing[0].stage != self.standing.active else None

    @property
    def moved_by_others(self) -> StaleMove | None:
        return self.refusal if isinstance(self.refusal, StaleMove) else None

    @property
    def answers(self) -> "list[Answer]":
        """What a closed opportunity shows."""
        return [
            Answer(step, self.deal, self.waivers.get(step.pk))
            for step in gates.steps_in_use(self.stage)
            if step.field in subject.vocabulary.fields
        ]


@dataclass(frozen=True)
class Answer:
    """What was answered to a step, or who waived it."""

    step: Step
    deal: Opportunity
    given_leave: Waiver | None

    @property
    def text(self) -> str:
        return shown.value(self.step.field, getattr(self.deal, self.step.field))

    @property
    def is_met(self) -> bool:
        return gates.why_unmet(self.step, self.deal) is None

    @property
    def waiver(self) -> Waiver | None:
        return None if self.is_met else self.given_leave


@dataclass(frozen=True)
class Tab:
    """One tab below the panel, with the count that the opportunity keeps in `counted`, if it counts anything."""

    deal: Opportunity
    viewed: Stage
    name: str
    label: str | Promise
    counted: str

    @property
    def count(self) -> int | None:
        return getattr(self.deal, self.counted) if self.counted else None

    @property
    def url(self) -> str:
        return f"{self.deal.get_absolute_url()}?stage={self.viewed.pk}&tab={self.name}"


TABS: dict[str, tuple[Promise, str]] = {
    "summary": (_("Summary"), ""),
    "stakeholders": (_("Stakeholders"), "stakeholder_count"),
    "competitors": (_("Competitors"), "competitor_count"),
    "team": (_("Sales team"), "team_count"),
    "timeline": (_("Timeline"), ""),
}


PEOPLE = {kind.tab: kind for kind in (stakeholders.STAKEHOLDERS, competitors.COMPETITORS, team.TEAM)}


def _tab_content(request: SignedInRequest, deal: Opportunity, tab: str, token: str) -> dict[str, Any]:
    if tab in PEOPLE:
        return rows.tab(request.user, deal, PEOPLE[tab], token)
    if tab == "timeline":
        events = _events(request, deal)
        entries = [timeline.Entry(event) for event in events]
        return {"events": events, "entries": entries, "events_query": _query_without_page(request)}
    return {"summary": shown.summary(deal)}


def _query_without_page(request: SignedInRequest) -> str:
    """The rest of the address, for the links between the pages of the timeline."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&"


def _events(request: SignedInRequest, deal: Opportunity) -> Page[Any]:
    events = deal.events.select_related("by", "from_stage", "to_stage").order_by("-version")
    return Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))

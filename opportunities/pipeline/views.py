"""My day and the list of opportunities."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities.models import Opportunity
from opportunities.pipeline import my_day as days
from opportunities.pipeline.conditions import ME
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.pipeline.tracks import Tracks
from opportunities.views import list_page
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

IN_THE_LIST = ("account", "owner", "active_stage", "status_reason")
NOT_IN_THE_LIST = ("description", "customer_need", "proposed_solution")  # long texts


@role_required
@require_safe
def opportunity_list(request: SignedInRequest) -> HttpResponse:
    rows = Opportunity.objects.select_related(*IN_THE_LIST).defer(*NOT_IN_THE_LIST)
    found = OpportunityFilter(request.GET, rows, request=request)
    visible = Opportunity.objects.visible_to(request.user)
    return list_page.respond(
        request,
        "list/opportunity_list.html",
        found,
        is_empty=lambda: not visible.exists(),
        count=lambda: found.totals.count,
        tracks=found.tracks,
        now=timezone.now(),
    )


TITLES: dict[str, Promise] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "ready": _("Ready to advance"),
    "closing": _("Closing this month"),
    "unplanned": _("Nothing planned"),
}


@dataclass(frozen=True)
class ShownSection:
    """A section of the day with its title, and the address of the list with all its opportunities."""

    section: days.Section
    title: Promise

    @property
    def address(self) -> str:
        name, value = days.FILTERS[self.section.name]
        asked = {"owner": ME, name: value}
        return f"{reverse('opportunity_list')}?{urlencode(asked)}"

    @property
    def line_template(self) -> str:
        return f"my_day/_{self.section.name}.html"


@role_required
@require_safe
def my_day(request: SignedInRequest) -> HttpResponse:
    day = days.of(request.user, at=timezone.now())
    context = {
        "day": day,
        "tracks": Tracks(),
        "shown": [ShownSection(section, TITLES[section.name]) for section in day.sections],
        "sees_others": not day.open and Opportunity.objects.open().visible_to(request.user).exists(),
    }
    return render(request, "my_day/my_day.html", context)

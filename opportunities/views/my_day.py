"""My day: what one's own opportunities ask for today, each with the way to it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities import my_day as days
from opportunities.forms.filters import ME
from opportunities.models import Opportunity
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

TITLES: dict[str, Promise] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "ready": _("Ready to advance"),
    "closing": _("Closing this month"),
    "unplanned": _("Nothing planned"),
}


@dataclass(frozen=True)
class Shown:
    """A section of the day with its title, and the list of all that is in it."""

    section: days.Section
    title: Promise

    @property
    def address(self) -> str:
        asked = {"owner": ME, **days.ASKED[self.section.name]}
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
        "shown": [Shown(section, TITLES[section.name]) for section in day.sections],
        "sees_others": not day.open and Opportunity.objects.open().visible_to(request.user).exists(),
    }
    return render(request, "my_day/my_day.html", context)

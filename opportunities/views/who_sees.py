"""The page that says who can see an opportunity, and why."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities import access, transitions
from opportunities.access import AccessReason
from opportunities.models import Opportunity
from opportunities.views.paging import page_of
from opportunities.views.request import opportunity_to_read, role_required
from salesflow.users import units
from salesflow.users.models import Unit, User
from salesflow.users.requests import SignedInRequest

NAMES = 10
"""The people of one reason that the page names; a page of that reason names all."""
NAMES_A_PAGE = 100

TITLES: dict[AccessReason, str | Promise] = {
    AccessReason.OWNER: _("Owner"),
    AccessReason.TEAM: _("Sales team"),
    AccessReason.LEAD: _("Leads of the owner’s unit and of the units above"),
    AccessReason.COLLEAGUE: _("Colleagues of the owner’s unit, who only read"),
    AccessReason.SEES_ALL: _("Sales managers who see all opportunities"),
    AccessReason.DEPUTY: _("Deputies of people who are away today"),
}


@dataclass(frozen=True)
class ReaderGroup:
    """The people who see the opportunity for one reason: how many, and the first of them by name."""

    why: AccessReason
    count: int
    people: list[User]

    @property
    def title(self) -> str:
        return str(TITLES[self.why])

    @property
    def shows_some(self) -> bool:
        return self.count > len(self.people)


@require_safe
@role_required
def who_sees(request: SignedInRequest, pk: int) -> HttpResponse:
    """The people by their reason. `?why=` shows all names of one reason, on pages."""
    opportunity = opportunity_to_read(request, pk)
    above = list(Unit.objects.filter(pk__in=units.with_those_above(opportunity.owner.unit_id)).select_related("lead"))
    today = transitions.organisation_date(timezone.now())
    found = access.readers(opportunity, [unit.pk for unit in above], on=today)
    context: dict[str, Any] = {
        "opportunity": opportunity,
        "units": above,
        "unit": next((unit for unit in above if unit.pk == opportunity.owner.unit_id), None),
        "may_lead": access.may_lead(request.user, opportunity),
    }
    if "why" in request.GET:
        why = _asked(request)
        page = page_of(request, found[why], NAMES_A_PAGE)
        context |= {"title": TITLES[why], "page": page, "query": f"why={why}&"}
    else:
        context["groups"] = groups = [_group(why, people, opportunity) for why, people in found.items()]
        context["absences"] = (
            access.absences_from(found.values(), on=today)
            .filter(deputy__in=groups[-1].people)
            .select_related("person", "deputy")
        )
    return render(request, "opportunity/who_sees.html", context)


def _asked(request: SignedInRequest) -> AccessReason:
    try:
        return AccessReason(request.GET["why"])
    except ValueError as unknown:
        raise Http404 from unknown


def _group(why: AccessReason, people: QuerySet[User], opportunity: Opportunity) -> ReaderGroup:
    """One query, and another that counts if there are more people than names. The owner is read already."""
    if why is AccessReason.OWNER:
        owner = opportunity.owner
        return ReaderGroup(why, 1, [owner]) if access.may_read(owner, opportunity) else ReaderGroup(why, 0, [])
    named = list(people[: NAMES + 1])
    count = people.count() if len(named) > NAMES else len(named)
    return ReaderGroup(why, count, named[:NAMES])

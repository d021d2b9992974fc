"""My day and the list of opportunities."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from opportunities import access, pages, way_back
from opportunities.activities import news
from opportunities.models import BulkRun, Opportunity
from opportunities.pipeline import my_day as days
from opportunities.pipeline import reps
from opportunities.pipeline.close_requests import close_requests_for
from opportunities.pipeline.filters import OpportunityFilter, controls, page
from opportunities.pipeline.import_requests import import_requests_for
from opportunities.pipeline.lists import table
from opportunities.pipeline.saved_views import rights
from opportunities.pipeline.saved_views import shown as saved_views
from opportunities.pipeline.tracks import Tracks
from opportunities.pipeline.waiver_requests import waiver_requests_for
from opportunities.views import list_page
from opportunities.views.request import role_required
from salesflow import once
from salesflow.users.requests import SignedInRequest


@require_safe
def start(request: SignedInRequest) -> HttpResponse:
    """Leads to the page that the user starts with."""
    return redirect(pages.start_of(request.user).address)


@role_required
@require_safe
@way_back.remembered("opportunity_list")
def opportunity_list(request: SignedInRequest) -> HttpResponse:
    """The opportunities that fit the address. `?view=` names the saved view that it began with."""
    key = str(request.GET.get("view", ""))
    views = saved_views.of_list(request.user, key)
    if key == saved_views.FIRST:
        return redirect(saved_views.first(request.user).address)
    if key and list(request.GET) == ["view"] and views.present.query:
        return redirect(views.present.address)
    present, now = views.present, timezone.now()
    found = OpportunityFilter(request.GET, request=request, view=present)
    return list_page.respond(
        request,
        "list/opportunity_list.html",
        found,
        is_empty=lambda: not Opportunity.objects.visible_to(request.user).exists(),
        count=lambda: found.totals.count,
        by_key=lambda pks: table.read(pks, found.shown_columns),
        rows_a_page=present.rows_a_page,
        about_rows=lambda rows: {"table": table.of(rows, found, at=now, reader=request.user)},
        controls=controls.beside(found),
        folded=controls.folded(found),
        may_tick=access.may_write(request.user) and not found.shows_all_rows,
        acts=BulkRun.Act.choices,
        token=once.new_token(),
        filters_address=f"{reverse('opportunity_filters')}{found.address()}",
        report=way_back.report_of(request, found.report),
        views=views,
        is_changed_view=present.saved is not None and found.state != present.query,
        may_change_view=present.saved is not None and rights.may_change(request.user, present.saved),
    )


@role_required
@require_safe
def opportunity_filters(request: SignedInRequest) -> HttpResponse:
    """All filters, on a page of their own or, for htmx, below the bar of the list."""
    found = OpportunityFilter(request.GET, request=request)
    return page.respond(request, found, of="opportunity_list")


@role_required
@require_safe
@way_back.remembered("my_day")
def my_day(request: SignedInRequest) -> HttpResponse:
    """The reader's own opportunities in groups; for managers also requests, and the figures of each owner.

    `?person=` shows the day of a person who is away, to the deputy.
    """
    now, tracks, user = timezone.now(), Tracks(), request.user
    person = days.person_of(user, request.GET.get("person"))
    day, is_own = days.of(person, at=now, tracks=tracks), person == user
    context: dict[str, Any] = {
        "day": day,
        "person": None if is_own else person,
        "away": access.away(user),
        "news": news.among(user, [row.opportunity for group in day.groups for row in group.rows]),
        "tracks": tracks,
    }
    if is_own:
        context |= {
            "news_count": news.counted(user),
            "requests": close_requests_for(user),
            "waiver_requests": waiver_requests_for(user),
            "import_requests": import_requests_for(user),
            "reps": reps.of(user, page=request.GET.get("page"), today=day.today, targets=tracks.targets),
            "sees_others": not day.open and Opportunity.objects.open().visible_to(user).exists(),
        }
    return render(request, "my_day/my_day.html", context)

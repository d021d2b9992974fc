"""The competitors met in an opportunity, or that none is known."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities import differences
from opportunities.forms import competition
from opportunities.views import rows
from opportunities.views.request import opportunity_for, posted, role_required, sent_once
from salesflow.users.requests import SignedInRequest

COMPETITORS = rows.Kind(
    noun=differences.COMPETITOR,
    tab="competitors",
    add_form=competition.CompetitorAddForm,
    change_form=competition.CompetitorForm,
    related="competitor",
)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def competitor_add(request: SignedInRequest, pk: int) -> HttpResponse:
    return rows.add(request, pk, COMPETITORS)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def competitor_edit(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.change(request, pk, row, COMPETITORS)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def competitor_remove(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.remove(request, pk, row, COMPETITORS)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def no_known_competitors(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that none is known, or take it back. The tab has a button; opened as an address, it is a page with one."""
    form = competition.NoKnownCompetitorsForm(
        posted(request), record=opportunity_for(request, pk), initial=rows.asked(request)
    )
    return rows.answer(request, form, COMPETITORS, rows.Answer("no_known_competitors", rows.CHANGED))

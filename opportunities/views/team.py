"""The sales team of an opportunity. Owner and managers change it; the others are told whom to ask."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities import differences
from opportunities.forms import team
from opportunities.views import rows
from opportunities.views.request import opportunity_for, posted, role_required, sent_once
from salesflow.users.requests import SignedInRequest

TEAM = rows.Kind(
    noun=differences.TEAM_MEMBER,
    tab="team",
    add_form=team.TeamMemberAddForm,
    change_form=team.TeamMemberForm,
    related="user",
    is_led=True,
)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def team_member_add(request: SignedInRequest, pk: int) -> HttpResponse:
    return rows.add(request, pk, TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def team_member_edit(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.change(request, pk, row, TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def team_member_remove(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.remove(request, pk, row, TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def sell_alone(request: SignedInRequest, pk: int) -> HttpResponse:
    """The owner as the whole team. The tab has a button; opened as an address, it is a page with one."""
    form = team.SellAloneForm(posted(request), record=opportunity_for(request, pk), initial=rows.asked(request))
    return rows.answer(request, form, TEAM, rows.Answer("sell_alone", rows.ADDED))

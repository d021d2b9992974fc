"""The page that makes the owner the whole sales team."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities.editing.children import TEAM_MEMBER
from opportunities.forms import team
from opportunities.views import child_forms
from opportunities.views.request import opportunity_for, posted, role_required
from salesflow.users.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def sell_alone(request: SignedInRequest, pk: int) -> HttpResponse:
    """Adds the owner to the team. The tab has the same form."""
    form = team.SellAloneForm(
        posted(request), record=opportunity_for(request, pk), initial=child_forms.initial_values(request)
    )
    return child_forms.respond(request, form, TEAM_MEMBER, child_forms.ChildPage(("sell_alone",), child_forms.ADDED))

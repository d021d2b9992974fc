"""The page that sets or clears `no_known_competitors`."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities.editing.children import COMPETITOR
from opportunities.forms import competitors
from opportunities.views import child_forms
from opportunities.views.request import opportunity_for, posted, role_required
from salesflow.users.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def no_known_competitors(request: SignedInRequest, pk: int) -> HttpResponse:
    """The tab has the same form. This address also is a page with it, for use without JavaScript."""
    form = competitors.NoKnownCompetitorsForm(
        posted(request), record=opportunity_for(request, pk), initial=child_forms.initial_values(request)
    )
    return child_forms.respond(
        request, form, COMPETITOR, child_forms.ChildPage(("no_known_competitors",), child_forms.CHANGED)
    )

"""The page that pins or unpins a note."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities.editing.children import NOTE
from opportunities.forms.notes import PinForm
from opportunities.views import child_forms, children
from opportunities.views.child_pages import PAGES
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def note_pin(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """Pins a note, or unpins it. The page of a GET has the same button as the tab."""
    return children.row_page(request, pk, row, PAGES[NOTE.name], PinForm, "pin", child_forms.CHANGED)

"""What a page of an opportunity asks and says while it is open: whether others changed it, and that it was seen."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opportunities import changed_by
from opportunities.activities import news
from opportunities.editing import last_looks
from opportunities.forms import fields
from opportunities.forms.rendered_for import posted_id
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.transitions import Refused
from opportunities.views.request import role_required, see_other
from salesflow.users.requests import SignedInRequest


@require_safe
@role_required
def changed(request: SignedInRequest, pk: int) -> HttpResponse:
    """204 while no other person changed the opportunity since `?version=`; otherwise one sentence about the change.

    Besides sign-in and role, one query for access and, if there are later versions, one for the change.
    """
    now = Opportunity.objects.filter(pk=pk).visible_to(request.user).values_list("version", flat=True).first()
    if now is None:
        raise Http404
    version = fields.query_id(request.GET, "version")
    if version is None:
        raise BadRequest("The version is missing or is none.")
    event = news.change_since(pk, version=version, reader=request.user) if now > version else None
    if event is None:
        return HttpResponse(status=204)
    said = HttpResponse(changed_by.sentence(event, request.user), content_type="text/plain; charset=utf-8")
    said["X-Version"] = str(event.version)  # the sentence says how long ago, so it is another one each time
    return said


@require_POST
@role_required
def seen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remembers the version that the page showed. A script sends it when the page is left, and shows no answer."""
    opportunity = Opportunity.objects.only("version").filter(pk=pk).visible_to(request.user).first()
    if opportunity is None:
        raise Http404
    version = posted_id(request.POST, "version")
    if version > opportunity.version:
        raise BadRequest("The opportunity never had this version.")
    is_quiet = "quiet" in request.POST
    try:
        last_looks.see(opportunity=opportunity, by=request.user, at=timezone.now(), version=version)
    except Refused as refusal:
        if is_quiet:
            return HttpResponse(status=status_of(refusal))
        messages.error(request, str(refusal))
    else:
        if is_quiet:
            return HttpResponse(status=204)
        messages.success(request, _("Marked as seen."))
    return see_other(opportunity)

"""What is pressed on an import: discard, start, stop, go on.

A page that shows another state than the present one is answered with 409 and the present page.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opportunities.import_pages import found
from opportunities.import_pages.preview_page import preview
from opportunities.import_pages.reading_page import reading
from opportunities.import_pages.report_page import report
from opportunities.imports import making, previewing, running
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import role_required, see_other
from salesflow.users.requests import SignedInRequest


def present(request: SignedInRequest, run: Import, refusal: Refused) -> HttpResponse:
    """The page that shows the import as it is now, with why nothing was done."""
    if run.is_started:
        return report(request, run, refusal)
    return preview(request, run, refusal) if run.is_mapped else reading(request, run, refusal)


@require_POST
@role_required
def import_discard(request: SignedInRequest, run: int) -> HttpResponse:
    """Deletes an import that was not started."""
    own = found.own_import(request, run)
    try:
        found.refuse_old_page(request, own)
        making.discard(own)
    except Refused as refusal:
        return present(request, own, refusal)
    messages.success(request, _("The import was discarded. Nothing was imported."))
    return see_other(reverse("imports"))


@require_POST
@role_required
def import_start(request: SignedInRequest, run: int) -> HttpResponse:
    """Starts the import that the page showed."""
    own = found.own_import(request, run)
    if own.is_started:
        return see_other(found.address(own))
    try:
        found.refuse_old_page(request, own)
        running.start(own, by=request.user, at=timezone.now())
    except Refused as refusal:
        return present(request, own, refusal)
    running.go_on(own, clock=timezone.now)
    return see_other(found.address(own))


@require_POST
@role_required
def import_stop(request: SignedInRequest, run: int) -> HttpResponse:
    own = found.own_import(request, run)
    if not own.is_under_way:
        return see_other(found.address(own))
    try:
        found.refuse_old_page(request, own)
    except found.ImportChanged as refusal:
        return present(request, own, refusal)
    if running.stop(own, at=timezone.now()):
        messages.success(request, _("Stopped. What is done stays done."))
    return see_other(found.address(own))


@require_POST
@role_required
def import_go_on(request: SignedInRequest, run: int) -> HttpResponse:
    """Goes on with an import that was stopped, or whose worker has died."""
    own = found.own_import(request, run)
    if own.finished_at is not None or (own.is_counted and not own.is_started):
        return see_other(found.address(own))
    try:
        found.refuse_old_page(request, own)
    except found.ImportChanged as refusal:
        return present(request, own, refusal)
    if not own.is_started:
        previewing.wake()
        return see_other(reverse("import_preview", args=[own.pk]))
    running.resume(own)
    running.go_on(own, clock=timezone.now)
    return see_other(found.address(own))

"""What a user sets about the digest and the calendar of their tasks, and the calendar itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from opportunities.activities import calendar
from opportunities.activities import reminders as reminders_of
from opportunities.views.request import role_required, see_other
from salesflow.users.requests import SignedInRequest


@require_POST
@role_required
def set_digest(request: SignedInRequest) -> HttpResponse:
    """Turns the digest on or off."""
    wanted = request.POST.get("wanted")
    if wanted not in ("on", "off"):
        raise BadRequest("The digest is on or off.")
    reminders_of.set_digest(request.user, is_wanted=wanted == "on")
    return _said(request, _("You get a mail each morning.") if wanted == "on" else _("You get no mail any more."))


@require_POST
@role_required
def make_calendar(request: SignedInRequest) -> HttpResponse:
    """Makes the secret address of the calendar, or a new one."""
    reminders_of.make_calendar(request.user)
    return _said(request, _("Your calendar has a new address."))


@require_POST
@role_required
def end_calendar(request: SignedInRequest) -> HttpResponse:
    reminders_of.end_calendar(request.user)
    return _said(request, _("The address of your calendar has ended."))


def _said(request: SignedInRequest, sentence: str) -> HttpResponse:
    """The way back to the reminders, with a message."""
    messages.success(request, sentence)
    return see_other(f"{reverse('my_tasks')}#reminders")


@login_not_required
@never_cache
@require_safe
def feed(request: HttpRequest, user: int, key: str) -> HttpResponse:
    """The calendar. Its address is secret: a program that reads it does not sign in."""
    reader = reminders_of.calendar_user(user, key)
    if reader is None:
        raise Http404
    with translation.override(reader.language):
        return HttpResponse(calendar.feed(reader), content_type="text/calendar; charset=utf-8")

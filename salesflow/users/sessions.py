"""The sessions of a user: where the user is signed in. The user ends one, or all others."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.exceptions import BadRequest
from django.db import models
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from salesflow.users import browsers
from salesflow.users.requests import SignedInRequest

OTHERS = "others"
MOST_SHOWN = 50


@require_safe
def user_sessions(request: SignedInRequest) -> HttpResponse:
    """The sessions that are still open: this one, then the others, the newest first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    current = request.session.session_key
    found = _of(request).filter(session_key__in=alive)[:MOST_SHOWN]
    shown = sorted(found, key=lambda session: session.session_key != current)
    for session in shown:
        session.browser = browsers.shown(session.user_agent)
    context = {"sessions": shown, "current": current, "has_others": any(each.session_key != current for each in shown)}
    return render(request, "account/sessions.html", context)


@require_POST
def end_sessions(request: SignedInRequest) -> HttpResponse:
    """Ends the session with the posted id, or all others than this one. One that has ended already is no error."""
    wanted = request.POST.get("session", "")
    others = _of(request).exclude(session_key=request.session.session_key or "")
    if wanted != OTHERS:
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
            raise BadRequest("The form does not say which session.")
        others = others.filter(pk=wanted)
    for session in others:
        session.end()
    messages.success(request, _("Signed out there."))
    return HttpResponseRedirect(reverse("user_sessions"), status=303)


def _of(request: SignedInRequest) -> "models.QuerySet[UserSession]":
    return UserSession.objects.filter(user=request.user.pk).order_by("-created_at", "-pk")

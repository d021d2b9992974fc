"""Sets the language, the theme and the start page of the user."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from salesflow.users import language
from salesflow.users.models import Theme, User
from salesflow.users.requests import SignedInRequest
from salesflow.users.start_pages import StartPage


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Sets the language of the pages, on all devices of the user."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise BadRequest
    response = _back(request)
    language.choose(request, response, chosen)
    return response


@require_POST
def set_theme(request: SignedInRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    if chosen not in Theme:
        raise BadRequest
    User.objects.filter(pk=request.user.pk).update(theme=chosen)
    return _back(request)


@require_POST
def set_start_page(request: SignedInRequest) -> HttpResponse:
    chosen = request.POST.get("start_page", "")
    if chosen not in StartPage:
        raise BadRequest
    User.objects.filter(pk=request.user.pk).update(start_page=chosen)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Redirects to the page with the button, if it is one of ours."""
    page = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(page if ours else "/")

"""The admin site, for managers and superusers. Its sign-in page is that of all users."""

import functools
from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.models import Opportunity

FREE_TEXT = (SEARCH_VAR, "term")


class Site(admin.AdminSite):
    site_header = site_title = "Salesflow"
    index_title = _("Administration")
    empty_value_display = "–"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Removes Django's action that deletes several rows, because it checks no rule of ours."""
        super().__init__(*args, **kwargs)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_manager

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return super().admin_view(_checked(view), cacheable)

    def get_urls(self) -> list[Any]:
        """The way to the page of a row shows no more than that page."""
        view = self.admin_view(_view_on_site)
        return [path("r/<path:content_type_id>/<path:object_id>/", view, name="view_on_site"), *super().get_urls()]

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirects to the page that all users have, which limits attempts."""
        return redirect("account_change_password")

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Redirects to the sign-in page, which limits attempts. Refuses a user without the role."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return secure_admin_login(super().login)(request, extra_context=extra_context)


def _view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
    """Redirects to the page of a row. 404 for an opportunity that the user may not see, as for one that is missing."""
    kind = ContentType.objects.get_for_model(Opportunity).pk
    if fields.clean_id(content_type_id) == kind:
        visible = Opportunity.objects.filter(pk=fields.clean_id(object_id) or 0).visible_to(request.user)  # type: ignore[arg-type]
        if not visible.exists():
            raise Http404
    return shortcut(request, content_type_id, object_id)


def _checked(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses filters that the page does not offer, and values for which a database would raise an error or take long.

    Django ignores a filter that it does not understand; here the page says so.
    """

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        for name, values in request.GET.lists():
            if not _is_offered(name) or any("\0" in value for value in values):
                raise BadRequest
            if name not in FREE_TEXT and any(_is_too_large(value) for value in values):
                raise BadRequest
        if any(fields.clean_id(chosen) is None for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        response = view(request, *args, **kwargs)
        if response.status_code == 302 and response["Location"] == f"{request.path}?{ERROR_FLAG}=1":
            messages.warning(request, gettext("A filter was not understood and is left out."))
        return response

    return checked


def _is_too_large(value: str) -> bool:
    """Whether it is a number too large for an id. SQLite raises an error for one, PostgreSQL finds nothing."""
    try:
        return abs(int(value)) > fields.LARGEST_ID
    except ValueError:
        return False


def _is_offered(name: str) -> bool:
    """Whether the filters beside our lists use this name. Django would take `name__regex`, too."""
    _, *lookups = name.split("__")
    return lookups in ([], ["exact"], ["isnull"], ["id", "exact"])

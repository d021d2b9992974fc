"""Who may open the pages: `access` says so."""

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from opportunities import access
from opportunities.customer_pages import moved
from opportunities.views.request import role_required
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

View = Callable[..., HttpResponse]


def readers_only(view: View) -> View:
    return _only(access.may_read_customers, view)


def editors_only(view: View) -> View:
    return _only(access.may_edit_customers, view)


def _only(is_allowed: Callable[[User], bool], view: View) -> View:
    view = moved.leads_to_survivor(view)

    @functools.wraps(view)
    @role_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_allowed(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded

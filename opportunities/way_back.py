"""The way back from an opportunity: to the list as it was filtered, sorted and paged, to My day, or to a report.

A list that a figure leads to names its report (`?report=`), and leads back to that as it was seen last.

The page that was seen last is in a signed cookie, not in the address: so it survives a save and a move, and the
addresses of opportunities stay plain. js/way_back.js does the same for each tab of the browser.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesflow.prefetch import is_prefetch
from salesflow.users.requests import SignedInRequest

LIST = "opportunity_list"

PLACES: dict[str, str | Promise] = {
    LIST: _("Opportunities"),
    "board": _("Board"),
    "my_day": _("My day"),
    "news": _("What changed"),
}
"""The pages that lead to opportunities, with their names. The first is the way back if none was seen."""

PLACE, REPORT = "place", "report"
"""Which page is remembered. `?report=` is the parameter of a list, too: the report whose figure led there."""

_REPORTS: set[str] = set()

LONGEST = 1000
"""A longer query is not stored: a cookie has little room."""

_SALT = "opportunities.way_back"

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class SeenPage:
    """A page that leads to opportunities, as it was seen last."""

    name: str
    query: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it is the list, in which an opportunity has one before and one after it."""
        return self.name == LIST

    @property
    def label(self) -> str | Promise:
        return PLACES[self.name]

    @property
    def address(self) -> str:
        return f"{reverse(self.name)}?{self.query}" if self.query else reverse(self.name)


def add_reports(labels: Mapping[str, str | Promise]) -> None:
    """Adds the reports to the places, by the names of their addresses."""
    PLACES.update(labels)
    _REPORTS.update(labels)


def report_named(query: QueryDict) -> str:
    """The name of the report that the address of a list has; empty without one."""
    name = query.get(REPORT, "")
    return name if name in _REPORTS else ""


def report_of(request: HttpRequest, name: str) -> SeenPage | None:
    """The report with this name as this user saw it last; None without a name."""
    if not name:
        return None
    seen = _stored(request, _cookie(REPORT))
    return seen if seen and seen.name == name else SeenPage(name)


def remembered(name: str) -> Callable[[View], View]:
    """Makes a view the way back from the opportunities that are opened after it. `name` is a key of `PLACES`.

    A page that the browser only fetches ahead is not remembered.
    """

    def decorated(view: View) -> View:
        @functools.wraps(view)
        def seen(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and not is_prefetch(request):
                place = SeenPage(name, _query(request))
                for of in (PLACE, REPORT) if name in _REPORTS else (PLACE,):
                    _remember(request, response, place, of)
            return response

        return seen

    return decorated


def place_of(request: HttpRequest) -> SeenPage:
    """The page to which this user goes back."""
    return _stored(request, _cookie(PLACE)) or SeenPage(next(iter(PLACES)))


def _stored(request: HttpRequest, cookie: str) -> SeenPage | None:
    stored = request.get_signed_cookie(cookie, default="", salt=_SALT) or ""
    user, _space, place = stored.partition(" ")
    name, _space, query = place.partition(" ")
    if user != str(request.user.pk) or name not in PLACES:
        return None
    return SeenPage(name, QueryDict(query).urlencode())


def _cookie(of: str) -> str:
    """The name of the cookie with the page that was seen last, or with the report."""
    return settings.WAY_BACK_COOKIE_NAME if of == PLACE else f"{settings.WAY_BACK_COOKIE_NAME}_{of}"


def _query(request: SignedInRequest) -> str:
    query = request.GET.urlencode()
    return query if len(query) <= LONGEST else ""


def _remember(request: SignedInRequest, response: HttpResponse, place: SeenPage, of: str) -> None:
    if place == _stored(request, _cookie(of)):
        return
    response.set_signed_cookie(
        _cookie(of),
        f"{request.user.pk} {place.name} {place.query}",
        salt=_SALT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )

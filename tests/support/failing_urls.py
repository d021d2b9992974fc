"""The product's addresses, and some that raise what a view may raise."""

from django.contrib.auth.decorators import login_not_required
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from salesflow import urls

handler400, handler429, handler500 = urls.handler400, urls.handler429, urls.handler500


class OfPostgreSQL(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


class OfSQLite(Exception):
    def __init__(self, name):
        self.sqlite_errorname = name


BUSY = {
    "lock-not-available": OfPostgreSQL("55P03"),
    "deadlock": OfPostgreSQL("40P01"),
    "serialization": OfPostgreSQL("40001"),
    "statement-timeout": OfPostgreSQL("57014"),
    "sqlite-busy": OfSQLite("SQLITE_BUSY"),
    "sqlite-snapshot": OfSQLite("SQLITE_BUSY_SNAPSHOT"),
    "sqlite-locked": OfSQLite("SQLITE_LOCKED_SHAREDCACHE"),
}
IMPOSSIBLE = {
    "data": DataError("value too long for type character varying(200)"),
    "overflow": OverflowError("Python int too large to convert to SQLite INTEGER"),
    "surrogate": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
}
FAULTS = {
    "bug": KeyError("name"),
    "constraint": IntegrityError("CHECK constraint failed"),
    "no-table": OperationalError("no such table"),
    "full-disk": OfSQLite("SQLITE_FULL"),
}


@login_not_required
def raising(request: HttpRequest, what: str) -> HttpResponse:
    if what in BUSY or what == "full-disk":
        raise OperationalError(what) from {**BUSY, **FAULTS}[what]
    raise {**IMPOSSIBLE, **FAULTS}[what]


urlpatterns = [path("raising/<slug:what>/", raising, name="raising"), *urls.urlpatterns]

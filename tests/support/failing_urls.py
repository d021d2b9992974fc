"""The addresses of the product, and addresses that raise the errors that a view may raise."""

from django.contrib.auth.decorators import login_not_required
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from salesflow import urls

handler400, handler429, handler500 = urls.handler400, urls.handler429, urls.handler500


class PostgreSQLError(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


class SQLiteError(Exception):
    def __init__(self, name):
        self.sqlite_errorname = name


BUSY = {
    "lock-not-available": PostgreSQLError("55P03"),
    "deadlock": PostgreSQLError("40P01"),
    "serialization": PostgreSQLError("40001"),
    "statement-timeout": PostgreSQLError("57014"),
    "sqlite-busy": SQLiteError("SQLITE_BUSY"),
    "sqlite-snapshot": SQLiteError("SQLITE_BUSY_SNAPSHOT"),
    "sqlite-locked": SQLiteError("SQLITE_LOCKED_SHAREDCACHE"),
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
    "full-disk": SQLiteError("SQLITE_FULL"),
}


@login_not_required
def raising(request: HttpRequest, what: str) -> HttpResponse:
    if what in BUSY or what == "full-disk":
        raise OperationalError(what) from {**BUSY, **FAULTS}[what]
    raise {**IMPOSSIBLE, **FAULTS}[what]


urlpatterns = [path("raising/<slug:what>/", raising, name="raising"), *urls.urlpatterns]

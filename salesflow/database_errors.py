"""Classifies database errors: the database is busy, or it cannot store a value."""

from django.db import DataError, OperationalError

LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION, QUERY_CANCELED = "55P03", "40P01", "40001", "57014"
_BUSY_ON_POSTGRESQL = {LOCK_NOT_AVAILABLE, DEADLOCK, SERIALIZATION, QUERY_CANCELED}
_BUSY_ON_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_busy(error: BaseException | None) -> bool:
    """Whether the same request may succeed a moment later, after a lock, a deadlock or a timeout."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _BUSY_ON_POSTGRESQL:
        return True
    return getattr(cause, "sqlite_errorname", "").startswith(_BUSY_ON_SQLITE)


def is_impossible(error: BaseException | None) -> bool:
    """Whether the request contains a value that no database can store: an id of 2**63, a NUL, a surrogate."""
    return isinstance(error, (DataError, OverflowError, UnicodeEncodeError))

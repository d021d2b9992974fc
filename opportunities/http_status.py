"""The HTTP status that answers a refusal, for pages and for the admin."""

from opportunities import transitions

_STALE = (transitions.StaleMove, transitions.StaleTask, transitions.StaleVersion)


def status_of(refusal: transitions.Refused) -> int:
    """409 for what is out of date, 503 for what can be tried again, 422 for the rest."""
    if isinstance(refusal, _STALE):
        return 409
    return 503 if isinstance(refusal, transitions.Busy) else 422

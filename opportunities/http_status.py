"""The HTTP status that answers a refusal, for pages and for the admin."""

from opportunities.refusals import Refused


def status_of(refusal: Refused) -> int:
    """409 if the page is out of date, 503 if a new attempt may succeed, 422 otherwise."""
    if refusal.is_stale:
        return 409
    return 503 if refusal.may_pass else 422

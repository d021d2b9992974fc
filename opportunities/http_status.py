"""The HTTP status that answers a refusal, for pages and for the admin."""

from opportunities import transitions
from opportunities.customers.changing import ChangedMeanwhile
from opportunities.editing.conflicts import ErasedMeanwhile
from opportunities.editing.mails import AddressChanged
from opportunities.editing.stored_files import StorageFailed
from opportunities.privacy.erasing import StalePerson

_STALE = (
    transitions.StaleMove,
    transitions.StaleTask,
    transitions.StaleVersion,
    transitions.OpportunityClosed,
    AddressChanged,
    ChangedMeanwhile,
    ErasedMeanwhile,
    StalePerson,
)


def status_of(refusal: transitions.Refused) -> int:
    """409 if the page is out of date, 503 if a new attempt may succeed, 422 otherwise."""
    if isinstance(refusal, _STALE):
        return 409
    return 503 if isinstance(refusal, (transitions.Busy, StorageFailed)) else 422

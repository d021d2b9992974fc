"""A form that is sent twice, by a double click or a browser that tries again, does what it does once.

The form carries a hidden `token`, new for every page. What counts as the same is the token and all that was entered,
so that going back, changing the text and sending again is not taken for a repetition.
"""

import hashlib

from django.core.cache import cache
from django.utils.translation import gettext as _

from opportunities import transitions
from salesflow.users.requests import SignedInRequest

REMEMBERED = 24 * 60 * 60  # seconds
CLAIMED = 0


def led_to(request: SignedInRequest) -> int | None:
    """What the same form led to before, if that is done.

    Ask before the form is judged: what it did, such as an account of that name, would be in the way of a second time.
    """
    return (cache.get(_key(request)) or None) if request.POST.get("token") else None


def claim(request: SignedInRequest) -> int | None:
    """As `led_to`; None the first time, which has the claim from now on.

    Call it in the transaction of the write: the cache is a table of the same database, so that the claim is gone when
    the write is refused, and the second of two at once waits here for the first. Refusal: Busy.
    """
    if not request.POST.get("token") or cache.add(_key(request), CLAIMED, REMEMBERED):
        return None
    before = led_to(request)
    if before is None:
        raise transitions.Busy(_("This is being saved already. Try again in a moment."))
    return before


def remember(request: SignedInRequest, pk: int) -> None:
    cache.set(_key(request), pk, REMEMBERED)


def _key(request: SignedInRequest) -> str:
    posted = f"{request.user.pk} {request.path} {request.POST.urlencode()}"
    return f"sent-{hashlib.sha256(posted.encode()).hexdigest()}"

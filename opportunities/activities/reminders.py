"""What a user gets outside of the pages: whether the digest is on, and the secret address of the calendar."""

import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

from opportunities.models import Reminders
from salesflow.users.models import User

_SALT = "opportunities.activities.reminders.calendar"


def of(user: User) -> Reminders:
    """The user's own, or what holds for a user who never chose. One query."""
    return Reminders.objects.filter(user=user).first() or Reminders(user=user)


def set_digest(user: User, *, is_wanted: bool) -> None:
    Reminders.objects.update_or_create(user=user, defaults={"wants_digest": is_wanted})


def make_calendar(user: User) -> None:
    """Makes a new secret address for the calendar. The old one ends."""
    Reminders.objects.update_or_create(user=user, defaults={"calendar_nonce": secrets.token_hex(16)})


def end_calendar(user: User) -> None:
    """Ends the secret address of the calendar."""
    Reminders.objects.filter(user=user).update(calendar_nonce="")


def calendar_key(reminders: Reminders) -> str:
    """The secret in the address of the calendar; empty if there is no calendar. No query."""
    if not reminders.calendar_nonce:
        return ""
    return salted_hmac(_SALT, f"{reminders.user_id}:{reminders.calendar_nonce}", algorithm="sha256").hexdigest()


def calendar_user(user_id: int, key: str) -> User | None:
    """The user whose calendar has this address, if they may sign in and have a role. At most two queries."""
    found = Reminders.objects.select_related("user").filter(user_id=user_id).exclude(calendar_nonce="").first()
    if found is None or not constant_time_compare(calendar_key(found), key):
        return None
    user: User = found.user
    return user if user.has_role else None

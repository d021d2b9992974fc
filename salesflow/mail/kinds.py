"""Which function writes the mails of which kind. The app that knows a kind registers it when it is ready."""

from collections.abc import Callable

from django.core.mail import EmailMessage

from salesflow.mail.models import OutboxMail

Compose = Callable[[OutboxMail], EmailMessage | None]

_kinds: dict[str, Compose] = {}


def register(kind: str, compose: Compose) -> None:
    """Names the function that writes mails of this kind. It answers None when there is nothing to send."""
    _kinds[kind] = compose


def composer(kind: str) -> Compose:
    """Raises LookupError for a kind that no app registered."""
    if kind not in _kinds:
        raise LookupError(f"No function writes mails of the kind {kind}.")
    return _kinds[kind]

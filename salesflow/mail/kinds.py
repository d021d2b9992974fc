"""The functions that write the mails of each kind. An app registers its kinds in `ready`."""

from collections.abc import Callable

from django.core.mail import EmailMessage

from salesflow.mail.models import OutboxMail

Compose = Callable[[OutboxMail], EmailMessage | None]

_kinds: dict[str, Compose] = {}


def register(kind: str, compose: Compose) -> None:
    """Registers the function that writes mails of this kind. It returns None when there is nothing to send."""
    _kinds[kind] = compose


def composer(kind: str) -> Compose:
    """The function that writes mails of this kind. Raises LookupError for a kind that no app registered."""
    if kind not in _kinds:
        raise LookupError(f"No function writes mails of the kind {kind}.")
    return _kinds[kind]

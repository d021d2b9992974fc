"""What every template may ask."""

from collections.abc import Callable

from django.http import HttpRequest

from opportunities import access


def rights(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """The rights that do not depend on an opportunity. A template that does not ask costs no query."""
    user = getattr(request, "user", None)
    return {
        "may_write": lambda: user is not None and user.is_authenticated and access.may_write(user),
        "may_import_files": lambda: user is not None and user.is_authenticated and access.may_import_files(user),
        "may_hand_over": lambda: user is not None and user.is_authenticated and access.may_hand_over(user),
        "may_define": lambda: user is not None and user.is_authenticated and access.may_define(user),
    }

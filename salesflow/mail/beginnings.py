"""What a worker does first: an earlier one may have died during a task. An app registers its functions in `ready`."""

from collections.abc import Callable

_functions: list[Callable[[], None]] = []


def register(function: Callable[[], None]) -> None:
    """Registers a function that makes the worker go on with what an earlier one has left."""
    if function not in _functions:
        _functions.append(function)


def begin() -> None:
    for function in _functions:
        function()

"""A number for what a page shows, so that a post can say what its page was drawn for."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

BYTES = 7  # so that it is an id for both databases


def of(values: Iterable[Any]) -> int:
    """A number that differs whenever one of the values does."""
    drawn = json.dumps(list(values), default=str, sort_keys=True)
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:BYTES])

"""Mappings that a person keeps: by itself that of the last file of a shape, and those with a name."""

import datetime
from collections.abc import Sequence

from opportunities.models import Import, SavedMapping
from salesflow.users.models import User


def remember(run: Import, *, at: datetime.datetime, name: str = "") -> SavedMapping:
    """Stores the mapping of the import for files with these headings. The same name replaces the one before."""
    raise NotImplementedError


def offered(by: User, noun: str, headings: Sequence[str]) -> list[SavedMapping]:
    """The mappings of this person for files with these headings, the last used first. One query."""
    raise NotImplementedError

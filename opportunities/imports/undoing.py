"""Takes a whole import back, while nothing that it made was changed since."""

import datetime
from collections.abc import Sequence

from opportunities.models import Import, ImportAct, ImportRow
from opportunities.refusals import Refused
from salesflow.users.models import User


class CannotBeUndone(Refused):
    """Something that the import made was changed since, or it is not finished. The sentence says what."""

    code = "cannot_be_undone"


def changed_rows(run: Import, most: int = 10) -> Sequence[ImportRow]:
    """The first rows whose opportunity, account or contact was changed since the import. Two queries."""
    raise NotImplementedError


def why_not(run: Import, by: User) -> str:
    """Why this person cannot take the import back, as a sentence; empty if they can."""
    raise NotImplementedError


def undo(run: Import, *, by: User, at: datetime.datetime) -> ImportAct:
    """Begins to take back what the import created and changed. Returns the act, started; call `acting.go_on` next.

    What is changed meanwhile stays, with the reason. The accounts and contacts that rows of opportunities created go
    too, unless they are used. Refusals: NotAllowed, CannotBeUndone.
    """
    raise NotImplementedError

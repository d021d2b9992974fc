"""A rep asks that the deals of an import get the stages of the file; a manager agrees once for all of them, or declines."""

import datetime

from django.db.models import QuerySet

from opportunities.models import Import, ImportAct
from salesflow.users.models import User


def ask(run: Import, *, by: User, at: datetime.datetime) -> None:
    """Asks the managers. An import with `keeps` "asked" asks by itself when it is finished.

    Only the person who imported, after the run is finished, if an opportunity of it is not in the stage of the file.
    Refusals: NotNow, NotAllowed.
    """
    raise NotImplementedError


def waiting_for(manager: User) -> QuerySet[Import]:
    """The imports that wait for an answer that this person may give. No query; empty for one who may not."""
    raise NotImplementedError


def may_answer(run: Import, by: User) -> bool:
    """Whether this person may approve or decline: a manager who sees the deals of the person who imported."""
    raise NotImplementedError


def approve(run: Import, *, by: User, at: datetime.datetime) -> ImportAct:
    """Agrees. Returns the act, started, that moves each deal; call `acting.go_on` next.

    A deal that was moved, closed or deleted since is left as it is, with the reason. Refusals: NotAllowed, NotNow.
    """
    raise NotImplementedError


def decline(run: Import, *, by: User, at: datetime.datetime) -> None:
    """Leaves the deals where they are. Refusals: NotAllowed, NotNow."""
    raise NotImplementedError

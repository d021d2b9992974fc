"""A rep asks that the deals of an import get the stages of the file; a manager agrees once for all, or declines."""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opportunities import access
from opportunities.imports import acting, outcomes
from opportunities.imports.making import NotNow
from opportunities.models import Import, ImportAct
from opportunities.refusals import NotAllowed
from salesflow.users.models import User


def ask(run: Import, *, by: User, at: datetime.datetime) -> None:
    """Asks the managers. An import with `keeps` "asked" asks by itself when it is finished.

    Only the person who imported, after the run is finished, if an opportunity of it is not in the stage of the file.
    Refusals: NotNow, NotAllowed.
    """
    if by != run.by:
        raise NotAllowed(_("Only the person who imported it may ask."))
    if not _ask(run, at):
        raise NotNow(_("There is nothing to ask for, or it was asked already."))


def ask_by_itself(run: Import, *, at: datetime.datetime) -> None:
    """Asks for a finished import whose person wanted that. Harmless if called twice."""
    if run.keeps == Import.Keeps.ASKED:
        _ask(run, at)


def _ask(run: Import, at: datetime.datetime) -> bool:
    if not outcomes.not_in_their_stage(run).exists():
        return False
    waiting = Import.objects.filter(pk=run.pk, finished_at__isnull=False, asked_at=None)
    return bool(waiting.update(asked_at=at))


def waiting_for(manager: User) -> QuerySet[Import]:
    """The imports that wait for an answer that this person may give. No query; none for one who may not."""
    waiting = Import.objects.filter(asked_at__isnull=False, answer="")
    return waiting.filter(by__in=access.people_whose_requests_may_be_answered(manager).values("pk"))


def may_answer(run: Import, by: User) -> bool:
    """Whether this person may approve or decline: a manager who sees the deals of the person who imported."""
    return waiting_for(by).filter(pk=run.pk).exists()


def approve(run: Import, *, by: User, at: datetime.datetime) -> ImportAct:
    """Agrees. Returns the act, started, that moves each deal; call `acting.go_on` next.

    A deal that was moved, closed or deleted since is left as it is, with the reason. Refusals: NotAllowed, NotNow.
    """
    with transaction.atomic():
        _answer(run, Import.Answer.APPROVED, by, at)
        return acting.begin(ImportAct.Act.KEEP, run, outcomes.not_in_their_stage(run), by=by, at=at)


def decline(run: Import, *, by: User, at: datetime.datetime) -> None:
    """Leaves the deals where they are. Refusals: NotAllowed, NotNow."""
    _answer(run, Import.Answer.DECLINED, by, at)


def _answer(run: Import, answer: str, by: User, at: datetime.datetime) -> None:
    if not access.people_whose_requests_may_be_answered(by).filter(pk=run.by_id).exists():
        raise NotAllowed(_("Only a manager who sees these deals may answer."))
    waiting = Import.objects.filter(pk=run.pk, asked_at__isnull=False, answer="")
    if not waiting.update(answer=answer, answered_at=at, answered_by=by):
        raise NotNow(_("Another manager has answered already, or nothing was asked."))
    run.refresh_from_db()

"""Takes a whole import back, while nothing that it made was changed since."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import access
from opportunities.imports import acting
from opportunities.models import Import, ImportAct, ImportActRow, ImportRow
from opportunities.refusals import NotAllowed, Refused
from salesflow.users.models import User

_COLUMNS = {
    Import.Noun.OPPORTUNITIES: "opportunity",
    Import.Noun.ACCOUNTS: "account",
    Import.Noun.CONTACTS: "contact",
}
"""The column of a row that has what it created or changed, by noun."""


class CannotBeUndone(Refused):
    """Something that the import made was changed since, or it is not finished. The sentence says what."""

    code = "cannot_be_undone"


def done_rows(run: Import) -> QuerySet[ImportRow]:
    """The rows that wrote something. No query."""
    return run.rows.filter(outcome__in=[ImportRow.Outcome.CREATED, ImportRow.Outcome.UPDATED])


def changed(run: Import) -> QuerySet[ImportRow]:
    """The rows whose opportunity, account or contact was changed or deleted since the import. No query."""
    column = _COLUMNS[Import.Noun(run.noun)]
    is_gone = Q(**{f"{column}__isnull": True})
    return done_rows(run).filter(is_gone | ~Q(**{f"{column}__version": F("written_version")})).select_related(column)


def changed_rows(run: Import, most: int = 10) -> Sequence[ImportRow]:
    """The first of `changed`. One query."""
    return list(changed(run)[:most])


def refused(act: ImportAct) -> QuerySet[ImportRow]:
    """The rows that this undo did not take back, each with the reason as `why`. No query."""
    refusals = ImportActRow.objects.filter(run=act, outcome=ImportActRow.Outcome.REFUSED)
    reason = refusals.filter(row=OuterRef("pk")).values("why")[:1]
    return ImportRow.objects.filter(run=act.of_id, pk__in=refusals.values("row")).annotate(why=Subquery(reason))


def may_undo(run: Import, by: User) -> bool:
    """The person who imported may, and managers who see the deals of that person."""
    if by == run.by:
        return access.may_import_files(by)
    return access.people_whose_requests_may_be_answered(by).filter(pk=run.by_id).exists()


def why_not(run: Import, by: User) -> str:
    """Why this person cannot take the import back, as a sentence; empty if they can. At most four queries."""
    if not may_undo(run, by):
        return _("Only the person who imported it and managers may take an import back.")
    if not run.is_started or run.is_under_way:
        return _("The import is not finished.")
    if any(act.is_under_way for act in run.acts.all()):
        return _("Another act on this import is under way.")
    if not done_rows(run).exists():
        return _("The import has nothing to take back.")
    count = changed(run).count()
    if count:
        sentence = ngettext(
            "%(count)d row was changed or deleted after the import.",
            "%(count)d rows were changed or deleted after the import.",
            count,
        )
        return sentence % {"count": count}
    return ""


def undo(run: Import, *, by: User, at: datetime.datetime) -> ImportAct:
    """Begins to take back what the import created and changed. Returns the act, started; call `acting.go_on` next.

    What is changed meanwhile stays, with the reason. The accounts, contacts and competitors that its rows created go
    too, unless a person has changed them or something uses them; then the undo of the last import that uses them takes
    them along. An import that was stopped cannot go on afterwards. Refusals: NotAllowed, CannotBeUndone.
    """
    if not may_undo(run, by):
        raise NotAllowed(why_not(run, by))
    with transaction.atomic():
        locked = Import.objects.select_for_update(no_key=True).get(pk=run.pk)
        sentence = why_not(locked, by)
        if sentence:
            raise CannotBeUndone(sentence)
        Import.objects.filter(pk=run.pk, finished_at=None).update(finished_at=at)
        return acting.begin(ImportAct.Act.UNDO, run, done_rows(run), by=by, at=at)

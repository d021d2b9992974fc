"""Copies an opportunity: a new one with the people and the customer need of an old one, such as a renewal."""

import datetime
import enum
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing import answers, attachments, children, rules, stored_files
from opportunities.editing.child_table import ChildTable
from opportunities.models import Attachment, Opportunity, SourceKind
from opportunities.models.stamp import Stamp
from opportunities.transitions import starting
from opportunities.transitions.closing import organisation_date
from opportunities.transitions.refusals import StaleMove
from salesflow import months
from salesflow.users.models import User, with_role


class CopyPart(enum.StrEnum):
    """What a copy can take along. The others are always taken along: account and contact."""

    STAKEHOLDERS = "stakeholders"
    COMPETITORS = "competitors"
    CUSTOMER_NEED = "customer_need"
    FILES = "files"
    TEAM = "team"


TABLES = {
    CopyPart.STAKEHOLDERS: children.STAKEHOLDER,
    CopyPart.COMPETITORS: children.COMPETITOR,
    CopyPart.TEAM: children.TEAM_MEMBER,
}
"""The child tables whose rows a part takes along."""


Files = Iterable[tuple[Attachment, stored_files.StoredFile]]
"""The files to take along: the row of each, and the stored copy."""


def copy(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    name: str,
    estimated_revenue: Decimal | None = None,
    take: Collection[CopyPart] = (),
    files: Files = (),
    renewed_after: int | None = None,
    version: int | None = None,
) -> Opportunity:
    """Creates an opportunity of `by` from this one, which is not changed and may be closed.

    It begins in the first stage of the process for new opportunities; `renewed_after`: as a renewal, in so many months.
    `files` are stored before the transaction of their rows begins. `version` is that of the page.
    Refusals: NotAllowed, StaleMove, InvalidEntry, TooManyFiles, Gone, NoSuchMove, Busy.
    """
    with editing.written_or_refused(is_new=True):
        process = starting.locked_process(None)
        source = editing.locked_row(opportunity)
        _refuse(by, source, version)
        stamp = Stamp(by, max(at, source.modified_at))
        record = starting.unsaved(by=by, at=stamp.at, owner=by, name=name)
        record.source, record.source_kind = source, SourceKind.COPY if renewed_after is None else SourceKind.RENEWAL
        entries = _taken_entries(source, take, renewed_after, stamp.at)
        starting.set_entries(record, {**entries, "estimated_revenue": estimated_revenue})
        with starting.begun(record, process, stamp):
            _take_along(source, record, take, files)
    return record


def _taken_entries(
    source: Opportunity, take: Collection[CopyPart], renewed_after: int | None, at: datetime.datetime
) -> dict[str, Any]:
    entries: dict[str, Any] = {"account": source.account, "contact": source.contact}
    if renewed_after is not None:
        entries["estimated_close_date"] = close_date_of_renewal(source, renewed_after, at)
    if CopyPart.CUSTOMER_NEED in take:
        entries["customer_need"] = source.customer_need
    return entries


def _take_along(source: Opportunity, record: Opportunity, take: Collection[CopyPart], files: Files) -> None:
    for part, table in TABLES.items():
        if part in take:
            _take_rows(table, source, record)
    for row, file in files:
        attachments.add(record, file, name=row.name, kind=row.kind)


def close_date_of_renewal(source: Opportunity, after: int, at: datetime.datetime) -> datetime.date:
    """The day `after` months after the source was closed; or else after it will be, or after today."""
    return months.later(source.closed_on or source.estimated_close_date or organisation_date(at), after)


def _refuse(by: User, source: Opportunity, version: int | None) -> None:
    """Refuses also a page that was opened before the last change: it listed something else to take along."""
    rules.refuse_no_right_to_edit(by, source)
    if version is None:
        return
    editing.refuse_unknown_version(version, source)
    if version < source.version:
        raise StaleMove(
            _("This opportunity was changed after you opened the page."),
            event=source.events.select_related("by", "to_stage").first(),
            undone=_("Nothing was created."),
        )


def _take_rows(table: ChildTable, source: Opportunity, record: Opportunity) -> None:
    """Copies the rows of a table. Leaves out people of the sales team who have no role any more."""
    rows = table.model._default_manager.filter(opportunity=source)
    if table is children.TEAM_MEMBER:
        rows = rows.filter(user__in=with_role(User.objects.all()))
    columns = [answers.of(name, table.name) for name in (table.subject, *table.entered)]
    for row in rows.order_by("pk"):
        taken = table.model(opportunity=record)
        for column in columns:
            column.copy(taken, row)
        taken.save()

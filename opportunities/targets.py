"""Sales targets of people and units: reads and sets the amount of each month.

    months = targets.fiscal_year(2026, first_month=1)
    targets.set_amounts(kari, {months[0]: Decimal(100_000)}, version=posted_version, by=user, at=now)

The version of a person's or a unit's targets is the number of changes that they have had. It is the version that a page
shows, so that the write knows which amounts its author has seen.
"""

import datetime
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opportunities import access, formats
from opportunities.models import SalesTarget
from opportunities.refusals import Conflict, Gone, NotAllowed, StaleVersion
from salesflow import months as calendar_months
from salesflow.users.models import Unit, User

MONTHS_OF_A_YEAR = 12
CENT = Decimal("0.01")

Amounts = Mapping[datetime.date, Decimal | None]
"""The amount of each month, by its first day; None for no target."""


def fiscal_year(year: int, *, first_month: int) -> list[datetime.date]:
    """The first days of the months of the fiscal year that begins in this calendar year."""
    return calendar_months.several(datetime.date(year, first_month, 1), MONTHS_OF_A_YEAR)


def fiscal_year_of(day: datetime.date, *, first_month: int) -> int:
    """The calendar year in which the fiscal year of this day begins."""
    return day.year if day.month >= first_month else day.year - 1


def split(amount: Decimal, months: Iterable[datetime.date]) -> dict[datetime.date, Decimal]:
    """The amount in equal parts, to the cent. The last month takes the rest."""
    months = list(months)
    part = (amount / len(months)).quantize(CENT, ROUND_DOWN)
    parts = dict.fromkeys(months, part)
    return {**parts, months[-1]: amount - part * (len(months) - 1)}


def amounts_of(subject: User | Unit, months: Iterable[datetime.date]) -> dict[datetime.date, Decimal]:
    """The targets that are set for these months."""
    found = SalesTarget.objects.filter(**_of(subject), month__in=list(months))
    return dict(found.values_list("month", "amount"))


def version_of(subject: User | Unit) -> int:
    """How many changes the targets of this person or unit have had."""
    return SalesTarget.history.filter(**_of(subject)).count()


def last_change(subject: User | Unit) -> Any:
    """The entry of the history with `history_user` and `history_date`; None if no target was ever set."""
    log = SalesTarget.history.filter(**_of(subject)).select_related("history_user")
    return log.order_by("-history_id").first()


def may_set(user: User, subject: User | Unit) -> bool:
    """Whether the user may set the targets of this person or unit. One query."""
    rows: Any = (
        access.people_whose_targets_may_be_set(user)
        if isinstance(subject, User)
        else access.units_whose_targets_may_be_set(user)
    )
    return bool(rows.filter(pk=subject.pk).exists())


def set_amounts(
    subject: User | Unit, amounts: Amounts, *, version: int, by: User, at: datetime.datetime
) -> list[datetime.date]:
    """Saves the amounts that the author of a page of this version changed. Returns their months.

    An amount that stayed as the page showed it keeps what others saved since. Refusals: NotAllowed, Gone for a version
    that never was, StaleVersion with each month that two people changed differently; then nothing is saved.
    """
    if not may_set(by, subject):
        raise NotAllowed(_("You may not set the targets of %(name)s.") % {"name": subject})
    with transaction.atomic():
        _lock(subject)
        log = list(SalesTarget.history.filter(**_of(subject)).select_related("history_user").order_by("history_id"))
        if version > len(log):
            raise Gone(_("This page is out of date. Open it again."))
        seen, stored = _replayed(log[:version]), {row.month: row for row in SalesTarget.objects.filter(**_of(subject))}
        mine = _mine(amounts, seen, stored)
        _refuse_conflicts(mine, amounts, seen, stored, log, by=by, at=at)
        for month, amount in mine.items():
            _write(subject, month, amount, stored.get(month), by=by, at=at)
    return list(mine)


def _of(subject: User | Unit) -> dict[str, Any]:
    return {"person": subject} if isinstance(subject, User) else {"unit": subject}


def _lock(subject: User | Unit) -> None:
    rows: Any = type(subject)._default_manager
    list(rows.select_for_update(no_key=True).filter(pk=subject.pk).values_list("pk"))


def _replayed(log: Iterable[Any]) -> dict[datetime.date, Decimal]:
    """The amounts after these changes."""
    amounts: dict[datetime.date, Decimal] = {}
    for row in log:
        if row.history_type == "-":
            amounts.pop(row.month, None)
        else:
            amounts[row.month] = row.amount
    return amounts


def _mine(
    amounts: Amounts, seen: Mapping[datetime.date, Decimal], stored: Mapping[datetime.date, SalesTarget]
) -> dict[datetime.date, Decimal | None]:
    """The amounts that the author changed, and that are not stored already."""
    now = {month: row.amount for month, row in stored.items()}
    return {
        month: amount for month, amount in amounts.items() if amount != seen.get(month) and amount != now.get(month)
    }


def _refuse_conflicts(
    mine: Amounts,
    posted: Amounts,
    seen: Mapping[datetime.date, Decimal],
    stored: Mapping[datetime.date, SalesTarget],
    log: list[Any],
    *,
    by: User,
    at: datetime.datetime,
) -> None:
    now = {month: row.amount for month, row in stored.items()}
    disputed = [month for month in mine if seen.get(month) != now.get(month)]
    if not disputed:
        return
    conflicts = []
    for month in disputed:
        last = next((row for row in reversed(log) if row.month == month), None)
        person = last.history_user if last else None
        conflicts.append(
            Conflict(
                field=field_of(month),
                label=formats.month(month),
                mine=mine[month],
                theirs=now.get(month),
                by=person or _("Another person"),
                at=last.history_date if last else at,
                is_own=person == by,
            )
        )
    merged = {
        field_of(month): now.get(month)
        for month, amount in posted.items()
        if month not in mine and amount != now.get(month)
    }
    raise StaleVersion(conflicts, len(log), merged)


def field_of(month: datetime.date) -> str:
    """The name of the field of a month."""
    return f"month_{month:%Y_%m}"


def _write(
    subject: User | Unit,
    month: datetime.date,
    amount: Decimal | None,
    row: SalesTarget | None,
    *,
    by: User,
    at: datetime.datetime,
) -> None:
    row = row or SalesTarget(**_of(subject), month=month)
    signed: Any = row
    signed._history_user, signed._history_date = by, at
    if amount is None:
        row.delete()
        return
    row.amount, row.set_by, row.set_at = amount, by, at
    row.save()

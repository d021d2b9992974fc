"""The targets that a forecast compares with: of a person, of a unit, and of all that a reader sees."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from django.db.models import F, QuerySet, Sum

from opportunities import access
from opportunities.models import SalesTarget
from opportunities.pipeline import totals
from salesflow.users.models import Unit, User

_CENTS = Sum(totals.cents(F("amount")))

Months = Mapping[datetime.date, Decimal]
"""Targets by the first day of the month. A month without one is missing."""


def together(found: Collection[Months]) -> dict[datetime.date, Decimal]:
    """The sums by month."""
    months = {month for each in found for month in each}
    return {month: sum((each.get(month, Decimal(0)) for each in found), Decimal(0)) for month in months}


class TargetSums:
    """The targets of some months.

    A unit without a target of its own for a month has the sum of those of its people and of the units below it. To a
    reader who does not see all units below it, a unit has the targets of the people whom the reader sees. Four queries
    at most, each when it is needed first.
    """

    def __init__(self, months: Sequence[datetime.date], reader: User) -> None:
        self._rows = SalesTarget.objects.filter(month__in=list(months)).order_by()
        self._reader = reader

    @cached_property
    def units(self) -> list[Unit]:
        """All units, by name."""
        return list(Unit.objects.only("parent_id", "lead_id", "name", "sort_text"))

    def of_people(self, people: QuerySet[User]) -> dict[int, Decimal]:
        """The sum of the months of each of these people with a target, by the id. One query."""
        found = (
            self._rows.filter(person__in=people.order_by().values("pk")).values_list("person").annotate(cents=_CENTS)
        )
        return {person: _amount(cents) for person, cents in found}

    def of_person(self, person: int) -> Months:
        """One query."""
        return dict(self._rows.filter(person=person).values_list("month", "amount"))

    def of_unit(self, unit: int) -> Months:
        """The targets of the unit or, month by month, the sum of what the reader sees of it."""
        below = [each for each in self._below.get(unit, []) if each in self._seen]
        parts = together([self._of_people_in.get(unit, {}), *(self.of_unit(each) for each in below)])
        return {**parts, **self._own.get(unit, {})} if self.with_those_below(unit) <= self._seen else parts

    def own_months(self, unit: int) -> int:
        """For how many of the months the unit has a target of its own."""
        return len(self._own.get(unit, {}))

    def of_lead(self, person: int) -> Months:
        """The targets of the units that the person leads, as far as the reader sees them."""
        led = {unit.pk for unit in self.units if unit.lead_id == person and unit.pk in self._seen}
        inner = {below for unit in led for below in self.with_those_below(unit) - {unit}}
        return together([self.of_unit(unit) for unit in sorted(led - inner)])

    def of_all_seen(self) -> Months:
        """Those of the topmost units that the reader sees, and of the people seen who are in none of the units seen."""
        return together([*(self.of_unit(unit.pk) for unit in self.topmost), self._of_people_elsewhere])

    def of_no_unit(self) -> Months:
        """The sum of the people of no unit; nothing for a reader who does not see all."""
        return self._of_people_in.get(None, {}) if access.sees_everything(self._reader) else {}

    @cached_property
    def topmost(self) -> list[Unit]:
        """The units whose people the reader sees, without those below another of them."""
        return [unit for unit in self.units if unit.pk in self._seen and unit.parent_id not in self._seen]

    @property
    def _of_people_elsewhere(self) -> Months:
        """The sums of the targets of the people seen who are in no unit that the reader sees."""
        if access.sees_everything(self._reader):
            return self.of_no_unit()
        people = access.owners(self._reader).exclude(unit__in=self._seen)
        found = self._rows.filter(person__in=people.order_by().values("pk")).values_list("month")
        return {month: _amount(cents) for month, cents in found.annotate(cents=_CENTS)}

    def directly_below(self, unit: Unit) -> list[Unit]:
        """Those that the reader sees."""
        return [each for each in self.units if each.parent_id == unit.pk and each.pk in self._seen]

    def with_those_below(self, unit: int) -> set[int]:
        below = (self.with_those_below(each) for each in self._below.get(unit, []))
        return {unit}.union(*below)

    @cached_property
    def _seen(self) -> set[int]:
        if access.sees_everything(self._reader):
            return {unit.pk for unit in self.units}
        return set(access.units(self._reader).values_list("pk", flat=True))

    @cached_property
    def _below(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for unit in self.units:
            if unit.parent_id is not None:
                found[unit.parent_id].append(unit.pk)
        return dict(found)

    @cached_property
    def _own(self) -> dict[int, dict[datetime.date, Decimal]]:
        """The targets that are set for units."""
        found: dict[int, dict[datetime.date, Decimal]] = defaultdict(dict)
        for unit, month, amount in self._rows.filter(unit__isnull=False).values_list("unit", "month", "amount"):
            found[unit][month] = amount
        return dict(found)

    @cached_property
    def _of_people_in(self) -> dict[int | None, dict[datetime.date, Decimal]]:
        """The sums of the targets of the people of each unit; None: of no unit."""
        found: dict[int | None, dict[datetime.date, Decimal]] = defaultdict(dict)
        of_people = self._rows.filter(person__isnull=False).values_list("person__unit", "month")
        for unit, month, cents in of_people.annotate(cents=_CENTS):
            found[unit][month] = _amount(cents)
        return dict(found)


def _amount(cents: int) -> Decimal:
    return totals.amount(Decimal(cents))

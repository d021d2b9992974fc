"""The forecast: what is open by the month in which it is expected to close, what was won, and the targets."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opportunities import access, formats
from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.pipeline import owners
from opportunities.pipeline.conditions import DISABLED, FORECAST_COUNTS, NONE, PAST, UNDATED
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import forecast_sums, numbers, target_sums
from opportunities.reports.forecast_definitions import COLUMNS, DEFINITIONS
from opportunities.reports.forecast_sums import COUNTED, Sums
from opportunities.reports.tables import Days, Filters, Number, Row, Scope, Table
from opportunities.reports.target_sums import TargetSums
from salesflow import months
from salesflow.users.models import Unit, User

MOST_MONTHS, MOST_PEOPLE = 36, 50
DAY = datetime.timedelta(days=1)
Status = Opportunity.Status
PERSON, UNIT = "of_person", "of_unit"
# The rows that are no months, as keys of the query. A month has its place in the period.
OVERDUE, EARLIER, LATER, WITHOUT_DATE = -1, -2, -3, -4


def tables(scope: Scope) -> list[Table]:
    """By month and, for a manager, by person and by unit. Six queries at most."""
    forecast = Forecast(scope)
    found = [forecast.by_month()]
    if forecast.compares_people:
        found += [forecast.by_person(), *forecast.by_unit()]
    return found


@dataclass(frozen=True)
class ForecastLine:
    """One row: its label, its sums, which filters find what is open and what was won, and its target."""

    label: object
    sums: Sums
    of_open: Filters
    of_won: Filters | None
    target: Decimal | None = None
    label_filters: Filters | None = None

    def row(self) -> Row:
        counted = {**self.of_open, "status": Status.OPEN.value, "forecast": FORECAST_COUNTS}
        sums = self.sums
        won = None if self.of_won is None else Number(sums.won, {**self.of_won, "status": Status.WON.value})
        committed = sums.revenue(COUNTED[0])
        covered = [numbers.rate(sums.won + part, self.target) for part in (committed, sums.weighted)]
        figures = [
            Number(sums.count, counted),
            *(Number(sums.revenue(each), {**counted, "forecast": each.value}) for each in COUNTED),
            Number(sums.weighted, counted),
            won or Number(None),
            Number(self.target),
            *(Number(share if self.of_won is not None else None) for share in covered),
        ]
        return Row(self.label, figures, filters=self.label_filters or counted, note=_omitted(sums.omitted))


def _omitted(count: int) -> str:
    said = ngettext("%(count)s omitted is left out", "%(count)s omitted are left out", count)
    return said % {"count": count} if count else ""


class Forecast:
    """The tables of one scope. The months are whole ones: those of which a day is in the period."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        first, last = scope.period.first, scope.period.last
        self.months = months.several(first, min(months.count(first, last), MOST_MONTHS))
        self.days = [Days(month, months.last_of(month)) for month in self.months]
        self.whole = Days(self.days[0].first, self.days[-1].last)
        self.targets = TargetSums(self.months, scope.reader)
        self.shares: Mapping[int, int] = Tracks().probabilities
        self.compares_people = access.may_compare_owners(scope.reader) and access.sees_others(scope.reader)

    # By month

    def by_month(self) -> Table:
        found = self._by_place
        lines = [self._month(place, days, found) for place, days in enumerate(self.days)]
        rows = [*lines, *([self._period(found)] if len(lines) > 1 else []), *self._others(found)]
        return Table(
            key="months",
            title=_("Forecast by month"),
            rows_are=pgettext_lazy("forecast", "Closes in"),
            columns=COLUMNS,
            rows=[line.row() for line in rows],
            total=self._total(found).row(),
            guide=self._cut,
            definitions=DEFINITIONS,
        )

    @property
    def _cut(self) -> str:
        """A sentence if the period has more months than are shown."""
        if self.whole.last >= self.scope.period.last:
            return ""
        said = gettext("The first %(most)s months are shown, until %(last)s. What closes after them is in Later.")
        return said % {"most": MOST_MONTHS, "last": formats.month(self.months[-1])}

    @property
    def _by_place(self) -> Mapping[int | None, Sums]:
        return self._found[forecast_sums.PLACE]

    @cached_property
    def _found(self) -> Mapping[str, Mapping[int | None, Sums]]:
        """By place and, if the reader compares people, what is in these months by person and by unit. One query."""
        seen = Q(owner__in=access.owners(self.scope.reader).order_by().values("pk"))
        others = {PERSON: Case(When(seen, then=F("owner"))), UNIT: F("owner__unit")} if self.compares_people else {}
        return forecast_sums.by(self.scope.opportunities, self.whole, self._place, others, self.shares)

    @property
    def _place(self) -> Case:
        """The place of the month in which it was won, or is expected to be closed; or what it is instead."""
        today, date, cases = self.scope.today, "estimated_close_date", []
        for at, days in enumerate(self.days):
            cases.append(When(Q(status=Status.WON) & Q(closed_on__range=(days.first, days.last)), then=Value(at)))
        cases += [
            When(**{f"{date}__isnull": True}, then=Value(WITHOUT_DATE)),
            When(**{f"{date}__lt": today}, then=Value(OVERDUE)),
            When(**{f"{date}__lt": self.whole.first}, then=Value(EARLIER)),
        ]
        cases += [When(**{f"{date}__lte": days.last}, then=Value(at)) for at, days in enumerate(self.days)]
        return Case(*cases, default=Value(LATER), output_field=IntegerField())

    def _month(self, place: int, days: Days, found: Mapping[int | None, Sums]) -> ForecastLine:
        target = self._of_the_scope.get(days.first)
        sums = found.get(place, Sums(self.shares))
        label = capfirst(formats.month(days.first))
        return ForecastLine(label, sums, self._closing(days), days.filters("closed"), target)

    def _closing(self, days: Days) -> Filters:
        """Closes in these days, and not before today. What is overdue has a row of its own."""
        return Days(max(days.first, self.scope.today), days.last).filters("closing")

    def _period(self, found: Mapping[int | None, Sums]) -> ForecastLine:
        """The months together."""
        sums = forecast_sums.together((found[at] for at in range(len(self.days)) if at in found), self.shares)
        of_open, of_won = self._closing(self.whole), self.whole.filters("closed")
        return ForecastLine(_("These months"), sums, of_open, of_won, _sum(self._of_the_scope.values()))

    def _others(self, found: Mapping[int | None, Sums]) -> Iterable[ForecastLine]:
        before = Days(self.scope.today, self.whole.first - DAY)
        later = {"closing_from": max(self.whole.last + DAY, self.scope.today).isoformat()}
        yield self._other(pgettext_lazy("close date", "Overdue"), found, OVERDUE, {"closing": PAST})
        if before.first <= before.last:
            yield self._other(_("Earlier"), found, EARLIER, before.filters("closing"))
        yield self._other(_("Later"), found, LATER, later)
        yield self._other(_("No date"), found, WITHOUT_DATE, {"closing": UNDATED})

    def _other(self, label: object, found: Mapping[int | None, Sums], key: int, of_open: Filters) -> ForecastLine:
        return ForecastLine(label, found.get(key, Sums(self.shares)), of_open, None)

    def _total(self, found: Mapping[int | None, Sums]) -> ForecastLine:
        sums = forecast_sums.together(found.values(), self.shares)
        return ForecastLine(_("Total"), sums, {}, self.whole.filters("closed"))

    @cached_property
    def _of_the_scope(self) -> target_sums.Months:
        """The target of the person or the unit whose forecast this is; without one, of all that the reader sees.

        Disabled owners together have none.
        """
        options, reader = self.scope.options, self.scope.reader
        if options.get("owner") == DISABLED:
            return {}
        if person := owners.asked(options.get("owner", ""), reader):
            return self.targets.of_person(person.person.pk)
        if options.get("unit") == NONE:
            return self.targets.of_no_unit()
        if unit := self._unit:
            return self.targets.of_unit(unit.pk)
        return self.targets.of_all_seen()

    @cached_property
    def _unit(self) -> Unit | None:
        """The unit that the address names, if the reader sees its people."""
        asked = fields.clean_id(self.scope.options.get("unit", ""))
        return None if asked is None else access.units(self.scope.reader).filter(pk=asked).first()

    # By person and by unit

    @property
    def _people(self) -> QuerySet[User]:
        """The people all of whose opportunities the reader sees, as far as the filters by owner and unit keep them."""
        people, options = access.owners(self.scope.reader), self.scope.options
        if person := owners.asked(options.get("owner", ""), self.scope.reader):
            people = people.filter(pk=person.person.pk)
        elif options.get("owner") == DISABLED:
            people = people.filter(is_active=False)
        if options.get("unit") == NONE:
            return people.filter(unit__isnull=True)
        return people.filter(unit__in=self.targets.with_those_below(self._unit.pk)) if self._unit else people

    def by_person(self) -> Table:
        """The people all of whose opportunities the reader sees, by name; if there are many, those with the most.

        A person with a target and nothing else is there, too.
        """
        found = {pk: sums for pk, sums in self._found[PERSON].items() if pk is not None}
        amounts = self.targets.of_people(self._people)
        every = {pk: found.get(pk, Sums(self.shares)) for pk in found.keys() | amounts.keys()}

        def largest_first(pk: int) -> tuple[Decimal, Decimal, int]:
            return -(every[pk].won + every[pk].weighted), -amounts.get(pk, Decimal(0)), pk

        shown = User.objects.filter(pk__in=sorted(every, key=largest_first)[:MOST_PEOPLE])
        lines = [self._line(str(each), every[each.pk], {"owner": str(each.pk)}, amounts.get(each.pk)) for each in shown]
        return Table(
            key="people",
            title=_("Forecast by person"),
            rows_are=_("Owner"),
            columns=COLUMNS,
            rows=[line.row() for line in lines],
            guide=self._guide(len(every)),
            definitions=DEFINITIONS,
            empty=_("Nobody has opportunities that are expected to close in these months, or that were won in them."),
        )

    def _guide(self, people: int) -> str:
        ends = {"first": formats.month(self.months[0]), "last": formats.month(self.months[-1])}
        said = gettext("What is expected to close from %(first)s to %(last)s, and was won in these months.") % ends
        most = gettext("The %(most)s people with the most are shown.") % {"most": MOST_PEOPLE}
        return f"{said} {most}" if people > MOST_PEOPLE else said

    def by_unit(self) -> list[Table]:
        """The topmost units that the reader sees, and those directly below them, each with all units below it."""
        tops = [self._unit] if self._unit else self.targets.topmost
        if not tops:
            return []
        found = self._found[UNIT]
        lines = []
        for top in tops:
            lines.append(self._unit_line(top.name, top, found))
            below = self.targets.directly_below(top)
            lines += [self._unit_line(f"{top.name} › {each.name}", each, found) for each in below]
        table = Table(
            key="units",
            title=_("Forecast by team"),
            rows_are=_("Team"),
            columns=COLUMNS,
            rows=[line.row() for line in lines],
            guide=self._guide(0),
            definitions=DEFINITIONS,
        )
        return [table]

    def _unit_line(self, label: str, unit: Unit, found: Mapping[int | None, Sums]) -> ForecastLine:
        units = self.targets.with_those_below(unit.pk)
        sums = forecast_sums.together((found[pk] for pk in sorted(units) if pk in found), self.shares)
        return self._line(label, sums, {"unit": str(unit.pk)}, _sum(self.targets.of_unit(unit.pk).values()))

    def _line(self, label: str, sums: Sums, whose: Filters, target: Decimal | None) -> ForecastLine:
        of_open, of_won = self._closing(self.whole), self.whole.filters("closed")
        return ForecastLine(label, sums, {**of_open, **whose}, {**of_won, **whose}, target)


def _sum(amounts: Iterable[Decimal]) -> Decimal | None:
    amounts = list(amounts)
    return sum(amounts, Decimal(0)) if amounts else None

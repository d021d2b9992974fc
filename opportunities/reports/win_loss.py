"""Win and loss: what was closed in the period, how often it was won, and why and to whom it was lost."""

import datetime
from collections.abc import Callable, Iterable

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opportunities import formats, money
from opportunities.pipeline.closing_conditions import FILED, NAMES_GAP, NONE_LINKED, NOT_NAMED, SAYS_WHY
from opportunities.pipeline.conditions import NONE
from opportunities.pipeline.filters.rows import IN_NO_UNIT, NO_INDUSTRY
from opportunities.reports import closed, closed_names, debrief_texts, numbers
from opportunities.reports.closed import NOTHING, WON, Band, Dimension, Outcomes
from opportunities.reports.tables import Days, Filters, Number, Row, Scope, Table, Text
from opportunities.reports.win_loss_rows import ABOUT_DEBRIEFS, DEBRIEFS, MEANING, PART_OF_WON, Line, Lines, most
from salesflow import months


def tables(scope: Scope) -> list[Table]:
    """The tables of the report. At most nine queries, however many opportunities there are."""
    report = _Report(scope)
    found = [
        report.overall(),
        report.months(),
        *report.reasons(),
        report.lost_from(),
        report.lost_to(),
        report.rivals(),
        report.owners(),
        *report.units(),
        report.industries(),
        report.sizes(),
        *report.debriefs(),
    ]
    return [table for table in found if table is not None]


class _Report:
    """The tables of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.closed = closed.in_period(scope.opportunities, scope.period)
        self.found = closed.outcomes(self.closed)
        self.names = closed_names.Names(scope.reader, self.found)
        self.all = closed.total(self.found[Dimension.REASON].values())
        self.rows = Lines(scope.period, self.all)

    def overall(self) -> Table:
        row = self.rows.row(Line(_("All closed"), self.all, {}))
        return self.rows.table("overall", _("Overall"), pgettext_lazy("opportunities", "Closed"), [row], is_whole=True)

    def months(self) -> Table:
        """From the first month with a closing to the last, those between them included."""
        by_month: dict[datetime.date, Outcomes] = {}
        for day, outcomes in self.found[Dimension.DAY].items():
            month = months.first_of(datetime.date.fromisoformat(str(day)))
            by_month[month] = by_month.get(month, NOTHING) + outcomes
        every = months.several(min(by_month), months.count(min(by_month), max(by_month))) if by_month else []
        rows = [self._month(month, by_month.get(month, NOTHING)) for month in every]
        return self.rows.table("months", _("By month"), _("Month"), rows)

    def _month(self, month: datetime.date, outcomes: Outcomes) -> Row:
        whole = self.scope.period
        period = Days(max(month, whole.first), min(months.last_of(month), whole.last))
        return self.rows.row(Line(formats.month(month), outcomes, {}), period)

    def reasons(self) -> list[Table]:
        """Why they were lost; why they were won only where there is more than one reason for it."""
        lines = [
            Line(name, self.found[Dimension.REASON].get(str(pk), NOTHING), {"reason": str(pk)})
            for pk, name in self.names.reasons.items()
        ]
        lost, won = ([line for line in lines if getattr(line.outcomes, status)] for status in ("lost", "won"))
        found = [self.rows.lost("lost_reasons", _("Why they were lost"), _("Status reason"), lost)]
        return found + ([self._won_reasons(won)] if len(won) > 1 else [])

    def _won_reasons(self, lines: Iterable[Line]) -> Table:
        rows = [
            Row(
                line.label,
                [
                    Number(line.outcomes.won, self.rows.filters(WON, line)),
                    Number(numbers.rate(line.outcomes.won, self.all.won)),
                    Number(line.outcomes.won_revenue, self.rows.filters(WON, line)),
                ],
                self.rows.filters(WON, line),
            )
            for line in lines
        ]
        return Table("won_reasons", _("Why they were won"), _("Status reason"), PART_OF_WON, rows, definitions=MEANING)

    def lost_from(self) -> Table:
        """The stages of the process in order, and those of other processes from which any was lost."""
        by_stage = self.found[Dimension.STAGE]
        lines = [
            Line(label, outcomes, {"lost_from": str(stage.pk)})
            for stage, label in self.names.stages(self.scope.process)
            if (outcomes := by_stage.get(str(stage.pk), NOTHING)).lost
            or (stage.process == self.scope.process and not stage.is_archived)
        ]
        return self.rows.lost(
            "lost_from", _("From which stage they were lost"), _("Stage"), lines if self.all.lost else []
        )

    def lost_to(self) -> Table:
        lines = self._lines(
            Dimension.LOST_TO,
            lambda key: _("No competitor named") if key is None else self.names.competitors.get(key, key),
            lambda key: {"competitors": NOT_NAMED} if key is None else {"lost_to": key},
        )
        return self.rows.lost("lost_to", _("To whom they were lost"), _("Competitor"), most(lines))

    def rivals(self) -> Table:
        """An opportunity with several competitors counts for each."""
        lines = self._lines(
            Dimension.RIVAL, lambda key: self.names.competitors.get(key, key), lambda key: {"competitor": str(key)}
        )
        without = closed.total(self.found[Dimension.WITHOUT_RIVAL].values())
        rest = [Line(_("No competitor"), without, {"competitors": NONE_LINKED})] if without.count else []
        rows = [self.rows.row(line) for line in [*most(lines, add_up=False), *rest]]
        title = _("Against each competitor")
        guide = _("An opportunity with several competitors counts for each of them.")
        return self.rows.table("rivals", title, _("Competitor"), rows, guide=guide, has_total=False)

    def owners(self) -> Table:
        """The people all of whose opportunities the reader sees. A rate of some of them would say nothing."""
        lines = self._lines(Dimension.OWNER, self.names.owner, self.names.owner_filters)
        named = most(line for line in lines if line.filters is not None)
        shared = closed.total(line.outcomes for line in lines if line.filters is None)
        rest = [Line(_("Others, with whom you sell"), shared, None)] if shared.count else []
        rows = [self.rows.row(line) for line in (*named, *rest)]
        return self.rows.table("owners", _("By owner"), _("Owner"), rows)

    def units(self) -> list[Table]:
        """The units with those below them, in the order of their tree. None for who sees no unit."""
        if not self.names.units:
            return []
        rows = []
        for unit, outcomes in self.names.by_unit(self.found[Dimension.OWNER]):
            filters = {"unit": NONE if unit is None else str(unit.pk)}
            has_parts = unit is not None and self.names.has_parts(unit)
            note = _("with the teams below it") if has_parts else ""
            rows.append(self.rows.row(Line(IN_NO_UNIT if unit is None else unit.name, outcomes, filters, note)))
        return [self.rows.table("units", _("By team"), _("Team"), rows)]

    def industries(self) -> Table:
        by_industry: dict[str, Outcomes] = {}
        for key, outcomes in self.found[Dimension.INDUSTRY].items():
            industry = key or NONE
            by_industry[industry] = by_industry.get(industry, NOTHING) + outcomes
        lines = [
            Line(NO_INDUSTRY if industry == NONE else industry, outcomes, {"industry": industry})
            for industry, outcomes in by_industry.items()
        ]
        return self.rows.table(
            "industries", _("By industry"), _("Industry"), [self.rows.row(line) for line in most(lines)]
        )

    def sizes(self) -> Table:
        by_band = self.found[Dimension.BAND]
        lines = [Line(_size(band), by_band.get(str(at), NOTHING), band.filters) for at, band in enumerate(closed.BANDS)]
        rows = [self.rows.row(line) for line in lines] if self.all.count else []
        return self.rows.table("sizes", _("By size"), _("Estimated revenue"), rows)

    def debriefs(self) -> list[Table]:
        """What the debriefs say, in figures and in words."""
        found = closed.debriefs(self.closed)
        rows = [
            self._debrief_row(name, found[pk], {"reason": str(pk)})
            for pk, name in self.names.reasons.items()
            if pk in found
        ]
        every = closed.all_debriefs(found.values())
        counts = Table(
            "debriefs",
            _("What the debriefs say"),
            _("Status reason"),
            DEBRIEFS,
            rows,
            total=self._debrief_row(_("Total"), every, {}) if rows else None,
            definitions=ABOUT_DEBRIEFS,
            empty=_("No debrief of an opportunity that was closed in this period."),
        )
        words = [debrief_texts.table(self.closed, self.scope.period, every.count)] if rows else []
        return [counts, *words]

    def _debrief_row(self, label: Text, said: closed.Debriefs, filters: Filters) -> Row:
        def of(which: str) -> Filters:
            return {"status": "all", **self.scope.period.filters("closed"), **filters, "debrief": which}

        return Row(
            label,
            [
                Number(said.count, of(FILED)),
                Number(said.say_why, of(SAYS_WHY)),
                Number(sum(said.gaps.values()), of(NAMES_GAP)),
                Number(numbers.median(said.gaps)),
                *(Number(numbers.percentile(said.gaps, percent) if said.gaps else None) for percent in (25, 75)),
                Number(numbers.mean(said.gaps)),
            ],
            of(FILED),
        )

    # Parts of tables

    def _lines(
        self, dimension: Dimension, label: Callable[[str | None], Text], filters: Callable[[str | None], Filters | None]
    ) -> list[Line]:
        return [Line(label(key), outcomes, filters(key)) for key, outcomes in self.found[dimension].items()]


def _size(band: Band) -> str:
    low, below = band.low, band.below
    if below is None:
        return (
            gettext("Not estimated") if low is None else gettext("%(amount)s and more") % {"amount": money.shown(low)}
        )
    if low is None:
        return gettext("Below %(amount)s") % {"amount": money.shown(below)}
    return gettext("%(amount)s to less than %(more)s") % {"amount": money.shown(low), "more": money.shown(below)}

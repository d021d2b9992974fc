"""The bridge: how the pipeline went from what it was before the period to what it was after it."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities import formats
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import bridge_rows, totals
from opportunities.pipeline.bridge_parts import PARTS, ChangeGroup, Horizon, Part, PipelineChange
from opportunities.pipeline.filters import bridge as filters
from opportunities.reports import sql
from opportunities.reports.tables import Definition, Measure, Number, ReportColumn, Row, Scope, Table

OPTION = "horizon"
"""The option of the address that chooses the horizon: a value of `Horizon`, or nothing for all that is open."""

OF_A_HORIZON = (Part.PULLED_IN, Part.PUSHED_OUT)
"""The parts that need a horizon. Without one, no date takes an opportunity out of the pipeline."""

COLUMNS = (
    ReportColumn("count", _("Opportunities")),
    ReportColumn("amount", _("Estimated revenue"), Measure.MONEY, is_bar=True),
)

_BY_FLAGS = """
    WITH found AS MATERIALIZED ({found})
    SELECT {flags}, growth, COUNT(*), SUM(compared_before), SUM(compared_after)
    FROM (
        SELECT
            found.*,
            CASE
                WHEN compared_before < compared_after THEN 1
                WHEN compared_before > compared_after THEN -1
                ELSE 0
            END AS growth
        FROM found
    ) AS grown
    GROUP BY {flags}, growth
"""


def tables(scope: Scope) -> list[Table]:
    """One table with a row for each part. One query."""
    change = _change(scope)
    groups = _groups(scope.opportunities, change)
    shown = [part for part in Part if change.horizon or part not in OF_A_HORIZON]
    rows = {part: _row(part, groups, change) for part in shown}
    closing = rows.pop(Part.CLOSING)
    table = Table(
        key="bridge",
        title=_("How the pipeline changed"),
        rows_are=pgettext_lazy("change of the pipeline", "Change"),
        columns=COLUMNS,
        rows=list(rows.values()),
        total=closing,
        guide=_("All rows add up to the last one."),
        definitions=_definitions(change),
    )
    return [table]


def _groups(opportunities: OpportunityQuerySet, change: PipelineChange) -> list[ChangeGroup]:
    """The opportunities that may have a part, by their flags. One query, which looks up each value of then once."""
    flags = ", ".join(f"compared_{name}" for name in bridge_rows.FLAGS)
    return [
        bridge_rows.group(row) for row in sql.rows(_BY_FLAGS, bridge_rows.compared(opportunities, change), flags=flags)
    ]


def _change(scope: Scope) -> PipelineChange:
    asked = scope.options.get(OPTION, "")
    horizon = Horizon(asked) if asked in list(Horizon) else None
    return PipelineChange(scope.period.first, scope.period.last, horizon)


def _row(part: Part, groups: Iterable[ChangeGroup], change: PipelineChange) -> Row:
    found = [group for group in groups if PARTS[part](group.flags)]
    amount = totals.amount(Decimal(sum(group.cents(part) for group in found)))
    behind = filters.of_part(part, change)
    figures = [Number(sum(group.count for group in found), behind), Number(amount, behind)]
    return Row(filters.PART_NAMES[part], figures, filters=behind)


def _definitions(change: PipelineChange) -> list[Definition]:
    parts = [Definition(filters.PART_NAMES[part], text) for part, text in MEANINGS.items()]
    if change.horizon_days is None:
        return [Definition(_("Pipeline"), WITHOUT_HORIZON), *parts, *OTHERS]
    first, last = change.horizon_days
    days = {"first": formats.day(first), "last": formats.day(last)}
    of_dates = [Definition(filters.PART_NAMES[part], text) for part, text in MEANINGS_OF_DATES.items()]
    return [Definition(_("Pipeline"), WITH_HORIZON % days), *parts, *of_dates, *OTHERS]


WITHOUT_HORIZON = _(
    "What was open at that moment, with the estimated revenue and the close date it had then. The beginning is the "
    "end of the day before the period, the end is the end of its last day. Choose a quarter or a year as the horizon "
    "to see what was pulled in and pushed out."
)
WITH_HORIZON = _(
    "What was open at that moment, with an estimated close date from %(first)s to %(last)s as it was then. The "
    "beginning is the end of the day before the period, the end is the end of its last day. An opportunity without "
    "a date, or with one outside, is not in it."
)
MEANINGS: dict[Part, Promise] = {
    Part.NEW: _("Created in the period, with the estimated revenue at the end, or when it was closed."),
    Part.REOPENED: _("Closed at the beginning and opened again in the period, with the estimated revenue at the end."),
    Part.GROWN: _("In the pipeline at the beginning, and its estimated revenue is more at the end: the difference."),
    Part.SHRUNK: _("In the pipeline at the beginning, and its estimated revenue is less at the end: the difference."),
    Part.LOST: _(
        "Closed as lost in the period and still closed at the end, with the estimated revenue when it was closed. "
        "The day counts on which the closing was entered."
    ),
    Part.WON: _(
        "Closed as won in the period and still closed at the end, with the estimated revenue when it was closed, "
        "not the actual one. The day counts on which the closing was entered."
    ),
}
MEANINGS_OF_DATES: dict[Part, Promise] = {
    Part.PULLED_IN: _(
        "Open at the beginning, but not expected in the horizon; expected in it at the end, or when it was closed. "
        "With the estimated revenue at the end."
    ),
    Part.PUSHED_OUT: _(
        "In the pipeline at the beginning; still open at the end, but with a later or earlier close date, or none. "
        "With the estimated revenue at the end."
    ),
}
OTHERS = (
    Definition(
        _("Counted once"),
        _(
            "Only the two moments are compared: what was lost and reopened within the period did not change. What was "
            "created and closed within it counts as new and as lost or won."
        ),
    ),
    Definition(
        _("The list behind a figure"),
        _(
            "It has the same opportunities, with the amounts they have now. Filters, owners and teams are those of "
            "today. An opportunity that was deleted counts nowhere."
        ),
    ),
)

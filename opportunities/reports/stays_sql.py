"""The times of many opportunities in the stages of a process, as parts of a query.

All stays of an opportunity in one stage are added up, without the time on hold. A time of which one stay has no end yet
is left out. One row of each opportunity has all its times, in the order of an index, so that a million visits are
grouped without a sort and without the disk.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, FloatField, Func, OuterRef, QuerySet, Subquery

from opportunities.models import Hold, StageVisit
from opportunities.reports import spreads
from stages.models import Stage

_WITHOUT_END = "1e18"  # microseconds: a time with a stay that goes on is larger than any other
_LONGEST = "5e17"
# `held` is materialised, because otherwise the stage of each hold is looked up for each of its sums.
_PARTS = """
    visits AS ({1}),
    holds AS ({2}),
    held AS MATERIALIZED (SELECT holds.* FROM holds JOIN chosen ON chosen.deal = holds.deal),
    on_hold AS (SELECT deal, [on_hold] FROM held GROUP BY deal),
    stayed AS (
        SELECT visits.deal, [stayed] FROM visits JOIN chosen ON chosen.deal = visits.deal GROUP BY visits.deal
    ),
    stays AS MATERIALIZED (SELECT [stays] FROM stayed LEFT JOIN on_hold ON on_hold.deal = stayed.deal),
    times AS ([times]),
    [classes]
"""
_STAYED = "SUM(COALESCE(time, [without_end])) FILTER (WHERE at_stage = [stage]) AS stayed_[stage]"
_ON_HOLD = "SUM(time) FILTER (WHERE at_stage = [stage]) AS on_hold_[stage]"
_STAYS = "stayed_[stage] - COALESCE(on_hold_[stage], 0) AS time_[stage]"
_TIMES = "SELECT [stage] AS spread_group, ROUND(time_[stage]) AS spread_time FROM stays WHERE time_[stage] < [longest]"


class _Between(Func):
    """The microseconds from one moment to another."""

    output_field = FloatField()
    template = "%(expressions)s"  # SQLite counts in microseconds

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__(F(later) - F(earlier))

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return super().as_sql(compiler, connection, template="(DATE_PART('epoch', %(expressions)s) * 1000000)")


def rows_read() -> tuple[QuerySet[Any], QuerySet[Any]]:
    """`{1}` and `{2}` of the parts: the visits and the holds, each with its opportunity, stage and time."""
    # A subquery, because a join makes PostgreSQL read every visit there is to find those of a few holds.
    stage_of_hold = Subquery(StageVisit.objects.filter(pk=OuterRef("visit")).values("stage"))
    return (
        _columns(StageVisit.objects.all(), F("stage"), _Between("entered_at", "left_at")),
        _columns(Hold.objects.all(), stage_of_hold, _Between("from_at", "until_at")),
    )


def _columns(rows: QuerySet[Any], stage: Any, time: _Between) -> QuerySet[Any]:
    columns = {"deal": F("opportunity"), "at_stage": stage, "time": time}
    return rows.order_by().annotate(**columns).values_list(*columns)


def parts(stages: Sequence[Stage], **more: str) -> str:
    """Parts of a WITH after `chosen`, whose rows have a `deal`: `stays`, and `spreads` by the id of each stage.

    A row of `stays` has the columns `more` besides its times. Each is an aggregate of the columns of `chosen` and of
    `at_stage`, the stages of the visits of an opportunity.
    """
    texts = {
        "on_hold": ", ".join(_of_each(stages, _ON_HOLD)),
        "stayed": ", ".join(
            [*_of_each(stages, _STAYED), *(f"{aggregate} AS {name}" for name, aggregate in more.items())]
        ),
        "stays": ", ".join([*_of_each(stages, _STAYS), *more]),
        "times": " UNION ALL ".join(_of_each(stages, _TIMES)),
        "classes": spreads.CLASSES,
        "without_end": _WITHOUT_END,
        "longest": _LONGEST,
    }
    query = _PARTS
    for name, text in texts.items():
        query = query.replace(f"[{name}]", text)
    return query


def _of_each(stages: Sequence[Stage], text: str) -> list[str]:
    return [text.replace("[stage]", str(stage.pk)) for stage in stages]

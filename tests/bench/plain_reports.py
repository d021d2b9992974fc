"""The main figures of each report in plain SQL of PostgreSQL, for a reader who sees all, and where the report has them.

Written by hand from the definitions, without the code of the reports, so that `tests.bench.reports` compares both their
time and their figures. The parameters are `first` and `last` day of the period, `begins` and `ends` as moments,
`today`, `month` and `quarter` (their first days), `zone` and `process`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Tables = Mapping[str, Any]
"""The tables of a report by their keys."""
Figures = Sequence[Any]


@dataclass(frozen=True)
class Plain:
    """One statement, and the same figures in the report, in the same order."""

    sql: str
    of_report: Callable[[Tables], Figures]
    of_rows: Callable[[list[tuple[Any, ...]]], Figures] = lambda rows: rows


def _column(tables: Tables, key: str, *places: int) -> list[tuple[Any, ...]]:
    """Some figures of each row of a table; a row without any of them is left out."""
    found = [tuple(row.figures[place].value or 0 for place in places) for row in tables[key].rows]
    return [figures for figures in found if any(figures)]


def _total(tables: Tables, key: str, *places: int) -> list[tuple[Any, ...]]:
    return [tuple(tables[key].total.figures[place].value or 0 for place in places)]


def _amount(value: Any) -> Decimal:
    return Decimal(value or 0).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _days(value: Any) -> Decimal:
    return Decimal(value or 0).quantize(Decimal("0.1"), ROUND_HALF_UP)


OPEN = Plain(
    "SELECT COUNT(*), SUM(estimated_revenue) FROM opportunities_opportunity WHERE status = 'open'",
    lambda tables: [tables["opportunities"].rows[0].figures[0].value, tables["revenue"].rows[0].figures[0].value],
    lambda rows: [rows[0][0], _amount(rows[0][1])],
)
WON_NOW = Plain(
    """SELECT COUNT(*) FILTER (WHERE closed_on >= %(month)s AND closed_on < %(month)s + INTERVAL '1 month'), COUNT(*),
        SUM(actual_revenue) FROM opportunities_opportunity
        WHERE status = 'won' AND closed_on >= %(quarter)s AND closed_on < %(quarter)s + INTERVAL '3 months'""",
    lambda tables: [
        *(tables["opportunities"].rows[place].figures[0].value for place in (1, 2)),
        tables["revenue"].rows[3].figures[0].value,
    ],
    lambda rows: [*rows[0][:2], _amount(rows[0][2])],
)
OPENING = Plain(
    """SELECT COUNT(*) FROM opportunities_opportunity o WHERE created_at < %(begins)s AND NOT EXISTS (
        SELECT 1 FROM opportunities_closing c WHERE c.opportunity_id = o.id AND c.at < %(begins)s
        AND (c.reopened_at IS NULL OR c.reopened_at >= %(begins)s))""",
    lambda tables: [tables["opportunities"].rows[0].figures[1].value],
    lambda rows: [rows[0][0]],
)
CYCLE = Plain(
    """SELECT AVG(GREATEST(closed_on - (started_at AT TIME ZONE %(zone)s)::date, 0))
        FROM opportunities_opportunity o JOIN opportunities_processinstance i ON i.opportunity_id = o.id
        WHERE i.is_primary AND o.status = 'won' AND closed_on BETWEEN %(first)s AND %(last)s""",
    lambda tables: [tables["cycle"].rows[0].figures[0].value or 0],
    lambda rows: [_days(rows[0][0])],
)
BY_STAGE = Plain(
    """SELECT s.order, COUNT(*), SUM(estimated_revenue), SUM(estimated_revenue * COALESCE(o.probability, s.probability))
        FROM opportunities_opportunity o JOIN stages_stage s ON s.id = o.active_stage_id
        WHERE status = 'open' AND s.process_id = %(process)s GROUP BY s.id, s.order ORDER BY s.order""",
    lambda tables: _column(tables, "stages", 0, 1, 2),
    lambda rows: [(count, _amount(revenue), _amount((weighted or 0) / 100)) for _at, count, revenue, weighted in rows],
)
_MEDIAN_NOW = """SELECT s.order, percentile_cont(0.5) WITHIN GROUP
        (ORDER BY GREATEST(%(today)s - (stage_counted_from AT TIME ZONE %(zone)s)::date, 0))
        FROM opportunities_opportunity o JOIN stages_stage s ON s.id = o.active_stage_id
        WHERE status = 'open' AND NOT is_on_hold AND NOT is_finished AND s.process_id = %(process)s
        GROUP BY s.id, s.order ORDER BY s.order"""


def _median_now(key: str, place: int) -> Plain:
    return Plain(
        _MEDIAN_NOW,
        lambda tables: _column(tables, key, place),
        lambda rows: [(_days(days),) for _order, days in rows if days],
    )


BY_OWNER = Plain(
    """SELECT owner_id, COUNT(*), COUNT(*) FILTER (WHERE next_step_due < %(today)s),
        COUNT(*) FILTER (WHERE estimated_close_date < %(today)s)
        FROM opportunities_opportunity WHERE status = 'open' GROUP BY owner_id ORDER BY 2 DESC LIMIT 50""",
    lambda tables: sorted(_column(tables, "owners", 0)),
    lambda rows: sorted((count,) for _owner, count, _late, _slipped in rows),
)
_COHORT = """WITH cohort AS (
        SELECT o.id, o.status, o.is_finished, o.active_stage_id
        FROM opportunities_opportunity o JOIN opportunities_processinstance i ON i.opportunity_id = o.id
        WHERE i.is_primary AND i.process_id = %(process)s AND started_at >= %(begins)s AND started_at < %(ends)s)"""
_REACHED = f"""{_COHORT}, furthest AS (
        SELECT c.id, CASE WHEN c.is_finished THEN 32767 ELSE MAX(s.order) END AS place
        FROM cohort c JOIN opportunities_stagevisit v ON v.opportunity_id = c.id
        JOIN stages_stage s ON s.id = v.stage_id AND s.process_id = %(process)s GROUP BY c.id, c.is_finished)
    SELECT s.order, COUNT(*) FROM stages_stage s JOIN furthest ON furthest.place >= s.order
    WHERE s.process_id = %(process)s GROUP BY s.id, s.order ORDER BY s.order"""
REACHED = Plain(
    _REACHED,
    lambda tables: _column(tables, "conversion", 0),
    lambda rows: [(count,) for _order, count in rows],
)
WENT_ON = Plain(_REACHED, lambda tables: [], lambda rows: [])
"""What the funnel says between its rows, in words."""
OUTCOMES_OF_COHORT = Plain(
    f"""{_COHORT} SELECT COUNT(*) FILTER (WHERE status = 'open'), COUNT(*) FILTER (WHERE status = 'won'),
        COUNT(*) FILTER (WHERE status = 'lost') FROM cohort""",
    lambda tables: _total(tables, "conversion", 3, 4, 5),
)
LOST_BY_REASON = Plain(
    f"""{_COHORT} SELECT o.status_reason_id, c.active_stage_id, COUNT(*) FROM cohort c
        JOIN opportunities_opportunity o ON o.id = c.id WHERE c.status = 'lost' GROUP BY 1, 2""",
    lambda tables: [tables["lost"].total.figures[-1].value],
    lambda rows: [sum(count for *_by, count in rows)],
)
_SPENT = """, spent AS (
        SELECT v.stage_id, SUM(v.left_at - v.entered_at) - COALESCE(SUM(h.held), INTERVAL '0') AS days
        FROM cohort c JOIN opportunities_stagevisit v ON v.opportunity_id = c.id
        LEFT JOIN (SELECT visit_id, SUM(until_at - from_at) AS held FROM opportunities_hold GROUP BY visit_id) h
        ON h.visit_id = v.id GROUP BY v.stage_id, v.opportunity_id HAVING COUNT(*) = COUNT(v.left_at))
    SELECT s.order, EXTRACT(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY spent.days)) / 86400
    FROM spent JOIN stages_stage s ON s.id = spent.stage_id
    WHERE s.process_id = %(process)s GROUP BY s.id, s.order ORDER BY s.order"""


def _median_spent(cohort: str, key: str, place: int) -> Plain:
    return Plain(
        cohort + _SPENT, lambda tables: _column(tables, key, place), lambda rows: [(_days(days),) for _at, days in rows]
    )


_WON = """WITH cohort AS (
        SELECT o.id FROM opportunities_opportunity o JOIN stages_stage s ON s.id = o.active_stage_id
        WHERE status = 'won' AND s.process_id = %(process)s AND closed_on BETWEEN %(first)s AND %(last)s)"""
AGES = Plain(
    """SELECT COUNT(*) FROM opportunities_opportunity o JOIN stages_stage s ON s.id = o.active_stage_id
        WHERE status = 'open' AND NOT is_on_hold AND NOT is_finished AND s.process_id = %(process)s
        GROUP BY s.id, width_bucket(GREATEST(%(today)s - (stage_counted_from AT TIME ZONE %(zone)s)::date, 0),
        ARRAY[0, 8, 15, 31, 61, 91])""",
    lambda tables: sorted(figure.value for row in tables["ages"].rows for figure in row.figures if figure.value),
    lambda rows: sorted(count for (count,) in rows),
)
CLOSED = Plain(
    """SELECT GROUPING(status_reason_id, owner_id, active_stage_id, date_trunc('month', closed_on)), status, COUNT(*),
        SUM(CASE status WHEN 'won' THEN actual_revenue ELSE estimated_revenue END)
        FROM opportunities_opportunity WHERE closed_on BETWEEN %(first)s AND %(last)s
        GROUP BY GROUPING SETS ((status), (status, status_reason_id), (status, owner_id), (status, active_stage_id),
        (status, date_trunc('month', closed_on)))""",
    lambda tables: (
        [figure.value for figure in tables["overall"].rows[0].figures if figure.filters]
        if tables["overall"].rows[0].figures[0].value
        else []
    ),
    lambda rows: _overall({status: (count, amount) for by, status, count, amount in rows if by == 15}),
)
AGAINST = Plain(
    """SELECT l.competitor_id, o.status, COUNT(*), SUM(o.actual_revenue), SUM(o.estimated_revenue)
        FROM opportunities_opportunity o JOIN opportunities_opportunitycompetitor l ON l.opportunity_id = o.id
        WHERE closed_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2""",
    lambda tables: [],
    lambda rows: [],
)
DEBRIEFS = Plain(
    """SELECT o.status_reason_id, COUNT(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY price_gap)
        FROM opportunities_debrief d JOIN opportunities_opportunity o ON o.id = d.opportunity_id
        WHERE closed_on BETWEEN %(first)s AND %(last)s GROUP BY 1""",
    lambda tables: [sum(row.figures[0].value for row in tables["debriefs"].rows)],
    lambda rows: [sum(count for _reason, count, _gap in rows)],
)


def _overall(found: Mapping[str, tuple[int, Any]]) -> Figures:
    if not found:
        return []
    (won, won_revenue), (lost, lost_value) = (found.get(status, (0, 0)) for status in ("won", "lost"))
    return [won + lost, won, lost, _amount(won_revenue), _amount(lost_value)]


_SHARE = "estimated_revenue * COALESCE(o.probability, s.probability)"
_FORECAST = f"""SELECT {{by}}, forecast_category, COUNT(*),
        SUM(CASE status WHEN 'won' THEN actual_revenue ELSE estimated_revenue END), SUM({_SHARE})
        FROM opportunities_opportunity o JOIN stages_stage s ON s.id = o.active_stage_id
        WHERE {{which}} OR status = 'won' AND closed_on BETWEEN %(first)s AND %(last)s
        GROUP BY 1, 2"""
_DATED = "status = 'open' AND estimated_close_date BETWEEN GREATEST(%(first)s, %(today)s) AND %(last)s"
COUNTED = ("committed", "best_case", "pipeline")
BY_MONTH = Plain(
    _FORECAST.format(by="date_trunc('month', COALESCE(closed_on, estimated_close_date))", which="status = 'open'"),
    lambda tables: [tables["months"].total.figures[place].value for place in range(6)],
    lambda rows: [
        sum(count for _by, category, count, *_sums in rows if category in COUNTED),
        *(_amount(sum(revenue or 0 for _by, of, _n, revenue, _w in rows if of == each)) for each in COUNTED),
        _amount(sum(weighted or 0 for _by, of, _n, _revenue, weighted in rows if of in COUNTED) / 100),
        _amount(sum(revenue or 0 for _by, of, _n, revenue, _w in rows if of == "won")),
    ],
)
BY_PERSON = Plain(_FORECAST.format(by="o.owner_id", which=_DATED), lambda tables: [], lambda rows: [])
_FIRST_OLD = """(SELECT jsonb_path_query_first(e.changes, '$[*] ? (@.field == "estimated_revenue")') AS change
        FROM opportunities_event e WHERE e.opportunity_id = o.id AND e.at >= %({moment})s
        AND e.changes @> '[{{"field": "estimated_revenue"}}]' ORDER BY e.version LIMIT 1)"""
_THEN = "COALESCE(CASE WHEN {0}.change IS NULL THEN estimated_revenue ELSE ({0}.change ->> 'old')::numeric END, 0)"
_CLOSED_THEN = """(SELECT c.outcome, c.at FROM opportunities_closing c WHERE c.opportunity_id = o.id
        AND c.at < %({moment})s AND (c.reopened_at IS NULL OR c.reopened_at >= %({moment})s))"""


def _counted(which: str, amount: str) -> str:
    return f"COUNT(*) FILTER (WHERE {which}), SUM({amount}) FILTER (WHERE {which})"


BRIDGE = Plain(
    f"""WITH compared AS (
        SELECT created_at < %(begins)s AND closed_before.at IS NULL AS was_open, closed_after.at IS NULL AS is_open,
        closed_after.at >= %(begins)s AS closed_in_it, closed_after.outcome,
        {_THEN.format("old_before")} AS before, {_THEN.format("old_after")} AS after
        FROM opportunities_opportunity o
        LEFT JOIN LATERAL {_CLOSED_THEN.format(moment="begins")} closed_before ON TRUE
        LEFT JOIN LATERAL {_CLOSED_THEN.format(moment="ends")} closed_after ON TRUE
        LEFT JOIN LATERAL {_FIRST_OLD.format(moment="begins")} old_before ON TRUE
        LEFT JOIN LATERAL {_FIRST_OLD.format(moment="ends")} old_after ON TRUE
        WHERE created_at < %(ends)s)
    SELECT {_counted("was_open", "before")}, {_counted("was_open AND after > before", "after - before")},
        {_counted("closed_in_it AND outcome = 'lost'", "-after")},
        {_counted("closed_in_it AND outcome = 'won'", "-after")}, {_counted("is_open", "after")} FROM compared""",
    lambda tables: [
        figure.value
        for row in [*(tables["bridge"].rows[place] for place in (0, 3, 5, 6)), tables["bridge"].total]
        for figure in row.figures
    ],
    lambda rows: [value if place % 2 == 0 else _amount(value) for place, value in enumerate(rows[0])],
)
BLOCKED = Plain(
    """SELECT step.value, COUNT(*), SUM(estimated_revenue), percentile_cont(0.5) WITHIN GROUP
        (ORDER BY %(today)s - (stage_counted_from AT TIME ZONE %(zone)s)::date)
        FROM opportunities_opportunity o CROSS JOIN jsonb_array_elements_text(unmet_steps) AS step
        WHERE status = 'open' GROUP BY step.value""",
    lambda tables: sorted(_column(tables, "blocked", 0, 1)),
    lambda rows: sorted((count, _amount(revenue)) for _step, count, revenue, _days in rows),
)
_ACT = """SELECT '{kind}', {by}, step_id, COUNT(DISTINCT opportunity_id) FROM {table}
        WHERE {at} >= %(begins)s AND {at} < %(ends)s GROUP BY GROUPING SETS (({by}), (step_id), ())"""
WAIVERS = Plain(
    " UNION ALL ".join(
        _ACT.format(kind=kind, by=by, table=f"opportunities_{table}", at=at)
        for kind, by, table, at in (
            ("asked", "by_id", "waiverrequest", "at"),
            ("given", "by_id", "waiver", "at"),  # nothing of the demo is imported
            ("withdrawn", "withdrawn_by_id", "waiver", "withdrawn_at"),
        )
    ),
    lambda tables: [*_total(tables, "waivers_by_step", 0, 1, 3)[0]] if tables["waivers_by_step"].total else [0, 0, 0],
    lambda rows: [count for _kind, by, step, count in rows if by is None and step is None],
)

PLAIN: Mapping[str, Sequence[Plain]] = {
    "reports": (OPEN, WON_NOW, OPENING, CYCLE),
    "funnel": (BY_STAGE, _median_now("stages", 3), BY_OWNER, WENT_ON),
    "conversion": (REACHED, OUTCOMES_OF_COHORT, LOST_BY_REASON, _median_spent(_COHORT, "days", 0)),
    "time_in_stage": (_median_now("days", 1), _median_spent(_WON, "days", 4), AGES),
    "win_loss": (CLOSED, AGAINST, DEBRIEFS),
    "forecast": (BY_MONTH, BY_PERSON),
    "bridge": (BRIDGE,),
    "blockers": (BLOCKED, WAIVERS),
}
"""By the name of the report."""

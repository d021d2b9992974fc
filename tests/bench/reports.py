"""`python -m tests.bench.reports`: the database time of each report for a manager, beside plain SQL of its figures.

Takes the database of `tests.bench.data`, which must be PostgreSQL; `TIMES=10` copies its opportunities, so that
`N=100000 TIMES=10` measures a million of which 100,000 are open. Of each report, of the month and of the year: the
statements of the page and their milliseconds together, the least of `ROUNDS=5`; the same of the plain SQL; the ratio;
and the slowest statement. Fails with a sentence where the figures differ. `EXPLAIN=50` prints the plan of each
statement that takes as many milliseconds, `ONLY=bridge` measures one report.

`CPU=1` measures the processor time of the database's process instead, without parallel workers: what a quiet machine
would take, however much else runs on this one. The database has to run on this machine, which has to be Linux.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench import data, multiplied
from tests.bench.plain_reports import PLAIN, Plain

ROUNDS = int(os.environ.get("ROUNDS", "5"))
ONLY = os.environ.get("ONLY", "").split()
EXPLAIN = float(os.environ.get("EXPLAIN", "inf"))
PERIODS = os.environ.get("PERIODS", "month quarter year").split()
OF_PROCESSOR = "CPU" in os.environ


def main() -> None:
    data.set_up()
    from django.db import connection

    if connection.vendor != "postgresql":
        print("The plain SQL of the reports is that of PostgreSQL: name a database of it in DATABASE_URL.")
        return
    if not _count():
        data.fill()
        multiplied.vacuum()
    multiplied.multiply()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        if OF_PROCESSOR:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
    manager = data.people()["manager"]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{_count():,} opportunities, {_count(status='open'):,} open; the least of {ROUNDS} rounds; load {load}")
    print(f"{'report':16}{'period':8}{'queries':>8}{'ms':>9}{'plain':>9}{'ratio':>7}{'slowest':>9}")
    differences = [sentence for name in PLAIN if not ONLY or name in ONLY for sentence in _measure(name, manager)]
    sys.exit("\n".join(differences))


def _count(**found: str) -> int:
    from opportunities.models import Opportunity

    return Opportunity.objects.filter(**found).count()


def _measure(name: str, manager: Any) -> list[str]:
    """Prints the lines of one report. Returns a sentence for each difference from plain SQL."""
    from django.db import connection
    from django.test import Client

    from opportunities.reports.every import REPORTS

    report = next(each for each in REPORTS if each.name == name)
    client = Client(headers={"host": "localhost"})
    client.force_login(manager)
    differences = []
    for period in PERIODS:
        scope = _scope(manager, period)
        params = _params(scope)

        def plainly() -> list[list[tuple[Any, ...]]]:
            with connection.cursor() as cursor:
                return [cursor.execute(each.sql, params).fetchall() for each in PLAIN[name]]  # noqa: B023

        count, spent, slowest, _answer = _least(lambda: client.get(f"{report.address}?period={period}"))  # noqa: B023
        _count, plain, _slowest, rows = _least(plainly)
        ratio = spent / plain
        print(f"{name:16}{period:8}{count:8}{spent:9.1f}{plain:9.1f}{ratio:7.1f}{slowest:9.1f}", flush=True)
        tables = {table.key: table for table in report.tables(scope)}
        for each, found in zip(PLAIN[name], rows, strict=True):
            differences += _difference(f"{name} of this {period}", each, tables, found)
    return differences


def _difference(what: str, plain: Plain, tables: Any, rows: list[tuple[Any, ...]]) -> list[str]:
    ours, theirs = list(plain.of_report(tables)), list(plain.of_rows(rows))
    return [] if ours == theirs else [f"{what}: the report has {ours}, plain SQL {theirs}: {plain.sql}"]


def _least(ask: Callable[[], Any]) -> tuple[int, float, float, Any]:
    """Of the best round: the statements, their milliseconds together, those of the slowest; and what was answered."""
    ask()
    best: list[float] = []
    with _timed() as spent:
        for _round in range(ROUNDS):
            spent.clear()
            answer = ask()
            if not best or sum(spent) < sum(best):
                best = list(spent)
    return len(best), sum(best), max(best), answer


@contextmanager
def _timed() -> Iterator[list[float]]:
    """The milliseconds of each statement in the block, until its rows are there."""
    from django.db import connection

    spent: list[float] = []

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = _milliseconds()
        result = execute(sql, params, many, context)
        spent.append(_milliseconds() - began)
        if spent[-1] > EXPLAIN:
            _explain(sql, params, spent[-1])
        return result

    with connection.execute_wrapper(timed):
        yield spent


def _milliseconds() -> float:
    from django.db import connection

    if OF_PROCESSOR:
        connection.ensure_connection()
        return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e6
    return time.perf_counter() * 1000


def _explain(sql: str, params: Any, milliseconds: float) -> None:
    from django.db import connection

    with connection.connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params).fetchall()
    print(f"{milliseconds:.0f} ms: {sql}", *(line for (line,) in plan), sep="\n    ")


def _scope(manager: Any, period: str) -> Any:
    from django.conf import settings
    from django.utils import timezone

    from opportunities.models import Opportunity
    from opportunities.pipeline import periods
    from opportunities.reports.tables import Days, Scope
    from stages.models import Process

    today = timezone.localdate(timezone=timezone.get_default_timezone())
    days = Days(*periods.days(periods.Period(period), today, first_month=settings.FISCAL_YEAR_FIRST_MONTH))
    process = Process.objects.filter(is_default=True).first()
    return Scope(Opportunity.objects.visible_to(manager).order_by(), process, days, today, manager)


def _params(scope: Any) -> dict[str, Any]:
    from django.conf import settings

    from opportunities.pipeline import periods
    from opportunities.pipeline.conditions import midnight

    starts = {
        each: periods.days(periods.Period(each), scope.today, first_month=settings.FISCAL_YEAR_FIRST_MONTH)[0]
        for each in ("month", "quarter")
    }
    first, last = scope.period.first, scope.period.last
    moments = {"begins": midnight(first), "ends": midnight(last + timedelta(days=1))}
    of_scope = {"today": scope.today, "process": scope.process.pk, "zone": settings.TIME_ZONE}
    return {"first": first, "last": last, **moments, **starts, **of_scope}


if __name__ == "__main__":
    main()

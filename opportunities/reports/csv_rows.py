"""A table of a report as the heads and rows of a file."""

from collections.abc import Iterator

from opportunities.pipeline.lists.columns import Value
from opportunities.reports.tables import ReportColumn, Row, Table


def columns(table: Table) -> list[ReportColumn]:
    return [ReportColumn("rows", table.rows_are), *table.columns]


def rows(table: Table) -> Iterator[list[Value]]:
    """The rows as the page has them, the total last."""
    for row in [*table.rows, *([table.total] if table.total else [])]:
        yield _row(row)


def _row(row: Row) -> list[Value]:
    return [str(row.label), *(figure.value for figure in row.figures)]

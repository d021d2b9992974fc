"""Compares the figures of reports with the lists behind them."""

from random import Random

from django.utils import timezone

from opportunities.reports.tables import Measure
from tests.support import arithmetic
from tests.support.behind_figures import listed

LISTS_OF_A_SET = 5

REVENUE = ("revenue", "lost_value", "committed", "best_case", "pipeline")
"""The columns of amounts that are the estimated revenue of the list behind them."""


def table(tables, key):
    """The figures of each row by its label, those of the last row as `total`."""
    found = next(each for each in tables if each.key == key)
    rows = {str(row.label): [figure.value for figure in row.figures] for row in found.rows}
    assert len(rows) == len(found.rows)
    return rows | ({"total": [figure.value for figure in found.total.figures]} if found.total else {})


def assert_lists_agree(tables, reader):
    """Each count of a figure with filters is that of the list with these filters; each amount one of its sums."""
    for where, column, figure in with_lists(tables):
        _assert_list_agrees(where, column, figure, reader)


def assert_some_lists_agree(tables, reader):
    """The same of a few figures, others for each set of opportunities: a list takes longer than the whole report."""
    every = with_lists(tables)
    chosen_by = repr([figure.value for _where, _column, figure in every])
    for where, column, figure in Random(chosen_by).sample(every, min(LISTS_OF_A_SET, len(every))):
        _assert_list_agrees(where, column, figure, reader)


def with_lists(tables):
    """The figures that lead to a list: what they are, their column, the figure."""
    return [
        (f"{each.key}, {row.label}, {column.key}: {dict(figure.filters)}", column, figure)
        for each in tables
        for row in [*each.rows, *([each.total] if each.total else [])]
        for column, figure in zip(each.columns, row.figures, strict=True)
        if figure.filters is not None
    ]


def _assert_list_agrees(where, column, figure, reader):
    assert figure.value == behind(column, listed(reader, figure.filters, at=timezone.now())), where


def behind(column, found):
    """The value that a figure of this column has, if this is the list behind it."""
    if column.unit is Measure.COUNT:
        return found.totals.count
    if column.key in ("won", "won_revenue"):
        return won_revenue(found)
    assert column.key in ("weighted", *REVENUE)
    return found.totals.weighted if column.key == "weighted" else found.totals.revenue


def won_revenue(found):
    """The actual revenue of the opportunities of a list, added up one by one."""
    return arithmetic.total(found.rows.values_list("actual_revenue", flat=True))


def drawn_figures(page):
    """Each figure of a page with an address: its column, its value and the address."""
    for table in page.context["tables"]:
        for row in [*table.rows, *([table.total] if table.total else [])]:
            for cell, figure in zip(row.cells, row.row.figures, strict=True):
                if cell.address:
                    yield f"{table.table.key}, {row.row.label}, {cell.column.key}", cell, figure

"""Compares the figures of reports with the lists behind them."""

from decimal import Decimal
from types import SimpleNamespace

from django.http import QueryDict
from django.utils.http import urlencode

from opportunities.pipeline.filters import OpportunityFilter
from opportunities.reports.tables import Measure


def table(tables, key):
    """The figures of each row by its label, those of the last row as `total`."""
    found = next(each for each in tables if each.key == key)
    rows = {str(row.label): [figure.value for figure in row.figures] for row in found.rows}
    assert len(rows) == len(found.rows)
    return rows | ({"total": [figure.value for figure in found.total.figures]} if found.total else {})


def listed(filters, reader):
    """The list with these filters."""
    query = QueryDict(urlencode(filters))
    found = OpportunityFilter(query, request=SimpleNamespace(user=reader))
    assert not found.left_out, found.left_out
    return found


def assert_lists_agree(tables, reader):
    """Each count of a figure with filters is that of the list with these filters; each amount one of its sums."""
    for each in tables:
        for row in [*each.rows, *([each.total] if each.total else [])]:
            for column, figure in zip(each.columns, row.figures, strict=True):
                if figure.filters is None:
                    continue
                totals = listed(figure.filters, reader).totals
                where = f"{each.key}, {row.label}, {column.key}: {dict(figure.filters)}"
                if column.unit is Measure.COUNT:
                    assert figure.value == totals.count, where
                else:
                    sums = {"revenue": totals.revenue, "weighted": totals.weighted, "lost_value": totals.revenue}
                    if column.key == "won_revenue":
                        sums["won_revenue"] = won_revenue(figure.filters, reader)
                    assert figure.value == sums[column.key], where


def won_revenue(filters, reader):
    """The actual revenue of the opportunities of the list with these filters, added up one by one."""
    amounts = listed(filters, reader).rows.values_list("actual_revenue", flat=True)
    return sum((amount for amount in amounts if amount is not None), Decimal(0)).quantize(Decimal("0.01"))

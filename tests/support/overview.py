"""The figures of the overview, each compared with the list behind it."""

from opportunities.reports import dashboard
from tests.support.behind_figures import listed, scope_of
from tests.support.figures import table, won_revenue


def overview(reader, period):
    """The figures of each row by the table and the label: some labels are in two tables."""
    found = dashboard.tables(scope_of(reader, period))
    lists = {}  # by their filters: a count and its amounts lead to the same list
    for each in found:
        for row in each.rows:
            for figure in row.figures:
                if figure.filters is not None:
                    asked = tuple(sorted(figure.filters.items()))
                    lists[asked] = lists.get(asked) or listed(reader, figure.filters)
                    _assert_list_agrees(each.key, str(row.label), figure, lists[asked])
    return {(each.key, label): row for each in found for label, row in table(found, each.key).items()}


def _assert_list_agrees(key, label, figure, behind):
    amounts = {"Open, estimated": behind.totals.revenue, "Open, weighted": behind.totals.weighted}
    if key == "opportunities":
        assert figure.value == behind.totals.count, label
    elif "change" not in figure.filters:  # the list has the amounts of now
        assert figure.value == amounts.get(label, won_revenue(behind)), label

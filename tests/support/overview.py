"""The figures of the overview, each compared with the list behind it."""

from opportunities.reports import dashboard
from tests.support.behind_figures import listed, scope_of
from tests.support.figures import table, won_revenue


def overview(reader, period):
    """The figures of each row by the table and the label: some labels are in two tables."""
    found = dashboard.tables(scope_of(reader, period))
    for each in found:
        for row in each.rows:
            _assert_lists_agree(each.key, str(row.label), row.figures, reader)
    return {(each.key, label): row for each in found for label, row in table(found, each.key).items()}


def _assert_lists_agree(key, label, figures, reader):
    for figure in figures:
        if figure.filters is None:
            continue
        behind = listed(reader, figure.filters)
        amounts = {"Open, estimated": behind.totals.revenue, "Open, weighted": behind.totals.weighted}
        if key == "opportunities":
            assert figure.value == behind.totals.count, label
        elif "change" not in figure.filters:  # the list has the amounts of now
            assert figure.value == amounts.get(label, won_revenue(behind)), label

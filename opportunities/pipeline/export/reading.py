"""The rows of an export: those that a list finds, in its order."""

import datetime
from collections.abc import Iterator

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.export.files import Row
from opportunities.pipeline.lists import table
from opportunities.pipeline.lists.columns import Columns

READ_AT_ONCE = 1000


def rows(found: OpportunityQuerySet, columns: Columns, *, at: datetime.datetime) -> Iterator[Row]:
    """The values of the columns. The ids are read first, so that no row comes twice while others write."""
    pks = list(found.values_list("pk", flat=True))
    for start in range(0, len(pks), READ_AT_ONCE):
        for opportunity in table.read(pks[start : start + READ_AT_ONCE], columns):
            yield [column.value(opportunity, at) for column in columns]

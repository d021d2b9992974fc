"""The opportunities of the export, read some hundred at a time."""

from collections.abc import Iterator
from typing import Any

from opportunities.editing import answers
from opportunities.full_export import cells
from opportunities.full_export.table import TOGETHER, ExportTable
from opportunities.imports import fields, keys
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet

Versions = dict[int, int]
"""The version of each opportunity that was written, by its id. Its history ends with it."""

_FIRST = (
    *(
        "external_id",
        "row_version",
        "name",
        "account_id",
        "account",
        "contact_id",
        "contact",
        "owner",
        "process",
        "stage",
    ),
    *("status", "status_reason", "created_on", "closed_on", "actual_revenue"),
)
NAMES = (*_FIRST, *(answer.name for answer in answers.EDITABLE if answer.name not in _FIRST))

_OF_CLOSED = frozenset({"closed_on", "actual_revenue"})
_OF_OPEN = frozenset({"forecast_category"})
"""Those of a closed opportunity follow from its status."""


def opportunities(found: OpportunityQuerySet, written: Versions) -> ExportTable:
    """The opportunities. `written` gets the version of each."""
    return ExportTable(fields.of(fields.OPPORTUNITIES), NAMES, _rows(found, written))


def _rows(found: OpportunityQuerySet, written: Versions) -> Iterator[list[Any]]:
    along = ("account", "contact", "owner", "status_reason", "active_stage__process")
    pks = list(found.order_by("pk").values_list("pk", flat=True))  # first: no row comes twice while others write
    for start in range(0, len(pks), TOGETHER):
        rows = Opportunity.objects.filter(pk__in=pks[start : start + TOGETHER]).select_related(*along)
        for row in rows.order_by("pk"):
            written[row.pk] = row.version
            yield [_cell(row, name) for name in NAMES]


def _cell(row: Opportunity, name: str) -> Any:
    if name in (_OF_CLOSED if row.is_open else _OF_OPEN):
        return None
    own = {
        "external_id": lambda: keys.external_id_of(fields.OPPORTUNITIES, row.pk),
        "account_id": lambda: row.account_id and keys.external_id_of(fields.ACCOUNTS, row.account_id),
        "contact_id": lambda: cells.contact_id(row.contact),
        "row_version": lambda: row.version,
        "process": lambda: row.active_stage.process.name,
        "stage": lambda: row.active_stage.name,
        "status_reason": lambda: row.status_reason.name,
        "created_on": lambda: cells.moment(row.created_at),
    }
    return own[name]() if name in own else cells.of_column(row, name)

"""Who writes a child row, and when: the person and the time of the `editing` block."""

from typing import Any

from opportunities.models.stamp import Stamp


def of(row: Any) -> Stamp:
    """The stamp of the write that the row is part of."""
    stamp: Stamp | None = row.opportunity.stamp
    assert stamp is not None, "Call this inside an editing block, with the record that it yields."  # noqa: S101
    return stamp


def created(row: Any) -> None:
    """Sets who adds the row and when."""
    stamp = of(row)
    row.created_at, row.created_by = stamp.at, stamp.by

"""What the tab Files shows of each file besides its row: its earlier versions, and its preview."""

from collections.abc import Collection
from typing import Any

from opportunities.models import AttachmentPreview, Opportunity


def add_versions(opportunity: Opportunity, rows: Collection[Any]) -> None:
    """Sets on each file `versions`, its earlier ones, the last first, and `shown_preview`. Two queries, if any."""
    previews = _previews(rows)
    earlier: dict[str, list[Any]] = {row.series: [] for row in rows}
    if any(row.number > 1 for row in rows):
        found = opportunity.attachments.filter(series__in=earlier, is_latest=False).select_related("created_by")
        for each in found.order_by("-number"):
            earlier[each.series].append(each)
    for row in rows:
        row.versions, row.shown_preview = earlier[row.series], previews.get(row.pk)


def _previews(rows: Collection[Any]) -> dict[int, AttachmentPreview]:
    made = AttachmentPreview.objects.filter(attachment__in=rows, state=AttachmentPreview.State.MADE) if rows else ()
    return {preview.attachment_id: preview for preview in made}

"""Checks merges of accounts, contacts and competitors: a row that is gone has one that stayed, and nothing names it."""

from collections.abc import Iterator
from typing import Any

from opportunities.customers import merges, nouns
from opportunities.customers.models import Merge
from opportunities.models import Presentation


def merged() -> Iterator[tuple[str, str]]:
    """The name of each merge in force with a sentence about it. A few queries for each merge."""
    for merge in Merge.objects.filter(undone_at__isnull=True).order_by("pk").iterator():
        for what in _of_merge(merge):
            yield f"merge {merge.pk}", what
    gone = set(Merge.objects.filter(undone_at__isnull=True, noun=Merge.Noun.CONTACT).values_list("gone_id", flat=True))
    for row in Presentation.objects.order_by("pk").iterator() if gone else ():
        if named := sorted(gone & {each["id"] for each in row.attendees}):
            yield f"presentation {row.pk}", f"was presented to contact {named[0]}, which was merged into another one"


def _of_merge(merge: Merge) -> Iterator[str]:
    if merge.noun not in nouns.MODELS:
        yield f"is about an unknown noun: {merge.noun}"
        return
    rows = nouns.MODELS[merge.noun]
    if rows._base_manager.filter(pk=merge.gone_id).exists():
        yield f"{merge.noun} {merge.gone_id} is gone by it, and is there"
    survivor = merges.survivor_id(merge.noun, merge.gone_id)
    if survivor is None:
        yield "leads in a circle"
    elif not rows._base_manager.filter(pk=survivor).exists() and not _was_deleted(rows, survivor):
        yield f"{merge.noun} {survivor}, which stayed, does not exist"


def _was_deleted(model: Any, pk: int) -> bool:
    """Whether a superuser deleted the row since, as its history says."""
    last = model.history.filter(id=pk).order_by("-history_id").first()
    return last is not None and last.history_type == "-"

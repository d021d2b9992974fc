"""The pictures of files, made by the worker.

    row of the file, row of the preview, task → worker → a program of its own with limits → private file → row

A task only wakes the worker, which makes every preview that is waiting: a lost task loses no preview, it waits for the
next one. A preview that fails, or takes too long, is not tried for ever; the page shows an icon instead.
"""

import logging
from collections.abc import Callable

from django.core.files.base import ContentFile
from django.db.models import F
from django_tasks import task

from opportunities.models import Attachment, AttachmentPreview
from opportunities.previews import draw_in_subprocess
from salesflow import private_files

MOST_ATTEMPTS = 3
"""A worker that is killed while it makes a preview records no failure. Another one tries again, at most this often."""

State = AttachmentPreview.State
Draw = Callable[[bytes, str], draw_in_subprocess.Picture]
"""Draws the picture of a file, given with its content type."""

_log = logging.getLogger(__name__)


@task()
def make_previews() -> None:
    """Makes the previews that are waiting."""
    make_waiting()


def plan(attachment: Attachment) -> None:
    """Adds a preview that waits, and wakes the worker. Call it in the transaction that adds the file."""
    AttachmentPreview.objects.create(attachment=attachment)
    make_previews.enqueue()


def make_waiting(draw: Draw = draw_in_subprocess.drawn) -> None:
    """Makes every preview that is waiting, one after the other."""
    while preview := _next():
        _make(preview, draw)


def _next() -> AttachmentPreview | None:
    """The next one to make, with its attempt counted. Gives up those whose attempts all ended without a record."""
    waiting = AttachmentPreview.objects.filter(state=State.WAITING)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(state=State.FAILED)
    for preview in waiting.select_related("attachment").order_by("attempts", "pk")[:1]:
        if waiting.filter(pk=preview.pk, attempts=preview.attempts).update(attempts=F("attempts") + 1):
            return preview
        return _next()  # another worker took it
    return None


def _make(preview: AttachmentPreview, draw: Draw) -> None:
    attachment, row = preview.attachment, AttachmentPreview.objects.filter(pk=preview.pk)
    try:
        with private_files.storage().open(attachment.storage_name) as file:
            picture = draw(file.read(), attachment.content_type)
        _replace(attachment.preview_name, picture.content)
    except Exception as fault:  # the file is hostile, or damaged, or away
        _log.warning("The file %s has no preview: %s: %s", attachment.pk, type(fault).__name__, fault)
        row.update(state=State.FAILED)
        return
    size = {"width": picture.width, "height": picture.height}
    if not row.update(state=State.MADE, content_type=picture.content_type, **size):
        private_files.storage().delete(attachment.preview_name)  # the file was removed meanwhile


def _replace(name: str, content: bytes) -> None:
    """Saves the picture. An earlier attempt may have saved one before it was killed."""
    private_files.storage().delete(name)
    private_files.storage().save(name, ContentFile(content))

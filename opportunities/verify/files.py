"""What holds for files: each row has its file, of the right size and SHA-256, and each file and picture has its row."""

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping

from opportunities.editing import stored_files
from opportunities.models import Attachment, AttachmentPreview
from opportunities.models.attachments import PREVIEW
from opportunities.verify.snapshot import Snapshot
from salesflow import private_files
from stages import gates

HAS_PICTURE = {AttachmentPreview.State.WAITING, AttachmentPreview.State.MADE}
"""A worker may be writing the picture of a preview that waits. One that failed has none."""

SAFE_AGE = datetime.timedelta(hours=1)
"""A file that is younger may belong to an upload whose row is not committed yet."""

Sentences = Iterator[str]


def rows(snapshot: Snapshot) -> Sentences:
    """Each file has a name that can be seen, and one latest version, its last one."""
    for attachment in snapshot.attachments:
        if not gates.is_filled(attachment.name):
            yield f"has a file ({attachment.pk}) without a visible name"
    last = {each.series: each for each in sorted(snapshot.attachments, key=lambda each: each.number)}
    for attachment in snapshot.attachments:
        if attachment.is_latest != (last[attachment.series] is attachment):
            yield f"has a file ({attachment.pk}) whose latest version is not its last one"


def contents(snapshot: Snapshot) -> Sentences:
    for attachment in snapshot.attachments:
        digest, size = hashlib.sha256(), 0
        try:
            with private_files.storage().open(attachment.storage_name) as file:
                for chunk in file.chunks():
                    digest.update(chunk)
                    size += len(chunk)
        except FileNotFoundError:
            if not Attachment.objects.filter(pk=attachment.pk, storage_name=attachment.storage_name).exists():
                continue  # removed since the snapshot
            yield f"the content of its file {attachment.pk} (“{attachment}”) is missing: {attachment.storage_name}"
            continue
        if size != attachment.size:
            yield f"its file {attachment.pk} (“{attachment}”) has {size} bytes instead of {attachment.size}"
        elif digest.hexdigest() != attachment.sha256:
            yield f"the content of its file {attachment.pk} (“{attachment}”) has changed: another SHA-256"


CHECKS: tuple[Callable[[Snapshot], Sentences], ...] = (rows, contents)


def orphans(*, at: datetime.datetime) -> Iterator[str]:
    """The names of the files and pictures that no row names, and that no upload or worker can be writing any more."""
    found = sorted(private_files.every_name())
    previews = Attachment.objects.values_list("storage_name", "preview__state")
    states: dict[str, str | None] = dict(previews)  # after the files, which come first
    for rows, column in stored_files.named_in():
        states = dict.fromkeys(rows.values_list(column, flat=True)) | states
    for name in found:
        if not _has_row(name, states) and _is_old(name, at):
            yield name


def _has_row(name: str, states: Mapping[str, str | None]) -> bool:
    """`states`: of the preview of each file, by the name of the file in the storage; None if it has no preview."""
    if name.endswith(PREVIEW):
        return states.get(name.removesuffix(PREVIEW)) in HAS_PICTURE
    return name in states


def _is_old(name: str, at: datetime.datetime) -> bool:
    try:
        return private_files.changed_at(name) <= at - SAFE_AGE
    except FileNotFoundError:  # removed meanwhile
        return False


def sweep(*, at: datetime.datetime) -> int:
    """Deletes these files. Returns how many."""
    names = list(orphans(at=at))
    for name in names:
        private_files.storage().delete(name)
    return len(names)

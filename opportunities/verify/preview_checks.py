"""What holds for previews: each one that is made has its picture. `files` finds the pictures without a preview."""

import io
from collections.abc import Iterator

from PIL import Image

from opportunities.models import AttachmentPreview
from opportunities.previews import draw_preview
from salesflow import private_files

MADE = AttachmentPreview.State.MADE
END_OF_JPEG = b"\xff\xd9"


def previews() -> Iterator[tuple[AttachmentPreview, str]]:
    """A sentence for each preview that is made, and whose picture is missing, damaged, or not as its row says."""
    rows = AttachmentPreview.objects.filter(state=MADE).select_related("attachment__opportunity")
    for preview in rows.order_by("pk").iterator(chunk_size=500):
        if fault := _fault_of(preview):
            yield preview, f"the preview of its file {preview.pk} (“{preview.attachment}”) {fault}"


def _fault_of(preview: AttachmentPreview) -> str:
    """Empty if there is none."""
    if preview.content_type not in draw_preview.BEGINNINGS:
        return f"is of a type that is none of a preview: “{preview.content_type}”"
    try:
        with private_files.storage().open(preview.attachment.preview_name) as file:
            content = file.read()
    except FileNotFoundError:
        return f"is missing: {preview.attachment.preview_name}" if _is_still_made(preview) else ""
    try:
        size = _size_of(content, preview.content_type)
    except Exception as error:  # the picture is damaged, and Pillow has many errors for that
        return f"cannot be read: {type(error).__name__}: {error}"
    right = preview.width, preview.height
    return "" if size == right else f"has {size[0]} × {size[1]} pixels instead of {right[0]} × {right[1]}"


def _size_of(content: bytes, content_type: str) -> tuple[int, int]:
    """The size of a picture that is whole. Never decodes it: the program that drew it reads what strangers wrote."""
    with Image.open(io.BytesIO(content), formats=[draw_preview.READ[content_type]]) as picture:
        size = picture.size
        picture.verify()  # the check sums of a PNG; a JPEG has none
    if content_type == "image/jpeg" and not content.endswith(END_OF_JPEG):
        raise ValueError("it ends too early")
    return size


def _is_still_made(preview: AttachmentPreview) -> bool:
    """Whether the row is there as it was read: its file may have been removed meanwhile."""
    now = AttachmentPreview.objects.filter(pk=preview.pk, state=MADE)
    return now.filter(attachment__storage_name=preview.attachment.storage_name).exists()

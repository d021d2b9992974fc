"""A program: draws a preview of the file on its standard input, and writes it to its standard output.

It limits itself first: its time, its memory, what it may write, and the pixels that it reads. It imports nothing of
Salesflow, opens no other file, and knows no secret. The first line of its output is JSON, the rest is the picture.
"""

import io
import json
import sys
from typing import Any

SIDE = 640  # pixels of the longer side of a preview
MOST_PIXELS = 50_000_000  # of the image that is read
MOST_BYTES = 4_000_000  # of a preview
MEMORY = 1_000_000_000  # bytes
CPU = 10  # seconds, unless the caller says otherwise

BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
READ = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
PDF = "application/pdf"


def limit(seconds: int = CPU) -> None:
    """Sets the limits. Windows has none; there only the time of the caller limits this program."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("AS", MEMORY), ("CPU", seconds), ("FSIZE", MOST_BYTES), ("CORE", 0), ("NOFILE", 64)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def image(content: bytes, content_type: str) -> Any:
    """The image, upright. Raises an error for one with more pixels than allowed, before it reads them."""
    from PIL import Image, ImageOps

    opened = Image.open(io.BytesIO(content), formats=[READ[content_type]])
    if opened.width * opened.height > MOST_PIXELS:
        raise ValueError(f"The image has {opened.width} × {opened.height} pixels.")
    opened.draft("RGB", (2 * SIDE, 2 * SIDE))  # reads a large JPEG at a smaller scale
    return ImageOps.exif_transpose(opened)


def page(content: bytes) -> Any:
    """The first page of a PDF, drawn no larger than a preview."""
    import pypdfium2

    first = pypdfium2.PdfDocument(content)[0]
    scale = min(SIDE / max(*first.get_size(), 1), 4)
    return first.render(scale=scale, may_draw_forms=False).to_pil()


def encoded(picture: Any, *, is_photo: bool) -> tuple[bytes, str]:
    """A picture without anything that was in the file besides its pixels."""
    written = io.BytesIO()
    if is_photo:
        picture.convert("RGB").save(written, "JPEG", quality=80)
        return written.getvalue(), "image/jpeg"
    picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB").save(
        written, "PNG", optimize=True
    )
    return written.getvalue(), "image/png"


def drawn(content: bytes, content_type: str) -> tuple[bytes, dict[str, Any]]:
    """The preview, with its type and size."""
    picture = page(content) if content_type == PDF else image(content, content_type)
    picture.thumbnail((SIDE, SIDE))
    picture.info.pop("icc_profile", None)
    preview, written_type = encoded(picture, is_photo=content_type == "image/jpeg")
    return preview, {"content_type": written_type, "width": picture.width, "height": picture.height}


def main(content_type: str, seconds: str) -> None:
    limit(int(seconds))
    preview, said = drawn(sys.stdin.buffer.read(), content_type)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + preview)


if __name__ == "__main__":
    main(*sys.argv[1:])

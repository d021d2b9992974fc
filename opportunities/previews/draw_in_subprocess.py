"""Draws a preview in another process, because the readers of pictures and PDFs read what strangers wrote."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from opportunities.previews import draw_preview


class CannotBeDrawn(Exception):
    """The program failed, reached a limit, or wrote no picture."""


@dataclass(frozen=True)
class Picture:
    content: bytes
    content_type: str
    width: int
    height: int


def drawn(content: bytes, content_type: str, *, seconds: int = draw_preview.CPU) -> Picture:
    """The picture of an image, or of the first page of a PDF. Raises CannotBeDrawn.

    `seconds`: the time of the processor that it may take. While the machine is busy, twice as long may pass.
    """
    command = [sys.executable, "-I", "-W", "ignore", str(Path(draw_preview.__file__)), content_type, str(seconds)]
    with tempfile.TemporaryFile() as written:
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                command, input=content, stdout=written, stderr=subprocess.PIPE, timeout=2 * seconds, env={}, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise CannotBeDrawn(f"It took more than {2 * seconds} seconds.") from late
        if done.returncode:
            last_line = done.stderr[-500:].decode(errors="replace").strip().rpartition("\n")[2]
            raise CannotBeDrawn(f"The program ended with {done.returncode}: {last_line}")
        written.seek(0)
        return _picture(written.read(draw_preview.MOST_BYTES))


def drawn_here(content: bytes, content_type: str) -> Picture:
    """As `drawn`, in this process and without its limits: only for files of our own, such as those of the demo."""
    preview, said = draw_preview.drawn(content, content_type)
    return Picture(preview, **said)


def _picture(written: bytes) -> Picture:
    """Reads what the program wrote. Trusts nothing, because a hostile file may have taken it over."""
    head, _newline, content = written.partition(b"\n")
    try:
        said = json.loads(head)
        picture = Picture(content, said["content_type"], int(said["width"]), int(said["height"]))
    except (ValueError, TypeError, KeyError) as error:
        raise CannotBeDrawn("The program wrote no picture.") from error
    fits = 0 < picture.width <= draw_preview.SIDE and 0 < picture.height <= draw_preview.SIDE
    if not fits or not content.startswith(draw_preview.BEGINNINGS.get(picture.content_type, b"\0none")):
        raise CannotBeDrawn("The program wrote no picture.")
    return picture

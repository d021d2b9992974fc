"""Small files of a demo, made in code: a proposal as a PDF, and a sketch as a PNG."""

import io
import textwrap
from collections.abc import Iterable

from PIL import Image, ImageDraw

A_LINE = 78  # characters
PAPER, WALL, SENSOR = "#ffffff", "#334155", "#0f766e"
ROOMS = ((20, 20, 220, 160), (220, 20, 460, 160), (20, 160, 300, 300), (300, 160, 460, 300))


def pdf(title: str, paragraphs: Iterable[str]) -> bytes:
    """One page with a title and paragraphs."""
    lines = [line for each in paragraphs for line in (*textwrap.wrap(each, A_LINE), "")]
    text = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    drawn = f"BT /F1 24 Tf 60 760 Td ({_escaped(title)}) Tj /F1 12 Tf 18 TL 0 -40 Td\n{text}ET"
    content = drawn.encode("cp1252", "replace")
    return _document(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _document(*objects: bytes) -> bytes:
    """The objects of a PDF, with the table that says where each begins."""
    written, table = b"%PDF-1.4\n", b"0000000000 65535 f \n"
    for number, each in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(written)
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    count = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(written))
    return written + b"xref\n0 %d\n%b%b" % (count, table, end)


def png(sensors: Iterable[tuple[int, int]]) -> bytes:
    """A floor plan with a dot for each sensor."""
    plan = Image.new("RGB", (480, 320), PAPER)
    drawing = ImageDraw.Draw(plan)
    for room in ROOMS:
        drawing.rectangle(room, outline=WALL, width=4)
    for x, y in sensors:
        drawing.ellipse((x - 8, y - 8, x + 8, y + 8), fill=SENSOR)
    written = io.BytesIO()
    plan.save(written, "PNG")
    return written.getvalue()

"""Previews of files: drawn by another program with limits, and served to those who may see the opportunity."""

import io
import signal
import struct
import subprocess
import sys
import zlib

import pypdfium2
import pytest
from django.urls import reverse
from PIL import Image

from opportunities import previews
from opportunities.models import AttachmentPreview
from opportunities.previews import draw_in_subprocess, draw_preview
from salesflow import private_files
from tests.support import factories
from tests.support.factories import OpportunityFactory, upload

pytestmark = pytest.mark.django_db

State = AttachmentPreview.State


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def picture(kind="PNG", size=(1200, 800), **more):
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **more)
    return written.getvalue()


def pdf(pages=2, size=(595, 842)):
    document, written = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(pages):
        document.new_page(*size)
    document.save(written)
    document.close()
    return written.getvalue()


def pdf_of(*objects):
    """A PDF with one page, whose resources and content are the objects 4 and 5. Readers find them without a table."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 640 640]/Resources 4 0 R/Contents 5 0 R>>"
    first = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page)
    body = b"".join(b"%d 0 obj%s endobj\n" % each for each in enumerate(first + objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def stream(data, entries=b""):
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def slow_pdf():
    """Shades a page by a function of 100,000 steps for each pixel: hours for an ordinary page."""
    function = stream(
        b"{" + b"dup pop " * 100_000 + b"pop 0.5 0.5}", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]"
    )
    shading = b"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[640 0 0 640 0 0]/Function 6 0 R>>"
    return pdf_of(b"<</Shading<</S %s>>>>" % shading, stream(b"/S sh"), function)


def swelling_pdf():
    """A few kilobytes whose content unpacks to 600 million blanks: an empty page, after all."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 10_000_000) for _ in range(60)) + packer.flush()
    return pdf_of(b"<<>>", stream(zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]"))


def png_bomb(side=60_000):
    """A PNG that says that it has 3,600 million pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "content_type", "drawn_as", "size"),
    [
        (picture("PNG"), "image/png", "image/png", (640, 427)),
        (picture("JPEG"), "image/jpeg", "image/jpeg", (640, 427)),
        (picture("WEBP"), "image/webp", "image/png", (640, 427)),
        (picture("GIF", size=(20, 10)), "image/gif", "image/png", (20, 10)),
        (pdf(), "application/pdf", "image/png", (453, 640)),
    ],
)
def test_an_image_and_the_first_page_of_a_pdf_are_drawn(content, content_type, drawn_as, size):
    drawn = draw_in_subprocess.drawn(content, content_type)

    assert drawn.content_type == drawn_as
    assert (drawn.width, drawn.height) == Image.open(io.BytesIO(drawn.content)).size
    assert drawn.width == pytest.approx(size[0], abs=1) and drawn.height == pytest.approx(size[1], abs=1)


def test_a_preview_is_upright_and_has_no_place_in_it():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Karl Johans gate 1"
    drawn = draw_in_subprocess.drawn(picture("JPEG", size=(400, 200), exif=exif), "image/jpeg")

    assert (drawn.width, drawn.height) == (200, 400)
    assert b"Karl Johans" not in drawn.content


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (png_bomb(), "image/png"),
        (picture("PNG")[:200], "image/png"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (picture("PNG"), "image/jpeg"),
        (b"%PDF-1.7\nnothing", "application/pdf"),
        (pdf(pages=0), "application/pdf"),
        (b"plain", "text/plain"),
    ],
)
def test_what_cannot_be_drawn_has_no_preview(content, content_type):
    with pytest.raises(draw_in_subprocess.CannotBeDrawn):
        draw_in_subprocess.drawn(content, content_type)


def test_an_image_with_too_many_pixels_is_not_read_and_one_with_as_many_as_allowed_is():
    """Without the limit the larger one is drawn, too. For Pillow neither is a bomb."""
    assert 7_000 * 7_100 <= draw_preview.MOST_PIXELS < 7_100 * 7_100

    assert draw_in_subprocess.drawn(flat_png(7_000, 7_100), "image/png").height == draw_preview.SIDE
    with pytest.raises(draw_in_subprocess.CannotBeDrawn, match="The image has 7100 × 7100 pixels"):
        draw_in_subprocess.drawn(flat_png(7_100, 7_100), "image/png")


def flat_png(width, height):
    """A white picture with one bit for each pixel."""
    written = io.BytesIO()
    Image.new("1", (width, height), 1).save(written, "PNG")
    return written.getvalue()


def test_a_pdf_that_takes_too_long_is_given_up():
    with pytest.raises(draw_in_subprocess.CannotBeDrawn, match=f"ended with -{int(signal.SIGKILL)}|more than"):
        draw_in_subprocess.drawn(slow_pdf(), "application/pdf", seconds=1)


def test_a_pdf_that_takes_too_much_memory_is_given_up():
    content = swelling_pdf()
    assert len(content) < 20_000

    with pytest.raises(draw_in_subprocess.CannotBeDrawn, match=f"ended with -{int(signal.SIGABRT)}"):
        draw_in_subprocess.drawn(content, "application/pdf", seconds=30)


def test_the_program_limits_its_memory_its_time_and_what_it_writes():
    printed = "print([r.getrlimit(getattr(r, 'RLIMIT_' + name))[1] for name in ('AS', 'CPU', 'FSIZE')])"
    code = f"import runpy, resource as r; runpy.run_path({draw_preview.__file__!r})['limit'](); {printed}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str([draw_preview.MEMORY, draw_preview.CPU, draw_preview.MOST_BYTES])


def test_the_worker_makes_the_previews_that_wait(opportunity):
    image = upload(opportunity, name="Plan.png", content=picture(), content_type="image/png")
    broken = upload(opportunity, content=b"%PDF-1.7\nnothing")
    text = upload(opportunity, name="Notes.txt", content=b"Hi", content_type="text/plain")

    previews.make_waiting()

    states = dict(AttachmentPreview.objects.values_list("attachment", "state"))
    assert states == {image.pk: State.MADE, broken.pk: State.FAILED}
    assert text.pk not in states
    assert private_files.storage().exists(image.preview_name)


def test_a_preview_whose_worker_was_killed_is_tried_again_and_then_given_up(opportunity):
    image = upload(opportunity, name="Plan.png", content=picture(), content_type="image/png")
    private_files.storage().save(image.preview_name, factories.ContentFile(b"half"))
    AttachmentPreview.objects.update(attempts=1)
    previews.make_waiting()
    assert AttachmentPreview.objects.get().state == State.MADE

    AttachmentPreview.objects.update(state=State.WAITING, attempts=previews.MOST_ATTEMPTS)
    previews.make_waiting()
    assert AttachmentPreview.objects.get().state == State.FAILED


def test_the_file_of_a_preview_goes_with_its_row(opportunity, django_capture_on_commit_callbacks):
    file = upload(opportunity)
    factories.add_preview(file)

    with django_capture_on_commit_callbacks(execute=True):
        factories.remove(file)

    assert list(private_files.every_name()) == []


def test_the_tab_shows_a_preview_or_an_icon(opportunity, client_of, rep):
    with_preview, without = upload(opportunity), upload(opportunity, name="Notes.txt", content_type="text/plain")
    factories.add_preview(with_preview)

    page = client_of(rep).get(f"{opportunity.get_absolute_url()}?tab=files").content.decode()

    assert f'<img src="{reverse("attachment_preview", args=[opportunity.pk, with_preview.pk])}"' in page
    assert reverse("attachment_preview", args=[opportunity.pk, without.pk]) not in page
    assert '<span class="file-icon">TXT</span>' in page


def test_a_preview_is_served_as_a_picture_in_which_nothing_runs(opportunity, client_of, rep, colleague):
    file = upload(opportunity)
    address = reverse("attachment_preview", args=[opportunity.pk, file.pk])
    assert client_of(rep).get(address).status_code == 404
    factories.add_preview(file)

    response = client_of(rep).get(address)

    assert b"".join(response) == b"picture"
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == "inline"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "no-store")
    assert client_of(colleague).get(address).status_code == 404

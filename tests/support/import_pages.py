"""The pages of an import, used without JavaScript: from the upload of a file to its preview."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from opportunities.models import Import
from tests.support.factories import PROPOSE, QUALIFY
from tests.support.imports import table
from tests.support.pages import Form

DEALS = table(
    ["A1", "Ferries", PROPOSE, "2025-11-03", "480000"],
    ["A2", "Lorries", "In talks", "2025-11-04", "1000"],
    ["A3", "Trains", QUALIFY, "2025-02-31", "1000"],
    headings=("Id", "Name", "Stage", "Created", "Estimated revenue"),
)


def page(name, run):
    return reverse(name, args=[run.pk])


def sent(client, text, *, name="Deals.csv", address=None, form=None, **entries):
    """The answer to a form with this file."""
    address = address or reverse("import_new")
    form = form or Form(client.get(address), address)
    content = text.encode() if isinstance(text, str) else text
    return client.post(address, {**form.fields.dict(), **entries, "file": SimpleUploadedFile(name, content)})


def uploaded(client, text=DEALS, **entries):
    answer = sent(client, text, **entries)
    assert answer.status_code == 303, answer.content.decode()
    return Import.objects.latest("pk")


def pressed(client, name, run, label, /, *, on=None, **entries):
    """The answer to the button with this label, of the form of that address; `on` names another page with it."""
    address = page(name, run)
    return Form(client.get(page(on or name, run)), address).press(client, label, **entries)


def on_the_values(client, text=DEALS, **entries):
    run = uploaded(client, text, **entries)
    pressed(client, "import_reading", run, "Continue")
    pressed(client, "import_columns", run, "Continue")
    return run


def previewed(client, text=DEALS, **entries):
    run = on_the_values(client, text)
    answer = pressed(client, "import_values", run, "Show what will happen", **entries)
    assert answer.url == page("import_preview", run), answer.content.decode()
    return run


def text_of(answer):
    return b"".join(answer.streaming_content).decode("utf-8-sig") if answer.streaming else answer.content.decode()

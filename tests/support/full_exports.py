"""The export of everything: how it is downloaded, and imported into an empty database."""

import csv
import io
import zipfile

from django.apps import apps
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.imports import making, previewing, second_file
from opportunities.models import ImportRow, Opportunity, StatusReason
from salesflow.mail.models import OutboxMail
from tests.support import imports
from tests.support.factories import DAY, NOW

LATER = NOW + DAY
KEPT = {StatusReason, *(apps.get_model("opportunities", name) for name in ("MailTemplate", "ListExport"))}


def downloaded(client, user):
    """The files of the archive by their numbers, as this user downloads it."""
    client.force_login(user)
    response = client.post(reverse("full_export_download"))
    assert response.status_code == 200, response
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    return {name[0]: archive.read(name) for name in archive.namelist()}


def brought_in(by, files, *, at=LATER):
    """Imports the files in their order. Returns the runs."""
    return [
        done(by, files["1"], "accounts", at=at),
        done(by, files["2"], "contacts", at=at),
        done(by, files["3"], "opportunities", history=files["4"], at=at),
    ]


def done(by, content, noun, *, history=None, at=LATER):
    run = imports.begun(by, content, noun=noun, at=at)
    if history is not None:
        run = second_file.add(run, upload=imports.upload(history), name="History.csv")
    run = making.explain(run, mapping=making.mapping_of(run), keeps="mapped", at=at)
    while previewing.count_some(run.pk, 10_000, clock=lambda: at):
        pass
    run.refresh_from_db()
    assert (run.is_counted, run.refusal) == (True, "")
    return imports.do(run, at=at)


def empty():
    """Deletes every opportunity and every customer, and what belongs to them."""
    for model in apps.get_app_config("opportunities").get_models():
        if model not in KEPT:
            model._base_manager.all()._raw_delete("default")
    OutboxMail.objects.all().delete()
    for model in (Merge, Account.history.model, Contact.history.model, Contact, Account, Competitor):
        model._base_manager.all()._raw_delete("default")
    assert not Opportunity.objects.exists()


def problems_of(runs):
    return [problem for run in runs for row in ImportRow.objects.filter(run=run) for problem in row.problems]


def read(file):
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))


def written(rows):
    """The rows as the file that a spreadsheet saves."""
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=rows[0])
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()

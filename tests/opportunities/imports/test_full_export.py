"""The export of everything: managers download it, and the import reads it back as it was."""

import io
import zipfile

import pytest
from django.apps import apps
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.demo import load
from opportunities.imports import making, previewing, second_file
from opportunities.models import ImportRow, Opportunity, StatusReason
from opportunities.verify import run as verification
from salesflow.users.models import User
from tests.support import exported_rows, imports
from tests.support.factories import DAY, NOW

pytestmark = pytest.mark.django_db

LATER = NOW + DAY
KEPT = {StatusReason, *(apps.get_model("opportunities", name) for name in ("MailTemplate", "ListExport"))}


def downloaded(client, user, language="en"):
    """The files of the archive by their numbers, as this user downloads it."""
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(language=language)
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
    for model in (Merge, Account.history.model, Contact.history.model, Contact, Account, Competitor):
        model._base_manager.all()._raw_delete("default")
    assert not Opportunity.objects.exists()


def problems_of(runs):
    return [problem for run in runs for row in ImportRow.objects.filter(run=run) for problem in row.problems]


@pytest.fixture
def demo(time_machine):
    """Opportunities of each scenario. Returns a manager who sees all of them."""
    time_machine.move_to(LATER, tick=False)
    load.load_demo(at=NOW, count=60, password="lofoten", progress=lambda done: None)
    User.objects.update(is_active=True)  # a person who left cannot own what is imported
    for model in (Account, Contact):  # the numbers of the demo can be dialled nowhere
        model.objects.update(phone="+4721234567")
    return next(user for user in User.objects.order_by("pk") if user.is_manager and user.is_superuser)


@pytest.mark.demo
@pytest.mark.parametrize("language", ["en", "nb"])
def test_what_is_exported_and_imported_again_is_the_same(client, demo, language, settings):
    before = exported_rows.opportunities(), exported_rows.customers()
    files = downloaded(client, demo, language)
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(demo, files)

    assert problems_of(runs) == []
    after = exported_rows.opportunities(), exported_rows.customers()
    assert after[1] == before[1]
    assert set(after[0]) == set(before[0])
    for key, opportunity in before[0].items():
        assert after[0][key] == opportunity, key
    assert list(verification.faults()) == []

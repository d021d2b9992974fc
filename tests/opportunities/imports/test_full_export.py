"""The export of everything: managers download it, and the import reads it back as it was."""

import csv
import io
import zipfile

import pytest
from django.apps import apps
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.demo import load
from opportunities.editing import editing
from opportunities.imports import making, previewing, second_file, undoing
from opportunities.models import ImportRow, ListExport, Opportunity, StatusReason
from opportunities.verify import run as verification
from salesflow.users.models import User
from tests.support import exported_rows, factories, imports
from tests.support.factories import DAY, NOW

pytestmark = pytest.mark.django_db

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


COUNT = {"en": 60, "nb": 12}
"""Opportunities of the demo that are exported in each language. The first 60 have all scenarios."""


@pytest.fixture
def demo(request, time_machine):
    """Opportunities of the demo. Returns a manager who sees all of them, and reads this language."""
    time_machine.move_to(LATER, tick=False)
    load.load_demo(at=NOW, count=COUNT[request.param], password="lofoten", progress=lambda done: None)
    User.objects.update(is_active=True)  # a person who left cannot own what is imported
    for model in (Account, Contact):  # the numbers of the demo can be dialled nowhere
        model.objects.update(phone="+4721234567")
    User.objects.update(language=request.param)
    return next(user for user in User.objects.order_by("pk") if user.is_manager and user.is_superuser)


@pytest.mark.demo
@pytest.mark.parametrize("demo", COUNT, indirect=True)
def test_what_is_exported_and_imported_again_is_the_same(client, demo, settings):
    but = ["proposal_developed"]  # its evidence is a file, which the export leaves out
    before = exported_rows.opportunities(but=but), exported_rows.customers()
    files = downloaded(client, demo)
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(demo, files)

    assert problems_of(runs) == []
    after = exported_rows.opportunities(but=but), exported_rows.customers()
    assert after[1] == before[1]
    assert set(after[0]) == set(before[0])
    for key, opportunity in before[0].items():
        assert after[0][key] == opportunity, key
    assert list(verification.faults()) == []


def test_only_managers_export_and_get_what_they_see(client, manager, rep, colleague, lead):
    factories.OpportunityFactory(owner=rep, name="Fleet telematics")
    unseen = factories.OpportunityFactory(owner=colleague, name="Road salt")
    client.force_login(rep)
    assert client.get(reverse("full_export")).status_code == 403
    assert client.post(reverse("full_export_download")).status_code == 403
    assert ListExport.objects.count() == 0

    files = downloaded(client, lead)

    assert unseen.name not in {row["Name"] for row in read(files["3"])}
    assert {row["Name"] for row in read(downloaded(client, manager)["3"])} == {"Fleet telematics", "Road salt"}
    logged = ListExport.objects.order_by("pk").values_list("by", "format", "rows")
    assert list(logged) == [(lead.pk, "zip", len(read(files["3"]))), (manager.pk, "zip", 2)]


def test_the_page_says_what_the_archive_has(client, manager):
    factories.OpportunityFactory()
    client.force_login(manager)

    page = client.get(reverse("full_export")).content.decode()

    assert "1 opportunity, with its people and its history" in page
    assert reverse("full_export") in client.get(reverse("imports")).content.decode()


def test_what_comes_back_to_where_it_was_exported_changes_nothing(client, manager, in_develop):
    files = downloaded(client, manager)

    runs = brought_in(manager, files)

    assert {outcome for run in runs for outcome in imports.outcomes(run)} == {"same"}
    assert Opportunity.objects.count() == 1


def test_what_is_changed_in_the_file_is_changed_here_unless_a_person_was_faster(client, manager, in_develop):
    other = factories.OpportunityFactory(name="Road salt")
    rows = read(downloaded(client, manager)["3"])
    for row in rows:
        row["Customer need"] = "Lower costs"
    with editing(other, by=manager, at=LATER) as record:
        record.customer_need = "Better roads"

    run = done(manager, written(rows), "opportunities")

    outcomes = dict(zip([row["Name"] for row in rows], imports.outcomes(run), strict=True))
    assert outcomes == {in_develop.name: "updated", "Road salt": "skipped"}
    assert factories.reread(in_develop).customer_need == "Lower costs"
    assert factories.reread(other).customer_need == "Better roads"


def test_two_contacts_of_one_name_stay_two(client, manager, settings):
    account = factories.AccountFactory(name="Fjord AS")
    twins = [factories.ContactFactory(name="Kari Nordmann", account=account, job_title=title) for title in "ab"]
    for contact in twins:
        factories.OpportunityFactory(name=f"Deal of {contact.job_title}", contact=contact, account=account)
    files = downloaded(client, manager)
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(manager, files)

    assert problems_of(runs) == []
    assert sorted(Contact.objects.values_list("name", "job_title")) == [("Kari Nordmann", "a"), ("Kari Nordmann", "b")]
    found = Opportunity.objects.values_list("name", "contact__job_title")
    assert dict(found) == {"Deal of a": "a", "Deal of b": "b"}


def test_an_import_with_its_people_is_undone_without_a_trace(client, manager, in_develop, settings):
    files = downloaded(client, manager)
    empty()
    settings.BASE_URL = "https://another.example.com"
    run = done(manager, files["3"], "opportunities", history=files["4"])
    assert imports.outcomes(run) == ["created"]

    act = undoing.undo(run, by=manager, at=LATER)

    assert imports.act(act, at=LATER) == (1, 0, 0)
    assert not any(model.objects.exists() for model in (Opportunity, Account, Contact, Competitor))


def test_a_formula_in_a_name_is_a_text_in_the_file_and_comes_back_as_it_was(client, manager, settings):
    factories.OpportunityFactory(name="=1+1")
    files = downloaded(client, manager)
    assert [row["Name"] for row in read(files["3"])] == ["'=1+1"]
    empty()
    settings.BASE_URL = "https://another.example.com"

    brought_in(manager, files)

    assert Opportunity.objects.get().name == "=1+1"

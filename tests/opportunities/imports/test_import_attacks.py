"""What people try with an import that is not theirs, or out of order."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from opportunities.customers import erased
from opportunities.customers.models import Contact
from opportunities.imports import approvals, making, previewing, scanning, second_file, undoing
from opportunities.imports.mapping import BadMapping
from opportunities.models import Import, Opportunity
from opportunities.privacy import erasing
from opportunities.refusals import NotAllowed
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER, User
from tests.support import imports
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    ContactFactory,
    UnitFactory,
    UserFactory,
    change_stage,
)
from tests.support.imports import done, table
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

LATER = NOW + DAY

DEALS = table(["A1", "Fleet telematics", PROPOSE, "2025-11-03", "480000"])
WITHOUT_ID = table(["Fleet telematics", "480000"], headings=("Name", "Revenue"))
STAGES = ("Id", "Stage", "Entered")


def now(person):
    return User.objects.get(pk=person.pk)


@pytest.fixture
def lead(db):
    """The lead of a unit without people, who sees no other opportunities."""
    lead = UserFactory(role=SALES_MANAGER)
    UnitFactory(lead=lead)
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    return now(lead)


def with_history(by, text):
    run = imports.mapped(by, DEALS)
    return second_file.add(run, upload=imports.upload(text), name="Stages.csv")


def test_an_equal_row_of_another_owner_is_no_earlier_one(rep, stranger):
    done(rep, WITHOUT_ID)
    stranger.groups.set(rep.groups.all())

    of_another = done(now(stranger), WITHOUT_ID)
    again = [imports.outcomes(done(now(person), WITHOUT_ID)) for person in (rep, stranger)]
    for_rep = done(now(stranger), WITHOUT_ID, default_owner=rep.pk)

    assert imports.outcomes(of_another) == ["created"]
    assert again == [["same"], ["same"]]
    assert imports.outcomes(for_rep) == ["refused"]
    assert Opportunity.objects.count() == 2


def test_an_import_is_undone_after_a_manager_kept_its_stages(rep, manager):
    run = done(rep, DEALS, keeps=Import.Keeps.ASKED)
    imports.act(approvals.approve(run, by=manager, at=LATER), at=LATER)

    assert imports.act(undoing.undo(run, by=rep, at=LATER), at=LATER) == (1, 0, 0)
    assert not Opportunity.objects.exists()


def test_a_file_of_stages_without_its_columns_is_refused(manager):
    run = with_history(manager, "foo,bar\n1,2\n")

    with pytest.raises(BadMapping, match="needs a column for"):
        making.explain(run, mapping=making.mapping_of(run), keeps=run.keeps, at=NOW)


def test_a_deal_has_at_most_a_hundred_stages_of_then(manager):
    rows = [["A1", [QUALIFY, DEVELOP][n % 2], "2025-11-04"] for n in range(101)]
    run = with_history(manager, table(*rows, headings=STAGES))
    making.explain(run, mapping=making.mapping_of(run), keeps=run.keeps, at=NOW)

    previewing.count(run, clock=lambda: NOW)

    assert imports.sentences(run) == [
        "Row 102 of the file of history: The file of history has more than 100 moves and tasks for it."
    ]


def test_the_deputy_of_a_lead_who_does_not_see_these_deals_answers_no_request(rep, lead):
    absences.add(person=lead, deputy=rep, first_day=TODAY, last_day=TODAY, by=lead, today=TODAY)
    run = done(now(rep), DEALS, keeps=Import.Keeps.ASKED)

    assert not approvals.may_answer(run, now(rep))
    with pytest.raises(NotAllowed):
        approvals.approve(run, by=now(rep), at=NOW)
    User.objects.filter(pk=rep.pk).update(unit=lead.units_led.get())
    assert approvals.may_answer(run, now(lead))


def test_a_report_names_no_deal_to_a_lead_who_may_not_see_it(rep, manager, lead, client_of):
    User.objects.filter(pk=manager.pk).update(sees_all=True, unit=lead.units_led.get())
    text = table(["A1", "Secret deal", "Rita"], ["A2", "Open deal", ""], headings=("Id", "Name", "Owner"))
    run = done(now(manager), text, owners={"Rita": rep.pk}, default_owner=manager.pk)
    address = reverse("import_run", args=[run.pk])

    shown, own = (client_of(now(person)).get(address).content.decode() for person in (lead, manager))

    assert ("Secret deal" in shown, "Open deal" in shown) == (False, True)
    assert "Secret deal" in own


def test_a_request_names_no_deal_to_a_lead_who_may_not_see_it(rep, manager, lead, client_of):
    User.objects.filter(pk=manager.pk).update(sees_all=True, unit=lead.units_led.get())
    rows = (["A1", "Secret deal", "Rita", PROPOSE], ["A2", "Open deal", "", PROPOSE])
    text, people = table(*rows, headings=("Id", "Name", "Owner", "Stage")), {"Rita": rep.pk}
    run = done(now(manager), text, keeps=Import.Keeps.ASKED, owners=people, default_owner=manager.pk)

    for address in (reverse("import_run", args=[run.pk]), reverse("my_day")):
        shown = client_of(now(lead)).get(address).content.decode()

        assert ("Secret deal" in shown, "Open deal" in shown) == (False, True)
        assert "2 opportunities" in shown


def test_the_files_of_imports_are_read_outside_a_transaction(manager, client_of, monkeypatch):
    depths, real = [], scanning.scanned
    monkeypatch.setattr(
        scanning, "scanned", lambda *given: depths.append(len(connection.savepoint_ids)) or real(*given)
    )
    client, before = client_of(manager), len(connection.savepoint_ids)
    address = reverse("import_new")
    form = Form(client.get(address), address)
    file = SimpleUploadedFile("Deals.csv", DEALS.encode())
    assert client.post(address, {**form.fields.dict(), "file": file}).status_code == 303
    run = Import.objects.get()
    making.map_columns(run, columns=imports.COLUMNS)
    making.read_again(run, header=1)
    second_file.add(run, upload=imports.upload(table(["A1", QUALIFY, "2025-11-04"], headings=STAGES)), name="S.csv")

    assert depths == [before] * len(depths)
    assert len(depths) == 4


def test_a_character_that_no_database_stores_refuses_its_row(manager):
    rows = (["A0", "x" * 80_000, QUALIFY, "2025-11-03", "1"], ["A1", "Fl\0eet", QUALIFY, "2025-11-03", "1"])

    run = imports.counted(manager, table(*rows, ["A2", "Salt", QUALIFY, "2025-11-03", "1"]))

    assert imports.fates(run) == ["refuse", "refuse", "create"]
    assert "The row has a character that is in no text. The file may be damaged." in imports.sentences(run)


@pytest.mark.parametrize("heading", ["Contact", "Owner"])
def test_a_row_whose_person_was_erased_after_the_preview_is_refused(manager, rep, heading):
    kari = ContactFactory(name=str(rep), email="kari@example.com")
    row = ["A1", "Fleet", QUALIFY, "2025-11-03", str(rep)]
    run = imports.counted(manager, table(row, headings=(*imports.HEADINGS[:4], heading)), default_owner=manager.pk)
    erasing.start(kari, version=kari.version, by=manager, at=NOW)
    run.refresh_from_db()

    imports.do(run)

    assert (imports.outcomes(run), Opportunity.objects.count()) == (["refused"], 0)
    assert Contact.objects.filter(name=erased.ERASED).count() == 1


def test_a_row_that_names_what_is_not_there_any_more_is_refused(manager):
    run = imports.counted(manager, table(["A1", "Fleet", QUALIFY, "2025-11-03", "480000"]))
    change_stage(QUALIFY, is_archived=True)

    imports.do(run)

    assert (imports.outcomes(run), Opportunity.objects.count()) == (["refused"], 0)

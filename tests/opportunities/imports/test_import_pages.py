"""The pages of an import, without JavaScript: from the file to the board, and what they refuse."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opportunities.imports import fields, making, previewing, second_file
from opportunities.imports.mapping import Mapping
from opportunities.imports.recognising import recognise
from opportunities.models import Import, Opportunity, Waiver
from tests.support import factories, imports
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, PROPOSE, QUALIFY
from tests.support.import_pages import DEALS, on_the_values, page, pressed, previewed, sent, text_of, uploaded
from tests.support.imports import table
from tests.support.labels import Labels
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_file_goes_from_the_upload_to_the_board_and_back(manager, client_of, language):
    says, client = Labels(language), client_of(manager)
    client.cookies["django_language"] = manager.language = language
    manager.save()
    run = uploaded(client)
    pressed(client, "import_reading", run, says("Continue"))
    pressed(client, "import_columns", run, says("Continue"))
    pressed(client, "import_values", run, says("Show what will happen"))
    assert Opportunity.objects.count() == 0

    pressed(client, "import_start", run, says("Import %(figure)s row", figure=1), on="import_preview")

    found = Opportunity.objects.get()
    assert (found.name, found.active_stage.name_en, found.owner) == ("Ferries", PROPOSE, manager)
    assert set(Waiver.objects.values_list("kind", flat=True)) == {"imported"}
    report = client.get(page("import_run", run)).content.decode()
    done = "%(created)s created, %(updated)s changed and %(refused)s refused, of %(all)s rows"
    assert says.rows(done, 3, created=1, updated=0, refused=2) in report
    assert "<q>2025-02-31</q>" in report
    refused = text_of(pressed(client, "import_refused", run, says("Download the refused (CSV)"), on="import_run"))
    assert (says("Why it was refused") in refused, "Lorries" in refused, "Ferries" in refused) == (True, True, False)
    pressed(client, "import_undo", run, says("Undo the import"))
    assert Opportunity.objects.count() == 0
    assert client.get(page("import_run", run)).status_code == 200


def test_what_a_value_means_is_chosen(manager, client_of):
    client = client_of(manager)
    develop = factories.stage(DEVELOP)
    run = on_the_values(client)
    run.refresh_from_db()
    unknown = list(run.sources["stage"]).index("In talks")

    pressed(client, "import_values", run, "Show what will happen", **{f"stage-{unknown}": str(develop.pk)})

    assert imports.fates(run) == ["create", "create", "refuse"]
    run.refresh_from_db()
    assert making.mapping_of(run).stages["In talks"].stage == develop.pk
    preview = client.get(page("import_preview", run)).content.decode()
    assert "2 of 3 rows will be imported" in preview
    assert f"{develop}</span>" in preview


def test_a_mapping_that_is_downloaded_is_read_again(manager, client_of):
    client = client_of(manager)
    run = previewed(client)

    answer = client.get(page("import_mapping", run))

    run.refresh_from_db()
    assert Mapping.from_json(answer.content) == making.mapping_of(run)
    assert answer["Content-Disposition"] == f'attachment; filename="mapping-{run.pk}.json"'


def test_files_that_are_no_tables_are_refused_beside_the_field(rep, client_of, subtests):
    client = client_of(rep)
    for content, why in (
        (b"", "The file is empty."),
        (b"\x7fELF\0\1\2", "The file cannot be read:"),
        (None, "Choose a file"),
    ):
        with subtests.test(why=why), unchanged():
            form = Form(client.get(reverse("import_new")), reverse("import_new"))
            data = form.fields.dict() | ({"file": SimpleUploadedFile("x.csv", content)} if content is not None else {})

            answer = client.post(form.action, data)

            assert answer.status_code == 422
            assert why in answer.content.decode()
            assert 'href="#id_file"' in answer.content.decode()


def test_a_file_that_is_sent_twice_begins_one_import(rep, client_of):
    client = client_of(rep)
    form = Form(client.get(reverse("import_new")), reverse("import_new"))

    first, second = (sent(client, DEALS, form=form) for _ in range(2))

    assert (first.url, Import.objects.count()) == (second.url, 1)


def test_the_file_is_read_with_another_separator_and_header(rep, client_of):
    client = client_of(rep)
    run = uploaded(client, "Our deals;;\nName;Stage;Id\nFerries;Qualify;A1\n")

    pressed(client, "import_reading", run, "Read again", header="0")
    run.refresh_from_db()
    assert making.reading_of(run).header == 0
    pressed(client, "import_reading", run, "Read again", delimiter=",")

    run.refresh_from_db()
    assert making.reading_of(run).delimiter == ","
    assert "Our deals;;" in client.get(page("import_reading", run)).content.decode()


def test_two_columns_for_one_field_are_refused_and_kept(rep, client_of):
    client = client_of(rep)
    run = uploaded(client)

    with unchanged():
        answer = pressed(client, "import_columns", run, "Continue", **{"column-0": "name"})

    assert answer.status_code == 422
    assert "“Id” fills “Name” already." in answer.content.decode()
    assert answer.content.decode().count('<option value="name" selected') == 2


def test_a_page_of_before_another_change_is_refused(rep, client_of):
    client = client_of(rep)
    run = uploaded(client)
    old = Form(client.get(page("import_columns", run)), page("import_columns", run))
    pressed(client, "import_reading", run, "Read again", header="0")

    with unchanged():
        answer = old.press(client, "Continue", **{"column-0": ""})

    assert answer.status_code == 409
    assert "The import has changed since this page was opened" in answer.content.decode()


def test_each_form_of_an_import_needs_its_version_and_its_token(rep, client_of, subtests):
    run = previewed(client_of(rep))
    client = Client()  # that of the other tests adds what is missing
    client.force_login(rep)
    assert client.post(reverse("import_new"), {"noun": "opportunities"}).status_code == 400
    for name in ("import_reading", "import_columns", "import_values", "import_start", "import_undo", "import_ask"):
        with subtests.test(name=name), unchanged():
            assert client.post(page(name, run), {"token": "a" * 22}).status_code in (302, 400)
            assert client.post(page(name, run), {"version": "1"}).status_code in (302, 400, 409)


def test_an_owner_is_named_by_what_a_person_types(manager, rep, client_of, subtests):
    client = client_of(manager)
    run = on_the_values(client)
    for typed, status in (("Nobody at all", 422), (rep.username, 303), (rep.email.upper() or rep.username, 303)):
        with subtests.test(typed=typed):
            answer = pressed(client, "import_values", run, "Show what will happen", default_owner=typed)

            assert answer.status_code == status
            assert status == 303 or "Nobody who may own opportunities is called that." in answer.content.decode()
    run.refresh_from_db()
    assert making.mapping_of(run).default_owner == rep.pk


def test_days_that_can_be_read_in_two_ways_are_asked_for(rep, client_of):
    client = client_of(rep)
    days = table(["A1", "Ferries", QUALIFY, "1/08/26", "1"], headings=("Id", "Name", "Stage", "Created", "Revenue"))
    run = on_the_values(client, days)

    asked = client.get(page("import_values", run)).content.decode()
    refused = pressed(client, "import_values", run, "Show what will happen")
    answer = pressed(client, "import_values", run, "Show what will happen", date_order="mdy")

    assert "1/08/26 is 1 Aug 2026" in asked
    assert (refused.status_code, answer.status_code) == (422, 303)
    assert "Choose how the file writes days." in refused.content.decode()
    run.refresh_from_db()
    assert making.mapping_of(run).date_order == "mdy"


def test_a_rep_asks_and_a_manager_agrees_from_my_day(rep, manager, client_of):
    seller, boss = client_of(rep), client_of(manager)
    run = previewed(seller, keeps="asked")
    pressed(seller, "import_start", run, "Import 1 row", on="import_preview")
    assert Opportunity.objects.get().active_stage.name_en == QUALIFY

    assert page("import_run", run) in boss.get(reverse("my_day")).content.decode()
    pressed(boss, "import_approve", run, "Approve", on="import_run")

    assert Opportunity.objects.get().active_stage.name_en == PROPOSE
    assert page("import_run", run) not in boss.get(reverse("my_day")).content.decode()
    assert "approved" in seller.get(page("import_run", run)).content.decode()


def test_a_manager_declines_and_a_rep_may_not_keep_the_stages(rep, manager, client_of):
    seller, boss = client_of(rep), client_of(manager)
    run = on_the_values(seller)
    assert pressed(seller, "import_values", run, "Show what will happen", keeps="mapped").status_code == 422
    pressed(seller, "import_values", run, "Show what will happen", keeps="earliest")
    pressed(seller, "import_start", run, "Import 1 row", on="import_preview")
    pressed(seller, "import_ask", run, "Ask a manager to keep the stages", on="import_run")

    pressed(boss, "import_decline", run, "Decline", on="import_run")

    assert Opportunity.objects.get().active_stage.name_en == QUALIFY
    run.refresh_from_db()
    assert (run.answer, run.answered_by) == ("declined", manager)


def test_an_import_is_stopped_and_goes_on(rep, client_of):
    client = client_of(rep)
    run = previewed(client)
    Import.objects.filter(pk=run.pk).update(started_at=factories.NOW)

    pressed(client, "import_stop", run, "Stop", on="import_run")
    stopped = client.get(page("import_run", run)).content.decode()
    pressed(client, "import_go_on", run, "Go on", on="import_run")

    assert "It was stopped" in stopped
    run.refresh_from_db()
    assert (run.stopped_at, run.finished_at is not None) == (None, True)


def test_a_file_with_the_stages_becomes_history(manager, client_of):
    client = client_of(manager)
    run = on_the_values(client)
    history = "Deal;Stage;Entered\nA1;Qualify;2025-11-03\nA1;Develop;2025-12-01\nA1;Propose;2026-01-10\n"
    address = page("import_history", run)
    assert sent(client, b"\x7fELF\0", address=address).status_code == 422
    assert sent(client, history, address=address).status_code == 303
    pressed(client, "import_history", run, "Continue")
    pressed(client, "import_values", run, "Show what will happen")
    pressed(client, "import_start", run, "Import 1 row", on="import_preview")

    [instance] = Opportunity.objects.get().instances.all()
    assert [visit.stage.name_en for visit in instance.visits.order_by("pk")] == [QUALIFY, DEVELOP, PROPOSE]


def test_the_second_file_and_the_import_are_discarded(rep, client_of):
    client = client_of(rep)
    run = on_the_values(client)
    sent(client, "Deal;Stage;Entered\nA1;Qualify;2025-11-03\n", address=page("import_history", run))
    pressed(client, "import_history_remove", run, "Remove this file", on="import_history")
    run.refresh_from_db()
    assert run.history_name == ""

    pressed(client, "import_discard", run, "Discard", on="import_values")

    assert Import.objects.count() == 0


@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_headings_of_the_templates_are_recognised(rep, client_of, language, subtests):
    client = client_of(rep)
    client.cookies["django_language"] = rep.language = language
    rep.save()
    for noun in fields.NOUNS:
        with subtests.test(noun=noun):
            answer = client.get(reverse("import_template", args=[noun, "examples"]))
            content = b"".join(answer.streaming_content)

            run = uploaded(client, content, name="x.xlsx", noun=noun)

            reading = recognise(io.BytesIO(content))
            assert set(making.mapping_of(run).columns) == set(reading.headings)
            assert all(making.mapping_of(run).columns.values()), making.mapping_of(run).columns
            empty = b"".join(client.get(reverse("import_template", args=[noun, "empty"])).streaming_content)
            assert recognise(io.BytesIO(empty)).headings == reading.headings


@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_template_of_the_history_is_read_with_that_of_the_opportunities(manager, client_of, language):
    client = client_of(manager)
    client.cookies["django_language"] = manager.language = language
    manager.save()
    files = {
        noun: b"".join(client.get(reverse("import_template", args=[noun, "examples"])).streaming_content)
        for noun in ("opportunities", "history")
    }

    run = imports.begun(manager, files["opportunities"], at=timezone.now())
    run = second_file.add(run, upload=imports.upload(files["history"]), name="History.xlsx")
    run = making.explain(run, mapping=making.mapping_of(run), keeps="mapped", at=timezone.now())
    previewing.count(run, clock=timezone.now)
    run = imports.do(run, at=timezone.now())

    assert all(run.history_columns.values())
    assert imports.outcomes(run) == ["created", "created"]
    first = Opportunity.objects.order_by("pk").first()
    assert (first.notes.count(), first.tasks.count(), first.decision_maker_count) == (1, 2, 1)


def test_a_wide_file_keeps_its_pages_small(manager, client_of, subtests):
    client = client_of(manager)
    headings = ["Id", "Name", "Stage", *(f"Column number {number}" for number in range(94))]
    rows = [
        [f"A{row}", f"Deal {row}", QUALIFY, *(f"Value {row} of column {n}" for n in range(94))] for row in range(60)
    ]
    run = previewed(client, table(*rows, headings=headings))
    while imports.previewing.count_some(run.pk, 1000, clock=lambda: factories.NOW):
        pass
    names = ("import_reading", "import_columns", "import_values", "import_preview", "import_run", "imports")
    for name in names:
        with subtests.test(name=name), CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse(name, args=[run.pk] if name != "imports" else []), follow=True)

            assert len(answer.content) <= 100_000
            assert len(queries) <= 15, [each["sql"] for each in queries]
    imports.do(run)
    with CaptureQueriesContext(connection) as queries:
        assert len(client.get(f"{page('import_run', run)}?show=created").content) <= 100_000
    assert len(queries) <= 15


def test_people_find_the_import(rep, client_of, subtests):
    client, new = client_of(rep), reverse("import_new")
    for name in ("opportunity_list", "account_list", "contact_list", "imports"):
        with subtests.test(name=name):
            assert new in client.get(reverse(name)).content.decode()  # in the empty state
    factories.OpportunityFactory(owner=rep)
    factories.AccountFactory()
    factories.ContactFactory()
    for name, noun in (
        ("opportunity_list", "opportunities"),
        ("account_list", "accounts"),
        ("contact_list", "contacts"),
    ):
        with subtests.test(noun=noun):
            assert f"{new}?noun={noun}" in client.get(reverse(name)).content.decode()
    assert reverse("imports") in client.get(f"{reverse('find')}?q=import").content.decode()


def test_columns_without_the_name_are_refused_before_every_row_is(manager, client_of):
    client = client_of(manager)
    run = uploaded(client, table(["Fleet", QUALIFY], headings=("Name", "Stage")))
    pressed(client, "import_reading", run, "Continue")

    answer = pressed(client, "import_columns", run, "Continue", **{"column-0": ""})

    assert answer.status_code == 422
    assert "No column is “Name”, which every row needs." in answer.content.decode()

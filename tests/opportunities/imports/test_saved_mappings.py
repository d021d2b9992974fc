"""Mappings with a name: saved from an import, used for the next file, renamed, downloaded and deleted."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from opportunities.imports import making, saved_mappings
from opportunities.models import Import, Opportunity, SavedMapping
from tests.support import factories, imports
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, NOW, PROPOSE, QUALIFY
from tests.support.import_pages import DEALS, page, pressed, previewed, text_of, uploaded
from tests.support.imports import table
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

HEADINGS = ("Id", "Name", "Stage", "Created", "Estimated revenue")


def saved(client, run, name, **entries):
    """The answer to the page that saves the mapping of an import."""
    return pressed(client, "import_mapping_save", run, "Save", name=name, **entries)


def used(client, run, mapping):
    return pressed(client, "import_mapping_use", run, "Use it", on="import_columns", saved=str(mapping.pk))


def of_name(name):
    return SavedMapping.objects.get(name=name)


def own_page(mapping, name="import_mapping_page"):
    return reverse(name, args=[mapping.pk])


def place_of(run, stage):
    run.refresh_from_db()
    return list(run.sources["stage"]).index(stage)


def explained(client):
    """An import whose mapping says what “In talks” means."""
    run = previewed(client)
    place = place_of(run, "In talks")
    pressed(
        client, "import_values", run, "Show what will happen", **{f"stage-{place}": str(factories.stage(DEVELOP).pk)}
    )
    return run


def test_a_saved_mapping_is_used_for_the_next_file_with_these_headings(manager, client_of):
    client = client_of(manager)
    run = explained(client)
    assert saved(client, run, "Old system").url == page("import_run", run)
    pressed(client, "import_values", run, "Show what will happen", **{f"stage-{place_of(run, 'In talks')}": ""})
    rows = [["B1", "Buses", "In talks", "2025-11-03", "1"]]
    other = uploaded(client, table(*rows, headings=[each.upper() for each in HEADINGS]))
    assert "In talks" not in making.mapping_of(other).stages

    answer = used(client, other, of_name("Old system"))

    assert answer.url == page("import_columns", other)
    other.refresh_from_db()
    mapping = making.mapping_of(other)
    assert mapping.stages["In talks"].stage == factories.stage(DEVELOP).pk
    assert mapping.columns["ESTIMATED REVENUE"] == "estimated_revenue"
    assert "“Old system” is used." in client.get(answer.url).content.decode()


def test_a_name_that_is_taken_is_confirmed(manager, client_of):
    client = client_of(manager)
    run = explained(client)
    saved(client, run, "Old system")
    before = of_name("Old system").mapping
    pressed(client, "import_values", run, "Show what will happen", **{"stage-0": ""})

    with unchanged():
        answer = saved(client, run, "Old system")
    assert answer.status_code == 422
    assert "You have a mapping “Old system” for files with these headings already." in answer.content.decode()
    again = Form(answer, page("import_mapping_save", run))
    assert again.fields["name"] == "Old system"
    again.press(client, "Save", replaces="on")

    assert of_name("Old system").mapping != before


def test_a_name_is_needed(manager, client_of):
    client = client_of(manager)
    run = previewed(client)
    for name in ("", "x" * 101, "a\0b"):
        with unchanged():
            assert saved(client, run, name).status_code == 422


def test_a_mapping_is_not_saved_from_a_page_of_before_a_change(manager, client_of):
    client = client_of(manager)
    run = previewed(client)
    old = Form(client.get(page("import_mapping_save", run)), page("import_mapping_save", run))
    pressed(client, "import_values", run, "Show what will happen", **{"stage-0": ""})

    with unchanged():
        assert old.press(client, "Save", name="Old system").status_code == 409


def test_what_a_mapping_names_that_is_gone_is_said_and_asked_for_again(manager, client_of):
    client = client_of(manager)
    run = explained(client)
    saved(client, run, "Old system")
    factories.change_stage(DEVELOP, is_archived=True)
    other = uploaded(client, DEALS)

    answer = used(client, other, of_name("Old system"))

    assert "is not there any more: “In talks”." in client.get(answer.url).content.decode()
    other.refresh_from_db()
    assert making.mapping_of(other).stages.keys() == {PROPOSE, QUALIFY}
    assert pressed(client, "import_values", other, "Show what will happen").status_code == 303


def test_a_mapping_of_a_field_that_is_gone_is_refused(manager, client_of):
    client = client_of(manager)
    saved(client, explained(client), "Old system")
    SavedMapping.objects.filter(name="Old system").update(mapping={"columns": {"Id": "no_such_field"}})
    other = uploaded(client, DEALS)

    with unchanged():
        answer = used(client, other, of_name("Old system"))

    assert answer.status_code == 422
    assert "no_such_field" in answer.content.decode()
    assert "cannot be used any more" in client.get(own_page(of_name("Old system"))).content.decode()


def test_a_mapping_that_was_deleted_meanwhile_is_not_used(manager, client_of):
    client = client_of(manager)
    saved(client, explained(client), "Old system")
    other = uploaded(client, DEALS)
    old = Form(client.get(page("import_columns", other)), page("import_mapping_use", other))
    of_name("Old system").delete()

    with unchanged():
        answer = old.press(client, "Use it")

    assert "The mapping is not there any more." in answer.content.decode()


def test_mappings_are_renamed_and_deleted(manager, client_of):
    client = client_of(manager)
    run = explained(client)
    saved(client, run, "Old system")
    saved(client, run, "Other system")
    mapping = of_name("Old system")
    renaming = Form(client.get(own_page(mapping)), own_page(mapping))
    deleting = Form(client.get(own_page(mapping)), own_page(mapping, "import_mapping_delete"))
    with unchanged():
        taken = renaming.press(client, "Rename", name="Other system")
    assert taken.status_code == 422
    assert "You have a mapping “Other system”" in taken.content.decode()

    renaming.press(client, "Rename", name="Our system")

    assert "Our system" in client.get(reverse("import_mappings")).content.decode()
    with unchanged():
        assert deleting.press(client, "Delete the mapping").status_code == 409
    Form(client.get(own_page(mapping)), own_page(mapping, "import_mapping_delete")).press(client, "Delete the mapping")
    assert not SavedMapping.objects.filter(pk=mapping.pk).exists()


def test_a_mapping_that_is_downloaded_is_that_of_the_command(manager, client_of, tmp_path):
    client = client_of(manager)
    saved(client, explained(client), "Old system")
    file, mapping = tmp_path / "deals.csv", tmp_path / "mapping.json"
    file.write_text(DEALS)
    mapping.write_text(text_of(client.get(own_page(of_name("Old system"), "import_mapping_file"))))

    call_command("import_opportunities", file, mapping=mapping, by=manager.username)

    assert set(Opportunity.objects.values_list("name", flat=True)) == {"Ferries", "Lorries"}


def test_the_mapping_of_another_person_is_not_found(manager, rep, client_of, subtests):
    run = imports.done(manager, DEALS)
    mapping = saved_mappings.remember(run, at=NOW, name="Old system")
    unnamed = SavedMapping.objects.get(name="")
    client = client_of(rep)
    for name in ("import_mapping_page", "import_mapping_file"):
        with subtests.test(name=name):
            assert client.get(own_page(mapping, name)).status_code == 404
            assert client_of(manager).get(own_page(unnamed, name)).status_code == 404
    assert client.post(own_page(mapping, "import_mapping_delete"), {"version": "1"}).status_code == 404
    assert "Old system" not in client.get(reverse("import_mappings")).content.decode()
    other = Import.objects.get(pk=imports.begun(rep, DEALS).pk)
    assert "import_mapping_use" not in client.get(page("import_columns", other)).content.decode()

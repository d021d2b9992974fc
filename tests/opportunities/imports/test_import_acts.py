"""Buttons of an import on a page that shows another state than the present one."""

import pytest

from opportunities.models import Import, Opportunity
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.import_pages import on_the_values, page, pressed, previewed, sent
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

CHANGED = "The import has changed since this page was opened."
STAGES = "Deal;Stage;Entered\nA1;Qualify;2025-11-03\n"


def form_on(client, on, name, run):
    """The form of an address as a page shows it now."""
    return Form(client.get(page(on, run)), page(name, run))


def refused(form, client, label):
    """What the page says after the button of an older page, which has changed nothing."""
    with unchanged():
        answer = form.press(client, label)
    assert answer.status_code == 409
    assert CHANGED in answer.content.decode()
    return answer.content.decode()


def test_an_import_is_not_discarded_from_a_page_of_before_a_change(rep, client_of, subtests):
    client = client_of(rep)
    run = on_the_values(client)
    for on, shown in (("import_reading", "The first rows"), ("import_values", "Import 1 row")):
        with subtests.test(on=on):
            old = form_on(client, on, "import_discard", run)
            if on == "import_reading":
                pressed(client, "import_reading", run, "Read again", header="0")
                pressed(client, "import_reading", run, "Read again", header="1")
                pressed(client, "import_columns", run, "Continue", **{"column-4": ""})
            else:
                pressed(client, "import_values", run, "Show what will happen")

            assert shown in refused(old, client, "Discard")


def test_an_import_that_was_started_is_not_discarded(rep, client_of):
    client = client_of(rep)
    run = previewed(client)
    old = form_on(client, "import_preview", "import_discard", run)
    pressed(client, "import_start", run, "Import 1 row", on="import_preview")

    assert "1 created" in refused(old, client, "Discard")
    assert Opportunity.objects.count() == 1


def test_an_import_that_another_window_stopped_goes_on_only_from_a_page_that_says_so(rep, client_of):
    client = client_of(rep)
    run = previewed(client)
    Import.objects.filter(pk=run.pk).update(started_at=factories.NOW)
    old = form_on(client, "import_run", "import_go_on", run)
    pressed(client, "import_stop", run, "Stop", on="import_run")

    assert "It was stopped" in refused(old, client, "Go on now")


def test_an_import_that_goes_on_is_not_stopped_from_a_page_of_before(rep, client_of):
    client = client_of(rep)
    run = previewed(client)
    Import.objects.filter(pk=run.pk).update(started_at=factories.NOW)
    old = form_on(client, "import_run", "import_stop", run)
    Import.objects.filter(pk=run.pk).update(asked_at=factories.NOW)

    refused(old, client, "Stop")


def test_a_button_whose_aim_is_reached_leads_to_the_report(rep, client_of, subtests):
    client = client_of(rep)
    run = previewed(client)
    start = form_on(client, "import_preview", "import_start", run)
    start.press(client, "Import 1 row")

    for address in ("import_start", "import_stop", "import_go_on"):
        with subtests.test(address=address), unchanged():
            answer = client.post(page(address, run), {"version": "1"})

            assert (answer.status_code, answer.url) == (303, page("import_run", run))


def test_the_second_file_is_not_removed_from_a_page_of_before_a_change(rep, client_of):
    client = client_of(rep)
    run = on_the_values(client)
    sent(client, STAGES, address=page("import_history", run))
    old = form_on(client, "import_history", "import_history_remove", run)
    pressed(client, "import_history", run, "Continue")
    pressed(client, "import_values", run, "Show what will happen")

    assert "Nothing is written yet." in refused(old, client, "Remove this file")


def test_a_post_without_a_version_is_a_bad_request(rep, client_of, subtests):
    client = client_of(rep)
    run = previewed(client)
    for address in ("import_discard", "import_start", "import_history_remove"):
        with subtests.test(address=address), unchanged():
            assert client.post(page(address, run)).status_code == 400

"""Why rows of an import are refused: counted by reason, and in the language of each reader."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models import ImportRow
from tests.support import imports
from tests.support.factories import QUALIFY
from tests.support.import_pages import page
from tests.support.imports import table

pytestmark = pytest.mark.django_db

DEALS = table(
    ["A1", "Ferries", QUALIFY, "2025-11-03", "1000"],
    ["A2", "Lorries", QUALIFY, "2025-02-31", "1000"],
    ["A3", "Trains", "In talks", "2025-02-30", "1000"],
    ["A4", "Buses", QUALIFY, "2025-11-03", "many"],
    ["A5", "", QUALIFY, "2025-11-03", "1000"],
    ["A1", "Ferries", QUALIFY, "2025-11-03", "1000"],
)


def text_of(client, address):
    return " ".join(client.get(address).content.decode().split())


def spoken(person, language):
    person.language = language
    person.save()
    return person


def in_norwegian(client):
    client.cookies["django_language"] = "nb"
    return client


def test_the_preview_counts_the_refused_rows_by_reason_and_column(manager, client_of):
    run = imports.counted(manager, DEALS)

    content = text_of(client_of(manager), page("import_preview", run))

    days = "why=no_such_day&amp;column=Created"
    assert f'<a href="?show=refuse&amp;{days}" > 2 rows</a>' in content
    assert "<b>Created</b>: There is no such day. Check the day and the month." in content
    assert "<b>Stage</b>: It is not chosen what the value means here." in content
    assert "<b>Id</b>: An earlier row is the same." in content


def test_a_reason_leads_to_its_rows(manager, client_of):
    run = imports.counted(manager, DEALS)
    address = page("import_preview", run)

    content = text_of(client_of(manager), f"{address}?show=refuse&why=no_such_day&column=Created")

    assert ("2025-02-31" in content, "2025-02-30" in content, "many" in content) == (True, True, False)
    assert "Show the rows of all reasons" in content
    nonsense = text_of(client_of(manager), f"{address}?show=refuse&why=nonsense&column=%00")
    assert "many" in nonsense


def test_the_report_counts_them_too_and_the_rules_give_an_example(manager, client_of):
    rows = [[f"A{n}", f"Deal {n}", QUALIFY, "2099-01-01", "1"] for n in range(3)]
    run = imports.done(manager, table(*rows))

    content = text_of(client_of(manager), page("import_run", run))

    assert "3 rows</a>" in content
    assert "(for example)" in content


def test_many_reasons_are_few_queries_and_a_small_page(manager, client_of):
    headings = [f"Column {number}" for number in range(60)]
    run = imports.counted(manager, DEALS)
    first = run.rows.first()
    ImportRow.objects.bulk_create(
        ImportRow(
            run=run,
            number=100 + n,
            cells=first.cells,
            key=str(n),
            fate="refuse",
            problems=[{"column": headings[n % 60], "cell": "x", "code": "invalid", "sentence": f"Not {n}."}],
        )
        for n in range(300)
    )
    client = client_of(manager)
    client.get(page("import_preview", run))  # its session is stored
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page("import_preview", run))

    assert len(queries) <= 15
    assert len(answer.content) <= 100_000
    assert "more reasons" in answer.content.decode()


def test_each_reader_has_the_sentences_in_their_language(rep, manager, client_of):
    text = table(["P1", ""], ["P2", "Kari"], ["P2", "Kari"], headings=("Id", "Name"))
    columns = {"Id": "external_id", "Name": "name"}
    run = imports.done(spoken(rep, "en"), text, noun="contacts", columns=columns)

    own = text_of(client_of(rep), page("import_run", run))
    of_manager = text_of(in_norwegian(client_of(spoken(manager, "nb"))), page("import_run", run))

    assert ("“Name” is empty." in own, "Row 3 is the same." in own) == (True, True)
    assert ("«Navn» er tomt." in of_manager, "Rad 3 er den samme." in of_manager) == (True, True)


def test_the_choices_of_a_field_are_in_the_language_of_the_reader(manager, client_of):
    text = table(["A1", "Ferries", "glowing"], headings=("Id", "Name", "Rating"))
    columns = {"Id": "external_id", "Name": "name", "Rating": "rating"}
    run = imports.counted(spoken(manager, "en"), text, columns=columns)

    content = text_of(in_norwegian(client_of(spoken(manager, "nb"))), page("import_preview", run))

    assert "Dette er ingen av: Varm, Lunken, Kald." in content


def test_a_manager_does_not_read_the_reasons_of_deals_of_another_person(rep, manager, client_of):
    run = imports.done(rep, DEALS)

    content = text_of(client_of(manager), page("import_run", run))

    assert "import-reasons" not in content
    assert "import-reasons" in text_of(client_of(rep), page("import_run", run))

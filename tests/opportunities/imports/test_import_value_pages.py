"""A file whose columns have many different values: which are asked for first, and on how many pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.imports import making
from tests.support import factories
from tests.support.factories import DEVELOP, QUALIFY
from tests.support.import_pages import on_the_values, page, pressed, uploaded
from tests.support.imports import table
from tests.support.pages import Form

pytestmark = pytest.mark.django_db

HEADINGS = ("Id", "Name", "Stage", "Owner", "Status reason")


def deals(count, *, owners=1, reasons=1, stages=1):
    """So many deals; the first values are the most frequent ones."""

    def of(kind, most, number):
        return f"{kind} {min(number % most, number // 2 % most):03}"

    rows = [
        [f"A{n}", f"Deal {n}", of("Stage", stages, n), of("Owner", owners, n), of("Reason", reasons, n)]
        for n in range(count)
    ]
    return table(*rows, headings=HEADINGS)


def owners_of(client, address):
    form = Form(client.get(address), address)
    return {name for name in form.fields if name.startswith("owner-")}


def test_a_file_with_60_owners_and_40_reasons_has_pages_that_keep_what_was_chosen(manager, rep, client_of):
    client = client_of(manager)
    run = on_the_values(client, deals(240, owners=60, reasons=40))
    first = page("import_values", run)
    reason = factories.reason("no_fit")
    run.refresh_from_db()
    place = list(run.sources["status_reason"]).index("Reason 000")

    answer = pressed(
        client, "import_values", run, "Save and show the next values", **{f"status_reason-{place}": str(reason.pk)}
    )

    assert answer.url == f"{first}?page=2"
    second = Form(client.get(answer.url), answer.url)
    name = next(name for name in second.fields if name.startswith("owner-"))
    assert second.press(client, "Show what will happen", **{name: rep.username}).status_code == 303
    run.refresh_from_db()
    mapping = making.mapping_of(run)
    assert mapping.reasons == {"Reason 000": reason.pk}
    assert list(mapping.owners.values()) == [rep.pk]
    assert mapping.owners.keys() <= run.sources["owner"].keys()


def test_every_value_is_on_one_page_of_at_most_100_kb_and_15_queries(manager, client_of, subtests):
    client = client_of(manager)
    run = on_the_values(client, deals(600, owners=300, reasons=40, stages=60))
    address, seen, numbers = page("import_values", run), [], iter(range(1, 100))
    while True:
        here = f"{address}?page={next(numbers)}"
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(here)
        content = answer.content.decode()
        with subtests.test(page=here):
            assert len(answer.content) <= 100_000
            assert len(queries) <= 15
        form = Form(answer, here if here.rpartition("?")[2] != "page=1" else address)
        seen += [name for name in form.fields if name.partition("-")[0] in ("owner", "stage", "status_reason")]
        if "Save and show the next values" not in content:
            break
    run.refresh_from_db()
    assert len(seen) == len(set(seen)) == sum(len(values) for values in run.sources.values())


def test_the_frequent_values_that_nobody_recognises_come_first(manager, rep, client_of):
    client = client_of(manager)
    rows = [["A1", "Ferries", QUALIFY, rep.username, ""], *([f"B{n}", "Trains", "Odd", "Nobody", ""] for n in range(3))]
    run = on_the_values(client, table(*rows, ["C1", "Lorries", DEVELOP, "Unknown one", ""], headings=HEADINGS))

    content = client.get(page("import_values", run)).content.decode()

    places = [content.index(f'<th scope="row">{value}</th>') for value in ("Nobody", "Unknown one", rep.username)]
    assert places == sorted(places)
    assert content.index('<th scope="row">Odd</th>') < content.index(f'<th scope="row">{QUALIFY}</th>')


def test_a_page_says_what_becomes_of_the_values_of_other_pages(manager, client_of):
    client = client_of(manager)
    run = on_the_values(client, deals(600, owners=300))

    content = client.get(page("import_values", run)).content.decode()

    assert "more values are on other pages." in content
    assert "name nobody here: their rows get the owner below." in " ".join(content.split())


def test_what_was_typed_stays_when_a_page_of_values_is_refused(manager, client_of):
    client = client_of(manager)
    run = on_the_values(client, deals(600, owners=300))
    address = f"{page('import_values', run)}?page=2"
    form = Form(client.get(address), address)
    name = next(name for name in form.fields if name.startswith("owner-"))

    answer = form.press(client, "Save and show the next values", **{name: "Nobody at all"})

    assert answer.status_code == 422
    assert Form(answer, address).fields[name] == "Nobody at all"


def test_a_stage_that_is_archived_since_has_no_meaning(manager, client_of):
    client, stage = client_of(manager), factories.stage(DEVELOP)
    run = on_the_values(client, deals(3))
    run.refresh_from_db()
    pressed(client, "import_values", run, "Show what will happen", **{"stage-0": str(stage.pk)})
    factories.change_stage(DEVELOP, is_archived=True)

    answer = pressed(client, "import_values", run, "Show what will happen")

    assert answer.status_code == 303
    run.refresh_from_db()
    assert making.mapping_of(run).stages == {}


@pytest.mark.parametrize(
    ("headings", "hints"),
    [
        (("Name", "Status", "Account"), ["These look like stages.", "No column has the stage."]),
        (("Name", "Stage", "Status"), []),
    ],
)
def test_a_page_says_that_stages_are_in_the_column_of_the_status_or_nowhere(manager, client_of, headings, hints):
    client = client_of(manager)
    run = uploaded(client, table(["Fleet", "Negotiation", "Negotiation"], headings=headings))
    pressed(client, "import_reading", run, "Continue")
    pressed(client, "import_columns", run, "Continue", **({"column-1": "status"} if hints else {}))

    content = client.get(page("import_values", run)).content.decode()

    for hint in ("These look like stages.", "No column has the stage."):
        assert (hint in content) == (hint in hints), hint

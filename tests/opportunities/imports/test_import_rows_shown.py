"""What the preview and the report say about the rows of a file."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.imports import making, previewing, second_file, undoing
from opportunities.models import Import
from tests.support import factories, imports
from tests.support.factories import DEVELOP, NOW, PROPOSE, QUALIFY
from tests.support.import_pages import page
from tests.support.imports import table

pytestmark = pytest.mark.django_db

HEADINGS = ("Id", "Name", "Stage", "Account", "Owner", "Revenue")
SAME = "is the same as an earlier row"
DAYS = "The file does not say since when a deal is in its stage."


def shown(client, name, run, query=""):
    return text_of_main(client.get(page(name, run) + query))


def text_of_main(answer):
    """The text of a page, without its marks."""
    html = answer.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_rows_of_the_preview_and_of_the_report_say_customer_stage_owner_and_revenue(manager, rep, client_of):
    client = client_of(manager)
    file = table(
        ["A1", "Ferries", QUALIFY, "Fjordferge AS", "Bo", "480000"],
        ["A2", "Lorries", "Lost", "Alfa AS", "", "1000"],
        headings=HEADINGS,
    )
    run = imports.counted(manager, file, owners={"Bo": rep.pk})
    facts = f"Fjordferge AS · {factories.stage(QUALIFY)} · {rep} · NOK 480,000"

    assert facts in shown(client, "import_preview", run, "?show=create")
    assert f"Alfa AS · Lost · {manager} · NOK 1,000" in shown(client, "import_preview", run, "?show=refuse")
    imports.do(run)

    assert facts in shown(client, "import_run", run, "?show=created")


def test_a_cell_that_cannot_be_read_is_shown_as_it_is(manager, client_of):
    file = table(["A1", "Ferries", "In talks", "", "Bo", "many"], headings=HEADINGS)
    run = imports.counted(manager, file)

    assert "In talks · Bo · many" in shown(client_of(manager), "import_preview", run)


def test_the_rows_of_contacts_and_accounts_say_where_they_belong(manager, client_of, subtests):
    client = client_of(manager)
    for noun, cells, columns, facts in (
        (
            "contacts",
            ["Kari", "Alfa AS", "kari@example.com"],
            ("name", "account", "email"),
            "Alfa AS · kari@example.com",
        ),
        ("accounts", ["Alfa AS", "Halden"], ("name", "city"), "Halden"),
    ):
        with subtests.test(noun=noun):
            columns = dict(zip(map(str.title, columns), columns, strict=True))
            run = imports.counted(manager, table(cells, headings=columns), noun=noun, columns=columns)

            assert facts in shown(client, "import_preview", run)


def test_the_preview_counts_the_rows_that_get_the_default_owner(manager, rep, client_of):
    file = table(
        ["A1", "Ferries", QUALIFY, "", "Bo", ""],
        ["A2", "Lorries", QUALIFY, "", "", ""],
        ["A3", "Trains", QUALIFY, "", "Nobody", ""],
        headings=HEADINGS,
    )
    run = imports.counted(manager, file, owners={"Bo": manager.pk}, default_owner=rep.pk)

    assert previewing.hints(run).without_owner == 2
    said = f"2 rows name no owner who is known here. {rep} becomes their owner."
    assert said in shown(client_of(manager), "import_preview", run)


def test_without_a_column_of_owners_all_rows_get_the_person_who_imports(rep, client_of):
    run = imports.counted(rep, table(["A1", "Ferries", QUALIFY], headings=("Id", "Name", "Stage")))

    said = f"1 row names no owner who is known here. {rep} becomes its owner."
    assert said in shown(client_of(rep), "import_preview", run)


def test_the_preview_says_how_many_rows_are_the_same_as_an_earlier_one(rep, client_of):
    client = client_of(rep)
    same = ["Ferries", QUALIFY]
    run = imports.counted(rep, table(same, ["Lorries", QUALIFY], same, same, headings=("Name", "Stage")))

    assert imports.fates(run) == ["create"] * 4
    preview = shown(client, "import_preview", run)
    assert "2 rows are the same as an earlier row" in preview
    assert "Row 2 is the same." in preview


def test_rows_with_different_ids_are_not_the_same(rep, client_of):
    rows = (["A1", "Ferries", QUALIFY], ["A2", "Ferries", QUALIFY])
    run = imports.counted(rep, table(*rows, headings=("Id", "Name", "Stage")))

    assert SAME not in shown(client_of(rep), "import_preview", run)


def test_the_preview_says_from_when_the_days_in_the_stage_count(rep, client_of, subtests):
    client = client_of(rep)
    of_creation, of_import = "the day on which the deal was created.", "the day of the import."
    for heading, says in (("Other", of_import), ("Created", of_creation), ("In stage since", "")):
        with subtests.test(heading=heading):
            file = table(["A1", "Ferries", QUALIFY, "2025-11-03"], headings=("Id", "Name", "Stage", heading))
            columns = {name: field for name, field in imports.COLUMNS.items() if name in file}
            preview = shown(client, "import_preview", imports.counted(rep, file, columns=columns))

            assert (DAYS in preview, says in preview) == (bool(says), True)


def test_with_a_second_file_the_days_in_the_stage_are_known(rep):
    run = imports.begun(rep, table(["A1", "Ferries", QUALIFY], headings=("Id", "Name", "Stage")))
    run = second_file.add(run, upload=imports.upload("Deal;Stage;Entered\nA1;Qualify;2025-11-03\n"), name="H.csv")
    run = making.explain(run, mapping=making.mapping_of(run), keeps=Import.Keeps.EARLIEST, at=NOW)

    assert not previewing.lacks_days_in_stage(run)


def test_the_rows_cost_no_query_each(manager, client_of, subtests):
    client = client_of(manager)
    rows = [[f"A{row}", f"Deal {row}", QUALIFY, f"Account {row}", f"Owner {row}", row] for row in range(50)]
    people = {f"Owner {row}": factories.UserFactory().pk for row in range(50)}
    run = imports.counted(manager, table(*rows, headings=HEADINGS), owners=people)
    for name in ("import_preview", "import_run"):
        if name == "import_run":
            imports.do(run)
        with subtests.test(name=name), CaptureQueriesContext(connection) as queries:
            answer = client.get(page(name, run))

            assert len(answer.content) <= 100_000
            assert len(queries) <= 15, [each["sql"][:200] for each in queries]


def test_the_manager_who_is_asked_sees_which_opportunities_and_which_stages(rep, manager, client_of, subtests):
    boss = client_of(manager)
    rows = [[f"A{row}", f"Deal {row}.", PROPOSE, "2025-11-03", "1"] for row in range(25)]
    first = imports.done(rep, table(*rows), keeps=Import.Keeps.ASKED)
    imports.done(rep, table(["B1", "Ferries", DEVELOP, "2025-11-03", "1"]), keeps=Import.Keeps.ASKED)
    asked = f"Deal 19. In {factories.stage(QUALIFY)}, the file says {factories.stage(PROPOSE)}"
    for address in (page("import_run", first), reverse("my_day")):
        with subtests.test(address=address), CaptureQueriesContext(connection) as queries:
            answer = boss.get(address)
            said = text_of_main(answer)

            assert (asked in said, "Deal 20. In" in said) == (True, False)
            assert "25 opportunities" in said
            assert "20 of 25 are listed." in said
            assert len(answer.content) <= 100_000
            assert len(queries) <= 15, [each["sql"][:200] for each in queries]
    assert f"Ferries In {factories.stage(QUALIFY)}, the file says {factories.stage(DEVELOP)}" in said


def test_the_list_of_imports_says_what_became_of_the_rows_of_each(manager, client_of, django_assert_max_num_queries):
    client = client_of(manager)
    rows = [["A1", "Ferries", QUALIFY, "2025-11-03", "1"], ["A2", "Lorries", QUALIFY, "2025-02-31", "1"]]
    imports.done(manager, table(*rows))
    undone = imports.done(manager, table(["B1", "Trains", QUALIFY, "2025-11-03", "1"]))
    imports.act(undoing.undo(undone, by=manager, at=NOW))
    imports.counted(manager, table(["C1", "Buses", QUALIFY, "2025-11-03", "1"]))

    with django_assert_max_num_queries(15):
        said = text_of_main(client.get(reverse("imports")))

    assert "1 created · 1 refused" in said
    assert "0 created · 1 undone" in said
    assert said.count(" created") == 2


def test_the_first_button_after_an_import_leads_to_the_board(manager, client_of, subtests):
    client = client_of(manager)
    for text, address in ((["A1", "Ferries", QUALIFY], "board"), (["A2", "", QUALIFY], "opportunity_list")):
        with subtests.test(address=address):
            run = imports.done(manager, table(text, headings=("Id", "Name", "Stage")))
            report = client.get(page("import_run", run)).content.decode().split('id="done-title"')[1]

            assert re.findall(r'btn-primary" href="([^"]+)"', report) == [reverse(address)]


@pytest.mark.parametrize(("language", "name"), [("en", "refused"), ("nb", "avviste")])
def test_the_file_of_the_refused_has_the_separator_of_its_file(manager, client_of, language, name):
    client = client_of(manager)
    client.cookies["django_language"] = manager.language = language
    manager.save()
    run = imports.done(manager, "Id;Name;Stage\nA1;;Qualify\n")

    answer = client.post(page("import_refused", run))

    assert answer["Content-Disposition"] == f'attachment; filename="{name}-{run.pk}.csv"'
    assert b"".join(answer.streaming_content).decode("utf-8-sig").startswith("Id;Name;Stage;")


def test_the_page_of_the_second_file_has_its_template(manager, client_of):
    run = imports.mapped(manager, table(["A1", "Ferries", QUALIFY], headings=("Id", "Name", "Stage")))

    history = client_of(manager).get(page("import_history", run)).content.decode()

    assert reverse("import_template", args=["history", "examples"]) in history
    assert reverse("import_template", args=["accounts", "empty"]) not in history


def test_the_two_templates_of_a_noun_have_different_names(rep, client_of):
    addresses = [reverse("import_template", args=["accounts", content]) for content in ("empty", "examples")]

    answers = [client_of(rep).get(address) for address in addresses]

    assert all(b"".join(answer.streaming_content) for answer in answers)
    assert {answer["Content-Disposition"] for answer in answers} == {
        'attachment; filename="accounts.xlsx"',
        'attachment; filename="accounts, with examples.xlsx"',
    }

"""Rows of files as typed values, from the file to the problems of each row."""

import csv
import datetime
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import override_settings

from opportunities.imports import days, fields, guesses, headings, mapping, recognising, typed_rows
from opportunities.imports.mapping import Mapping, StageMeaning
from opportunities.imports.reading.rows import SourceRow, rows
from tests.support.tables import ods_file, xlsx_file

TOP = Path(__file__).resolve().parents[3]
SAMPLE = TOP / "tests/data/import_sample.csv"
MAVEN = TOP.parent / "shared/data/maven-crm"
OWN = StageMeaning(process=1, stage=2)
DAY = datetime.date(2026, 2, 1)

columns_of = {
    "Id": "external_id",
    "Navn": "name",
    "Fase": "stage",
    "Status": "status",
    "Dato": "close_date",
    "Sum": "amount",
}
meanings = {
    "stages": {"Tilbud": OWN, "Vunnet": StageMeaning(outcome="won", reason=5), "Gammel": StageMeaning(is_skipped=True)},
    "statuses": {"Åpen": "open", "Tapt": "lost", "Slettet": "skip"},
}


def typed(*cells, noun="opportunities", columns=columns_of, **given):
    """The typed rows of these rows of cells, each a tuple."""
    made = Mapping(noun=noun, columns=columns, **(meanings if noun == "opportunities" else {}) | given)
    source = [SourceRow(number, row) for number, row in enumerate(cells, start=2)]
    return list(typed_rows.typed_rows(source, list(columns), made))


def sentences(row):
    return [problem.sentence for problem in row.problems]


def test_an_open_row_has_an_estimate_and_a_closed_one_what_came_of_it():
    opened, won, lost = typed(
        ("", "A", "Tilbud", "", "01.02.2026", "500"),
        ("", "B", "Vunnet", "", "01.02.2026", "500"),
        ("", "C", "Tilbud", "Tapt", "01.02.2026", "500"),
    )

    assert opened.values == {
        "name": "A",
        "stage": OWN,
        "status": "open",
        "estimated_close_date": DAY,
        "estimated_revenue": Decimal(500),
    }
    assert won.values == {
        "name": "B",
        "status": "won",
        "status_reason": 5,
        "closed_on": DAY,
        "actual_revenue": Decimal(500),
    }
    assert lost.values == {
        "name": "C",
        "stage": OWN,
        "status": "lost",
        "closed_on": DAY,
        "estimated_revenue": Decimal(500),
    }


def test_rows_that_contradict_themselves_are_refused(subtests):
    for cells, words in {
        ("", "A", "Vunnet", "", "", "1"): "A closed opportunity needs the day on which it was closed.",
        ("", "A", "Vunnet", "Tapt", "01.02.2026", "1"): "The stage and the status contradict each other.",
        ("", "", "Tilbud", "", "", ""): "“Name” is empty.",
        ("", "A", "Ukjent", "", "01.02.2026", ""): "It is not chosen what “Ukjent” means here.",
        ("", "A", "Vunnet", "", "31.02.2026", ""): "There is no such day. Check the day and the month.",
    }.items():
        with subtests.test(cells):
            assert sentences(typed(cells)[0]) == [words]


def test_an_open_row_with_a_day_of_closing_is_refused():
    columns = {"Navn": "name", "Lukket": "closed_on"}

    [row] = typed(("A", "01.02.2026"), columns=columns)

    [problem] = row.problems
    assert problem[:3] == ("Lukket", "01.02.2026", "An open opportunity has no day on which it was closed.")


def test_rows_that_the_mapping_leaves_out_have_no_problems():
    skipped = typed(("", "", "Gammel", "", "x", "y"), ("", "B", "Tilbud", "Slettet", "", ""))

    assert [(row.is_skipped, row.problems) for row in skipped] == [(True, []), (True, [])]


def test_a_second_row_with_the_same_id_is_refused():
    first, same, other, without, again = typed(
        ("1", "A", "", "", "", ""),
        ("1", "A", "", "", "", ""),
        (1, "B", "", "", "", ""),
        ("", "A", "", "", "", ""),
        ("", "A", "", "", "", ""),
    )

    assert sentences(same) == ["Row 2 is the same."]
    assert sentences(other) == ["Row 2 has the same id and other values."]
    assert [first.problems, without.problems, again.problems] == [[], [], []]


def test_the_fingerprint_is_that_of_the_row_and_counts_those_that_are_alike():
    def fingerprints():
        return [
            row.fingerprint
            for row in typed(("", "A", "", "", "", ""), ("", "B", "", "", "", ""), ("", "A", "", "", "", ""))
        ]

    assert fingerprints() == fingerprints()
    assert len(set(fingerprints())) == 3


def test_a_row_that_could_not_be_read_has_that_problem_only():
    source = [SourceRow(7, ("A", None), "A quotation mark in this row does not match.")]

    [row] = typed_rows.typed_rows(source, ["Navn", "Sum"], Mapping(columns={"Navn": "name", "Sum": "amount"}))

    assert (row.number, row.values) == (7, {})
    assert [each[:3] for each in row.problems] == [("", "A", "A quotation mark in this row does not match.")]


def test_the_stage_of_a_file_with_two_pipelines_is_that_of_its_pipeline():
    other = StageMeaning(process=3, stage=4)
    columns = {"Navn": "name", "Prosess": "process", "Fase": "stage"}
    stages = {"Salg › Tilbud": OWN, "Fornyelse › Tilbud": other}

    first, second = typed(("A", "Salg", "Tilbud"), ("B", "Fornyelse", " Tilbud"), columns=columns, stages=stages)

    assert (first.values["stage"], second.values["stage"]) == (OWN, other)


def test_an_empty_owner_is_the_default_owner():
    columns = {"Navn": "name", "Selger": "owner"}

    for_default = typed(("A", ""), ("B", "Kari"), columns=columns, owners={"Kari": 7}, default_owner=9)
    without_column = typed(("A",), columns={"Navn": "name"}, default_owner=9)

    assert [row.values["owner"] for row in for_default + without_column] == [9, 7, 9]


def test_numbers_of_accounts_are_read_with_their_country():
    columns = {"Navn": "name", "Orgnr": "organisation_number", "Land": "country", "Tlf": "phone"}

    right, wrong = typed(
        ("Equinor", "NO 923 609 016 MVA", "Norge", 22334455),
        ("Equinor", "923 609 017", "Norge", "12"),
        noun="accounts",
        columns=columns,
    )

    assert right.values == {
        "name": "Equinor",
        "organisation_number": "923609016",
        "country": "NO",
        "phone": "+4722334455",
    }
    assert {problem.column: problem.cell for problem in wrong.problems} == {"Orgnr": "923 609 017", "Tlf": "12"}


def test_first_and_last_names_are_one_name():
    columns = {"Fornavn": "first_name", "Etternavn": "last_name", "E-post": "email"}

    rows_of_contacts = typed(
        ("Kari", "Ås", ""), ("", "Bø", ""), ("", "", "k@example.com"), noun="contacts", columns=columns
    )

    assert [row.values.get("name") for row in rows_of_contacts] == ["Kari Ås", "Bø", None]
    assert sentences(rows_of_contacts[2]) == ["“Name” is empty."]


# The sample, with every fault


def sample_cells():
    """The cells of the sample, with those that a spreadsheet keeps as numbers."""
    lines = list(csv.reader(io.StringIO(SAMPLE.read_text("utf-8-sig")), delimiter=";"))
    return [[int(cell) if cell.isdigit() else cell for cell in line] for line in lines]


def sample_files():
    return {
        "csv": io.BytesIO(SAMPLE.read_bytes()),
        "cp1252": io.BytesIO(SAMPLE.read_text("utf-8-sig").replace("\u202e", "\a").encode("cp1252")),
        "xlsx": xlsx_file(sample_cells()),
        "ods": ods_file(sample_cells()),
    }


def sample_mapping(reading, found):
    """The mapping that is guessed, with what a person chooses: the stages, the owners and the reasons."""
    known = [guesses.KnownStage(1, place, (name,), ("Salg",)) for place, name in enumerate(STAGES, start=1)]
    columns = headings.guess(reading.headings, [row.cells for row in found[:50]])
    draft = Mapping(columns=columns, default_owner=None)

    def sources(name):
        return mapping.sources(found, reading.headings, draft, name)

    amounts = [row.cells[reading.headings.index("Beløp")] for row in found]
    return Mapping(
        columns=columns,
        decimal_mark=guesses.decimal_mark(amounts),
        stages=guesses.stages(sources("stage"), known),
        statuses=guesses.statuses(sources("status")),
        reasons=guesses.reasons(sources("status_reason"), [(1, ("Pris",))]),
        owners=guesses.people(sources("owner"), PEOPLE),
    )


STAGES = ("Kvalifiser", "Utvikle", "Foreslå", "Lukk")
PEOPLE = [
    guesses.KnownPerson(1, ("Kari Nordmann",)),
    guesses.KnownPerson(2, ("colleague",)),
    guesses.KnownPerson(3, ("ola.hansen@example.com",)),
    guesses.KnownPerson(4, ("Ingrid Dahl",)),
]


@override_settings(CURRENCY="NOK")
def test_each_fault_of_the_sample_is_found_and_nothing_else(subtests):
    for kind, file in sample_files().items():
        reading = recognising.recognise(file)
        source = rows(file, reading)
        found = list(source)
        made = sample_mapping(reading, found)
        expected = [str(row.cells[-1] or "") for row in found]

        with subtests.test(kind):
            assert (reading.header, len(found), source.repeated) == (3, 200, 2)
            assert made.columns == dict(zip(reading.headings, FIELDS, strict=True))
            for row, words in zip(typed_rows.typed_rows(found, reading.headings, made), expected, strict=True):
                assert (len(row.problems), row.number) == (bool(words), row.number)
                assert all(words in problem.sentence for problem in row.problems), (row.number, words, row.problems)


FIELDS = [
    *("external_id", "name", "account", "contact", "contact_email", "owner", "process", "stage", "status"),
    *("status_reason", "amount", "currency", "probability", "created_on", "close_date", "rating", "customer_need"),
    *("stakeholders_identified", "competitor", "next_step", "next_step_due", "note", ""),
]


# The data set of Maven


@pytest.mark.skipif(not MAVEN.exists(), reason="../shared/data/maven-crm is not here")
def test_every_row_of_the_data_set_of_maven_is_read():
    with (MAVEN / "sales_pipeline.csv").open("rb") as file:
        reading = recognising.recognise(file)
        found = list(rows(file, reading))
        columns = headings.guess(reading.headings, [row.cells for row in found[:50]])
        draft = Mapping(columns=columns)
        days_written = [row.cells[reading.headings.index("close_date")] for row in found]
        known = [guesses.KnownStage(1, 1, ("Prospecting",)), guesses.KnownStage(1, 2, ("Engaging",))]
        stages = guesses.stages(mapping.sources(found, reading.headings, draft, "stage"), known)

        order = days.ambiguous_dates(days_written)
        made = Mapping(columns=columns, stages=stages, date_order=order.order, default_owner=1)
        read = list(typed_rows.typed_rows(found, reading.headings, made))

    assert (order.order, order.must_ask) == ("mdy", False)
    assert Counter(row.values["status"] for row in read) == {"won": 4238, "lost": 2473, "open": 2089}
    assert [row.problems for row in read if row.problems] == []
    with (MAVEN / "sales_pipeline.csv").open() as text:
        won = sum(Decimal(row["close_value"]) for row in csv.DictReader(text) if row["deal_stage"] == "Won")
    assert sum(row.values["actual_revenue"] for row in read if row.values["status"] == "won") == won
    assert sum("account" not in row.values for row in read) == 1425


@pytest.mark.skipif(not MAVEN.exists(), reason="../shared/data/maven-crm is not here")
def test_the_accounts_of_maven_are_read_but_for_two_countries_that_are_misspelt():
    with (MAVEN / "accounts.csv").open("rb") as file:
        reading = recognising.recognise(file)
        found = list(rows(file, reading))
        columns = headings.guess(reading.headings, [row.cells for row in found], noun=fields.ACCOUNTS)
        read = list(typed_rows.typed_rows(found, reading.headings, Mapping(noun=fields.ACCOUNTS, columns=columns)))

    assert len(read) == 85
    assert {problem.cell for row in read for problem in row.problems} == {"Philipines", "Korea"}

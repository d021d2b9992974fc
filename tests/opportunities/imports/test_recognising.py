"""What is recognised of a file."""

import dataclasses
import io

import pytest
from django.utils import translation

from opportunities.imports import recognising
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.refusing import CannotBeRead
from opportunities.imports.reading.rows import rows
from tests.support.tables import csv_file, ods_file, text_file, xlsx_file

HEADINGS = ["Navn", "Kunde", "Beløp"]
DEALS = [HEADINGS, ["Salg til Ås, Bø", "Bjørnebær AS", "1 200,50"], ["Øya; nord", "Sæbø", "9 350,09"]]
RUSSIAN = [["Название", "Клиент"], ["Продажа серверов", "Рога и копыта"], ["Поставка", "Завод имени Кирова"]]

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "cp1252": "cp1252",
    "latin-1": "cp1252",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "mac-roman": "mac-roman",
}
CYRILLIC = {each: each for each in ("cp1251", "koi8-r", "utf-16-le")} | {"utf-8": "utf-8-sig"}
CASES = [*((DEALS, *each) for each in ENCODINGS.items()), *((RUSSIAN, *each) for each in CYRILLIC.items())]


def table(file, reading):
    return [list(row.cells) for row in rows(file, reading)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0][0][0]}-{case[1]}")
def test_the_encoding_is_recognised(case):
    given, written, recognised = case
    file = csv_file(given, encoding=written, delimiter=";")

    reading = recognising.recognise(file)

    assert reading.encoding == recognised
    assert [list(reading.headings), *table(file, reading)] == given


def test_a_text_of_another_part_of_europe_has_its_encoding():
    for text, encoding in (
        ("Sprzedaż;Łódź Źródło\nWąż;Gęś\n", "cp1250"),
        ("Κωδικός;Πελάτης\nΠώληση;Αθήνα\n", "cp1253"),
    ):
        assert recognising.recognise(text_file(text, encoding)).encoding == encoding


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_separator_and_the_quotation_mark_are_recognised(delimiter, quote):
    given = [HEADINGS, *([f"a{delimiter}{quote}b", "to\nlinjer", "9 350,09"] for _row in range(3))]
    file = csv_file(given, delimiter=delimiter, quote=quote)

    reading = recognising.recognise(file)

    assert (reading.delimiter, reading.quote) == (delimiter, quote)
    assert table(file, reading) == given[1:]


def test_marks_in_the_middle_of_a_text_are_no_quotation_marks(subtests):
    for text, cells in {
        "Name,Note\nO'Brien,don't\n": ["O'Brien", "don't"],
        'Name;Note\n5" pipe;x\n': ['5" pipe', "x"],
        "Name\nAcme\n": ["Acme"],
        "sep=|\nName|Sum\nA;b|1,5\n": ["A;b", "1,5"],
        'Name,Sum\n"a \\" b",1\n"c",2\n': ['a " b', "1"],
    }.items():
        with subtests.test(text):
            file = text_file(text)
            assert table(file, recognising.recognise(file))[0] == cells


def test_a_title_above_the_table_is_no_header():
    file = text_file("Salgsliste 2026\n\nNavn;Kunde;Beløp\nA;B;100\nC;D;200\n")

    reading = recognising.recognise(file)

    assert (reading.header, reading.headings) == (3, ("Navn", "Kunde", "Beløp"))
    assert [row.number for row in rows(file, reading)] == [4, 5]


def test_a_file_without_a_header_names_its_columns_by_letters(subtests):
    for text in (
        "Acme;100;01.02.2026\nBeta;200;02.02.2026\n",
        "Acme;x\nAcme;y\n",
        "kari@example.com;Acme\nb@example.com;x\n",
    ):
        with subtests.test(text):
            file = text_file(text)
            reading = recognising.recognise(file)
            assert (reading.header, reading.headings[:2]) == (0, ("(A)", "(B)"))
            assert [row.number for row in rows(file, reading)] == [1, 2]


def test_each_heading_is_unique_and_has_a_name():
    reading = recognising.recognise(text_file("Navn;Navn;;Navn;\nA;B;C;D;E\n"))

    assert reading.headings == ("Navn", "Navn (2)", "(C)", "Navn (3)", "(E)")


def test_a_spreadsheet_is_recognised_by_its_content(subtests):
    for kind, file in (("xlsx", xlsx_file(DEALS)), ("ods", ods_file(DEALS))):
        with subtests.test(kind):
            reading = recognising.recognise(file)
            assert (reading.kind, reading.header, list(reading.headings)) == (kind, 1, HEADINGS)
            assert table(file, reading) == DEALS[1:]


def test_the_first_visible_sheet_with_rows_is_read_and_another_can_be_chosen():
    file = xlsx_file([], [["Skjult"]], DEALS, [["Name"], ["x"]], names=("Tom", "Gjemt", "Salg", "Mer"), hidden=(1,))

    reading = recognising.recognise(file)
    other = recognising.read_anew(file, reading, sheet="Mer")

    assert (reading.sheets, reading.sheet) == (("Tom", "Gjemt", "Salg", "Mer"), "Salg")
    assert (other.sheet, other.headings, table(file, other)) == ("Mer", ("Name",), [["x"]])
    with pytest.raises(CannotBeRead, match="no sheet of this name"):
        recognising.read_anew(file, reading, sheet="Borte")


def test_what_was_recognised_can_be_changed():
    file = csv_file([["Tittel", "x"], *DEALS], encoding="cp1252", delimiter=";")
    reading = recognising.recognise(file)

    changed = recognising.read_anew(file, reading, delimiter="|", header=2)
    back = recognising.read_anew(file, changed, delimiter=";", header=2)

    assert changed.headings == ("Navn;Kunde;Beløp",)
    assert list(back.headings) == HEADINGS
    assert recognising.read_anew(file, back, header=0).headings == ("(A)", "(B)", "(C)")


def test_an_encoding_that_does_not_fit_is_refused():
    file = csv_file(DEALS, encoding="cp1252", delimiter=";")
    reading = recognising.recognise(file)

    for encoding in ("utf-8-sig", "utf-32", "no such"):
        with pytest.raises(CannotBeRead, match="not written in this encoding"):
            recognising.read_anew(file, reading, encoding=encoding)


def test_a_reading_is_the_same_after_json():
    reading = recognising.recognise(xlsx_file(DEALS))

    assert Reading.from_json(reading.to_json()) == reading


def test_a_reading_of_something_else_is_refused(subtests):
    sound = Reading("csv", "utf-8-sig", ",", '"').to_json()
    for change in ({"kind": "pdf"}, {"header": "1"}, {"header": -1}, {"x": 1}, {"delimiter": ",,"}, {"sheets": [1]}):
        with subtests.test(change), pytest.raises(CannotBeRead):
            Reading.from_json(sound | change)


def test_the_sentences_are_in_the_readers_language():
    with translation.override("nb"), pytest.raises(CannotBeRead, match="Filen er tom"):
        recognising.recognise(io.BytesIO())


def test_the_file_stays_open():
    file = csv_file(DEALS)

    reading = recognising.recognise(file)
    next(rows(file, reading))

    assert not file.closed
    assert dataclasses.replace(reading, header=1) == recognising.recognise(file)

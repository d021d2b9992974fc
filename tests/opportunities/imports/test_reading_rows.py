"""The rows of a file."""

import datetime

import pytest

from opportunities.imports import recognising
from opportunities.imports.reading import cells, refusing
from opportunities.imports.reading.refusing import CannotBeRead
from opportunities.imports.reading.rows import rows
from tests.support.tables import csv_file, ods_file, text_file, xlsx_file


def read(file):
    found = rows(file, recognising.recognise(file))
    return list(found), found


def test_blank_rows_and_repeated_headers_are_left_out_and_counted(subtests):
    table = [["Navn", "Sum", ""], ["A", "1", ""], ["", "", ""], ["Navn", "Sum", ""], [" ", "", ""], ["B", "2", ""]]
    for kind, file in {"csv": csv_file(table), "xlsx": xlsx_file(table), "ods": ods_file(table)}.items():
        with subtests.test(kind):
            found, counts = read(file)
            assert [(row.number, row.cells[0]) for row in found] == [(2, "A"), (6, "B")]
            assert (counts.count, counts.blank, counts.repeated) == (2, 2, 1)


def test_cells_of_a_spreadsheet_keep_their_types(subtests):
    day, moment = datetime.date(2026, 2, 3), datetime.datetime.fromisoformat("2026-02-03T12:30")
    table = [["Navn", "Sum", "Dato", "Tid", "Ja"], ["A\nB", 9350.09, day, moment, True], ["C", 5, None, None, False]]
    for kind, file in {"xlsx": xlsx_file(table), "ods": ods_file(table)}.items():
        with subtests.test(kind):
            found, _counts = read(file)
            assert [row.cells for row in found] == [tuple(row) for row in table[1:]]


def test_a_table_may_begin_anywhere_in_its_sheet():
    found, _counts = read(xlsx_file([[], [], [None, None, "Navn", "Sum"], [None, None, "A", 1]]))

    assert [(row.number, row.cells) for row in found] == [(4, ("A", 1))]


def test_every_line_end_is_one():
    found, _counts = read(text_file("Navn,Sum\r\nA,1\nB,2\rC,3\r\n"))

    assert [(row.number, *row.cells) for row in found] == [(2, "A", "1"), (3, "B", "2"), (4, "C", "3")]


def test_a_row_with_line_breaks_is_one_row():
    found, _counts = read(csv_file([["Navn", "Notat"], ["A", "en\nto\r\ntre"], ["B", "x"]]))

    assert [(row.number, *row.cells) for row in found] == [(2, "A", "en\nto\r\ntre"), (3, "B", "x")]


def test_a_quotation_mark_that_is_not_closed_loses_its_line_only():
    lines = ["Navn,Notat", '"A",x', '"B,x', '"C",x', 'D,"x', *(f"E{number},x" for number in range(500)), '"F",x']

    found, _counts = read(text_file("\n".join(lines)))

    assert len(found) == 505
    assert [row.number for row in found if row.problem] == [3, 5]
    assert "quotation mark" in found[1].problem


def test_a_row_with_other_cells_than_the_header(subtests):
    found, _counts = read(text_file("Navn,Sum,Dato\nA,1,x\nB\nC,9,350,09\nD,1,x,,\n"))

    assert [row.cells for row in found] == [("A", "1", "x"), ("B", None, None), ("C", "9", "350"), ("D", "1", "x")]
    assert [bool(row.problem) for row in found] == [False, False, True, False]
    assert "The row has 4 cells, the header has 3." in found[2].problem


def test_a_cell_of_a_million_characters_refuses_its_row(subtests):
    table = [["Navn", "Notat"], ["A", "x" * 1_000_000], ["B", "x"]]
    for kind, file in {"csv": csv_file(table), "ods": ods_file(table)}.items():
        with subtests.test(kind):
            found, _counts = read(file)
            assert [bool(row.problem) for row in found] == [True, False]
            assert found[0].problem.startswith("A cell of the row has more than 100000 characters")


def test_too_many_columns_are_refused(subtests):
    table = [[f"k{number}" for number in range(201)], ["x"] * 201]
    for kind, file in {"csv": csv_file(table), "xlsx": xlsx_file(table), "ods": ods_file(table)}.items():
        with subtests.test(kind), pytest.raises(CannotBeRead, match="more than 200 columns"):
            recognising.recognise(file)


def test_97_columns_are_read():
    table = [[f"k{number}" for number in range(97)], ["x"] * 97]

    found, _counts = read(csv_file(table))

    assert found[0].cells == ("x",) * 97


def test_too_many_rows_are_refused():
    file = text_file("Navn;Sum\n" + "A;1\n" * (refusing.MOST_ROWS + 1))

    with pytest.raises(CannotBeRead, match="more than 100000 rows"):
        read(file)


def test_the_apostrophes_of_our_export_are_taken_away_again():
    found, _counts = read(text_file("Navn,Notat\n'=1+1,O'Brien\n'-5,x;'=2\n"))

    assert [row.cells for row in found] == [("=1+1", "O'Brien"), ("-5", "x;=2")]


def test_a_cell_is_the_same_after_json():
    given = ["a", 1, 1.5, True, None, datetime.date(2026, 1, 2), datetime.datetime.fromisoformat("2026-01-02T03:04")]

    assert [cells.from_json(cells.to_json(cell)) for cell in given] == given
    for other in ({}, [], {"day": 1}, {"day": "x"}):
        with pytest.raises(ValueError, match=r"no cell|isoformat"):
            cells.from_json(other)

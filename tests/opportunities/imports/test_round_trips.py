"""Random tables in random dialects are read as they were written."""

import codecs
import datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from opportunities import formula_safe
from opportunities.imports import recognising
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.refusing import CannotBeRead
from opportunities.imports.reading.rows import rows
from tests.support.examples import examples
from tests.support.tables import csv_file, ods_file, text_file, xlsx_file

LETTERS = "abcæøåÆØÅéü 019.,;|-'\"\n/€"
TEXTS = st.text(LETTERS, max_size=12)
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=8)
)


@given(
    table=TABLES,
    encoding=st.sampled_from(["utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    ends=st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_a_table_is_read_as_it_was_written(table, encoding, delimiter, quote, ends):
    file = csv_file(table, encoding=encoding, delimiter=delimiter, quote=quote, ends=ends)
    reading = Reading("csv", encoding, delimiter, quote, header=0, headings=tuple("ABCDE"[: len(table[0])]))

    found = list(rows(file, reading))

    kept = [[formula_safe.undone(cell) for cell in row] for row in table if any(cell.strip() for cell in row)]
    assert [list(row.cells) for row in found] == kept
    assert not any(row.problem for row in found)


WORDS = st.text("abcdeæøåÆØÅ", min_size=3, max_size=9).map(lambda word: f"Å{word}r")
PLAIN = st.lists(
    st.tuples(WORDS, st.integers(1000, 999_999), st.dates().map(str), st.sampled_from(["ja", "nei", "to, tre; fire"])),
    min_size=3,
    max_size=9,
)


@given(
    table=PLAIN,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    ends=st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_the_dialect_of_an_ordinary_table_is_recognised(table, encoding, delimiter, ends):
    headings = ["Navn", "Beløp", "Opprettet", "Svar"]
    written = [[str(cell) for cell in row] for row in table]
    file = csv_file([headings, *written], encoding=encoding, delimiter=delimiter, ends=ends)

    reading = recognising.recognise(file)

    assert list(reading.headings) == headings
    assert [list(row.cells) for row in rows(file, reading)] == written


CELLS = st.none() | st.integers(-(10**9), 10**9) | st.booleans() | WORDS | st.dates(datetime.date(1901, 1, 1))


@settings(max_examples=examples(8), deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=20))
def test_a_spreadsheet_is_read_as_it_was_written(table):
    kept = [tuple(row) for row in table if any(cell is not None for cell in row)]

    for file in (xlsx_file([["Navn", "Kunde", "Notat"], *table]), ods_file([["Navn", "Kunde", "Notat"], *table])):
        assert [row.cells for row in rows(file, recognising.recognise(file))] == kept


@given(st.text("'=+-@\t\n\r;,ab", max_size=12))
@example("\t=1")
@example("';'=")
def test_a_text_that_is_safe_from_formulas_can_be_read_again(text):
    safe = formula_safe.safe_text(text)

    assert formula_safe.undone(safe) == text
    assert not safe.startswith(formula_safe.RUNS_AS_FORMULA)


BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"a;b\n", b'"', b"\0", b"\r", codecs.BOM_UTF16_LE, codecs.BOM_UTF8]
        ),
        max_size=9,
    ).map(b"".join),
)


@settings(max_examples=examples(150))
@given(content=BYTES)
def test_any_bytes_are_read_or_refused_with_a_sentence(content):
    file = text_file("")
    file.write(content)
    try:
        reading = recognising.recognise(file)
        found, refused = list(rows(file, reading)), "."
    except CannotBeRead as refusal:
        found, refused = [], str(refusal)

    assert refused.endswith(".")
    assert all(len(row.cells) == len(reading.headings) for row in found)

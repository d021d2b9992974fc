"""How a cell is read as a value."""

import datetime
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from opportunities.imports import days, fields, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.mapping import Mapping, StageMeaning

OWN = StageMeaning(process=1, stage=2)
DAY = datetime.date(2026, 2, 1)
WRITTEN = datetime.datetime.fromisoformat("2026-02-01T13:45")


def read(name, cell, *, noun="opportunities", **mapping):
    return values.read(fields.of(noun)[name], cell, Mapping(noun=noun, **mapping))


def sentence(name, cell, **mapping):
    with pytest.raises(BadCell) as refusal:
        read(name, cell, **mapping)
    return str(refusal.value)


READ = [
    # texts
    ("name", "  Salg\ttil\nÅs ", "Salg til Ås", {}),
    ("name", 42, "42", {}),
    ("name", "=1+1", "=1+1", {}),
    ("description", "en\r\nto\rtre ", "en\nto\ntre", {}),
    ("competitor", "Fjord; Nord \nFjord;", ("Fjord", "Nord"), {}),
    ("contact_email", "mailto:kari@example.com", "kari@example.com", {}),
    # amounts
    ("estimated_revenue", "9 350,09", Decimal("9350.09"), {}),
    ("estimated_revenue", "9,350.09", Decimal("9350.09"), {}),
    ("estimated_revenue", "kr 9.350", Decimal(9350), {}),
    ("estimated_revenue", "9.350,-", Decimal(9350), {}),
    ("estimated_revenue", "9.350", Decimal(9350), {"decimal_mark": ","}),
    ("estimated_revenue", "9.350", Decimal("9.35"), {"decimal_mark": "."}),
    ("estimated_revenue", "1,234.5600", Decimal("1234.56"), {"decimal_mark": "."}),
    ("estimated_revenue", 1234.5600000001, Decimal("1234.56"), {}),
    ("estimated_revenue", 1054, Decimal(1054), {}),
    ("currency", "kr", "NOK", {}),
    # probability
    ("probability", "40 %", 40, {}),
    ("probability", 40.0, 40, {}),
    ("probability", "0,4", 40, {"probability": "fraction"}),
    ("probability", 0.29, 29, {"probability": "fraction"}),
    ("probability", "40 %", 40, {"probability": "fraction"}),
    ("probability", "Høy", 80, {"probability": "words", "probabilities": {"Høy": 80}}),
    # days
    ("closed_on", "01.02.2026", DAY, {}),
    ("closed_on", "1/2/26", DAY, {}),
    ("closed_on", "2/1/2026", DAY, {"date_order": "mdy"}),
    ("closed_on", "26-02-01", DAY, {"date_order": "ymd"}),
    ("closed_on", "2026-02-01", DAY, {"date_order": "mdy"}),
    ("closed_on", "2026-02-01T00:00:00", DAY, {}),
    ("closed_on", "1. februar 2026", DAY, {}),
    ("closed_on", "1 Feb 26", DAY, {}),
    ("closed_on", "Sun, 01-feb-2026 13:45", DAY, {}),
    ("closed_on", "February 1, 2026", DAY, {}),
    ("closed_on", "2/1/2026 1:45 PM", DAY, {"date_order": "mdy"}),
    ("closed_on", "2026-01-31T23:30:00Z", DAY, {}),
    ("closed_on", "01.02.1970", datetime.date(1970, 2, 1), {}),
    ("closed_on", "01.02.70", datetime.date(1970, 2, 1), {}),
    ("closed_on", DAY, DAY, {}),
    ("closed_on", datetime.datetime.fromisoformat("2026-02-01T12:00"), DAY, {}),
    ("created_on", datetime.datetime.fromisoformat("2026-02-01"), DAY, {}),
    # choices
    ("rating", "lunken", "warm", {}),
    ("rating", "HOT", "hot", {}),
    ("purchase_timeframe", "Dette kvartalet", "this_quarter", {}),
    ("purchase_timeframe", "this_quarter", "this_quarter", {}),
    ("stakeholders_identified", "Ja", True, {}),
    ("stakeholders_identified", False, False, {}),
    ("country", "Norge", "NO", {"noun": "accounts"}),
    ("country", "Norway", "NO", {"noun": "accounts"}),
    ("country", "no", "NO", {"noun": "accounts"}),
    ("language", "nb", "nb", {"noun": "contacts"}),
    ("website", "www.example.com", "https://www.example.com", {"noun": "accounts"}),
    # what the mapping says
    ("stage", "Proposal  sent", OWN, {"stages": {"Proposal sent": OWN}}),
    ("status", "Closed", "lost", {"statuses": {"Closed": "lost"}}),
    ("status_reason", "Price", 3, {"reasons": {"Price": 3}}),
    ("owner", "Kari", 7, {"owners": {"Kari": 7}}),
    ("owner", "Nils", 9, {"owners": {"Kari": 7}, "default_owner": 9}),
    # blank
    ("estimated_revenue", " \u00a0", None, {}),
    ("closed_on", None, None, {}),
]

REFUSED = [
    ("name", "x" * 201, "Shorten it", {}),
    ("name", "a\u202eb", "cannot be used here", {}),
    ("name", "\u200b", "blank", {}),
    ("description", "x" * 4001, "Shorten it", {}),
    ("contact_email", "kari at example", "Write a mail address", {}),
    ("website", "javascript:alert(1)", "Write the address of a website", {"noun": "accounts"}),
    ("estimated_revenue", "-5", "cannot be below 0", {}),
    ("estimated_revenue", -0.01, "cannot be below 0", {}),
    ("estimated_revenue", "many", "Write the amount in figures", {}),
    ("estimated_revenue", "9,350.09", "Write the amount in figures", {"decimal_mark": ","}),
    ("estimated_revenue", "9 350,09", "Write the amount in figures", {"decimal_mark": "."}),
    ("estimated_revenue", "1.2345", "Write the amount in figures", {"decimal_mark": "."}),
    ("estimated_revenue", "1,2,3", "Write the amount in figures", {"decimal_mark": "."}),
    ("estimated_revenue", "=1+1", "Write the amount in figures", {}),
    ("estimated_revenue", "€ 1.000", "The amount is in €. Amounts here are in NOK.", {}),
    ("estimated_revenue", "usd 5", "The amount is in USD", {}),
    ("estimated_revenue", "5", "The amount is in EUR", {"currency": "EUR"}),
    ("estimated_revenue", "1234567890123", "too large", {}),
    ("estimated_revenue", 1e300, "Write the amount in figures", {}),
    ("estimated_revenue", 1234567890123, "too large", {}),
    ("estimated_revenue", float("nan"), "Write the amount in figures", {}),
    ("estimated_revenue", float("-inf"), "Write the amount in figures", {}),
    ("estimated_revenue", True, "no amount", {}),
    ("estimated_revenue", DAY, "no amount", {}),
    ("currency", "EUR", "The amount is in EUR", {}),
    ("probability", "140", "whole number from 0 to 100", {}),
    ("probability", "37,5 %", "whole number from 0 to 100", {}),
    ("probability", "probably", "whole number from 0 to 100", {}),
    ("probability", "-1", "whole number from 0 to 100", {}),
    ("probability", "High", "means here", {"probability": "words"}),
    ("closed_on", "31.02.2026", "There is no such day", {}),
    ("closed_on", "1/13/26", "There is no month 13", {}),
    ("closed_on", "13/08/26", "There is no month 13", {"date_order": "mdy"}),
    ("closed_on", "1/08/26", "such as 2027-01-31", {"date_order": "ymd"}),
    ("closed_on", "01.02.1826", "Choose a year", {}),
    ("closed_on", "01.02.0026", "Choose a year", {}),
    ("closed_on", datetime.date(1826, 1, 1), "Choose a year", {}),
    ("closed_on", "01.02.2026 25:10", "no such time", {}),
    ("closed_on", "next week", "This is no date", {}),
    ("closed_on", "1 foo 2026", "This is no date", {}),
    ("closed_on", 46054, "This is a number, no date", {}),
    ("closed_on", True, "This is a number, no date", {}),
    ("rating", "glowing", "This is none of: Hot, Warm, Cold.", {}),
    ("stakeholders_identified", "maybe", "Write yes or no", {}),
    ("country", "Atlantis", "No country has this name", {"noun": "accounts"}),
    ("stage", "Foo", "It is not chosen what “Foo” means here.", {}),
    ("status", "Foo", "means here", {}),
    ("status_reason", "Foo", "means here", {}),
    ("owner", "Foo", "means here", {}),
]


@override_settings(CURRENCY="NOK")
def test_cells_are_read(subtests):
    for name, cell, value, mapping in READ:
        with subtests.test(repr((name, cell, mapping))):
            found = read(name, cell, **mapping)
            assert (found, type(found)) == (value, type(value))


@override_settings(CURRENCY="NOK")
def test_cells_that_are_no_value_are_refused_with_a_sentence(subtests):
    for name, cell, words, mapping in REFUSED:
        with subtests.test(repr((name, cell, mapping))):
            assert words in sentence(name, cell, **mapping)


def test_a_moment_is_in_the_time_zone_of_the_organisation_unless_it_says_another():
    here = timezone.make_aware(WRITTEN)

    for written in ("01.02.2026 13:45", "1/2/2026 1:45 PM", WRITTEN, here.isoformat()):
        assert read("created_on", written) == here


def test_the_sentences_are_in_norwegian_too():
    with translation.override("nb"):
        assert sentence("closed_on", "31.02.2026") == "Den dagen finnes ikke. Sjekk dag og måned."
        assert sentence("rating", "glødende") == "Dette er ingen av: Varm, Lunken, Kald."


ORDERS = {
    ("01.02.2026", "13.02.2026"): ("dmy", False, ()),
    ("1/2/2026", "2/13/2026"): ("mdy", False, ()),
    ("2026-02-01", "2026-02-13"): ("dmy", False, ()),
    ("1. februar 2026", "05.05.2026"): ("dmy", False, ()),
    (DAY, None, ""): ("dmy", False, ()),
    ("01.02.2026", "03.04.26"): ("dmy", False, ()),
    ("01.02.2026", "3/4/2026"): ("dmy", True, ("3/4/2026",)),
    ("01.13.2026", "02.03.2026"): ("mdy", False, ()),
    ("1/8/26", "2/8/26", "1/8/26", "5/5/26", "3/8/26", "4/8/26"): ("dmy", True, ("1/8/26", "2/8/26", "3/8/26")),
    ("26-08-01", "26-08-31"): ("dmy", True, ("26-08-01", "26-08-31")),
    ("13/01/2026", "01/13/2026", "14/01/2026"): ("dmy", True, ("01/13/2026",)),
}


def test_the_order_of_dates_is_asked_if_several_or_none_fit(subtests):
    for samples, expected in ORDERS.items():
        with subtests.test(repr(samples)):
            assert days.ambiguous_dates(samples) == days.Ambiguity(*expected)


CELLS = st.one_of(
    st.text(max_size=40),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.decimals(),
    st.from_regex(r"[-(]?[0-9]{0,9}[., /:-]{0,2}[0-9]{0,4}[., /:-]{0,2}[0-9]{0,5}( ?(kr|%|AM|Z))?", fullmatch=True),
    st.from_regex(r"\d{1,2}[.] ?(jan|mai|desember)[.,]? \d{2,4}( \d\d:\d\d)?", fullmatch=True),
)
EVERY_FIELD = [(noun, name) for noun in fields.NOUNS for name in fields.of(noun)]


@given(
    cell=CELLS,
    field=st.sampled_from(EVERY_FIELD),
    date_order=st.sampled_from(["dmy", "mdy", "ymd"]),
    decimal_mark=st.sampled_from(["", ",", "."]),
    probability=st.sampled_from(["percent", "fraction", "words"]),
)
def test_a_cell_is_read_or_refused_with_a_sentence_and_never_fails(cell, field, **mapping):
    noun, name = field
    try:
        read(name, cell, noun=noun, **mapping)
        refused = ""
    except BadCell as refusal:
        refused = str(refusal)

    assert refused == "" or refused.endswith(".")


@given(day=st.dates(days.FIRST_DAY, days.LAST_DAY), order=st.sampled_from(["dmy", "mdy"]), sign=st.sampled_from("./-"))
def test_a_written_day_is_read_as_that_day(day, order, sign):
    parts = {"d": f"{day.day:02}", "m": f"{day.month}", "y": f"{day.year}"}

    assert days.read(sign.join(parts[part] for part in order), order) == day


@given(amount=st.decimals(0, Decimal("999999999999.99"), places=2), mark=st.sampled_from([",", "."]))
def test_a_written_amount_is_read_as_that_amount(amount, mark):
    english = f"{amount:,.2f}"
    written = english if mark == "." else english.translate(str.maketrans(",.", ".,"))

    assert read("amount", written, decimal_mark=mark) == amount

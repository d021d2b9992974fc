"""Which column fills which field, and what the values of a file mean."""

import datetime
import json

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from opportunities.imports import fields, guesses, heading_words, headings, mapping
from opportunities.imports.mapping import BadMapping, Mapping, StageMeaning
from opportunities.imports.reading.rows import SourceRow
from opportunities.pipeline.lists import columns

OWN, WON = StageMeaning(process=1, stage=2), StageMeaning(outcome="won", reason=3)

FILES = {
    "Dynamics 365": {
        "(Do Not Modify) Opportunity": "external_id",
        "(Do Not Modify) Row Checksum": "",
        "(Do Not Modify) Modified On": "",
        "Topic": "name",
        "Potential Customer": "account",
        "Est. Close Date": "estimated_close_date",
        "Est. Revenue": "estimated_revenue",
        "Contact": "contact",
        "Probability": "probability",
        "Status Reason": "status_reason",
    },
    "Salesforce": {
        "Opportunity Name": "name",
        "Account Name": "account",
        "Stage": "stage",
        "Close Date": "close_date",
        "Amount": "amount",
        "Opportunity Owner": "owner",
        "Created Date": "created_on",
    },
    "HubSpot": {
        "Record ID": "external_id",
        "Deal Name": "name",
        "Deal Stage": "stage",
        "Pipeline": "process",
        "Close Date": "close_date",
        "Deal owner": "owner",
        "Amount": "amount",
        "Associated Company": "account",
    },
    "Pipedrive": {
        "Deal - ID": "external_id",
        "Deal - Title": "name",
        "Deal - Value": "amount",
        "Deal - Currency": "currency",
        "Deal - Organization": "account",
        "Deal - Stage": "stage",
        "Deal - Status": "status",
        "Deal - Won time": "closed_on",
        "Deal - Expected close date": "estimated_close_date",
        "Deal - Lost reason": "status_reason",
    },
    "a list of a Norwegian": {
        "Salg": "name",
        "Kunde": "account",
        "Kontaktperson": "contact",
        "E-post": "contact_email",
        "Selger": "owner",
        "Fase": "stage",
        "Beløp": "amount",
        "Sannsynlighet %": "probability",
        "Lukkedato": "close_date",
        "Notater": "note",
    },
    "the data set of Maven": {
        "opportunity_id": "external_id",
        "sales_agent": "owner",
        "product": "name",
        "account": "account",
        "deal_stage": "stage",
        "engage_date": "created_on",
        "close_date": "close_date",
        "close_value": "amount",
    },
    "something else": {
        "Foo": "",
        "Bar": "",
        "": "",
    },
}


def test_the_headings_of_other_systems_are_known(subtests):
    for name, guessed in FILES.items():
        with subtests.test(name):
            assert headings.guess(list(guessed), []) == guessed


def test_a_day_is_that_of_a_next_step_only_where_a_column_has_the_next_step():
    assert headings.guess(["Navn", "Frist"], []) == {"Navn": "name", "Frist": ""}
    assert headings.guess(["Navn", "Neste steg", "Frist"], [])["Frist"] == "next_step_due"


@pytest.mark.parametrize("language", ["en", "nb"])
def test_each_column_of_our_own_list_is_known_or_is_a_figure_of_it(language):
    with translation.override(language):
        labels = {name: str(column.label) for name, column in columns.ALL.items()}

    guessed = headings.guess(list(labels.values()), [])

    figures = {"industry", "readiness", "weighted", "age", "unit", "changed"}
    assert {name: guessed[label] for name, label in labels.items() if guessed[label]} == headings.EXPORTED
    assert labels.keys() - headings.EXPORTED.keys() == figures


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("noun", fields.NOUNS)
def test_the_label_and_the_name_of_each_field_are_known(language, noun):
    with translation.override(language):
        labels = {each.label: each.name for each in fields.of(noun).values()}
    names = {name: name for name in fields.of(noun)}

    assert headings.guess(list(labels), [], noun=noun) == labels
    assert headings.guess(list(names), [], noun=noun) == names


def test_the_words_name_fields_that_exist():
    words = {
        "opportunities": heading_words.OF_OPPORTUNITIES,
        "accounts": heading_words.OF_ACCOUNTS,
        "contacts": heading_words.OF_CONTACTS,
    }

    assert {noun: set(of_noun) - fields.of(noun).keys() for noun, of_noun in words.items()} == {
        "opportunities": set(),
        "accounts": set(),
        "contacts": set(),
    }


def test_the_content_of_a_column_may_show_that_it_is_something_else():
    samples = [["kari@example.com", "ja", 5, "1.2.26"], ["", "nei", None, "2.2.26"], ["ola@example.com", "", 7, ""]]

    guessed = headings.guess(["Kontakt", "Beløp", "Sum", "Opprettet"], samples)

    assert guessed == {"Kontakt": "contact_email", "Beløp": "", "Sum": "amount", "Opprettet": "created_on"}


@pytest.mark.parametrize(
    ("heading", "values", "name"),
    [
        ("Status", ["Ny", "Behov avklart", "Tilbud sendt", "Vunnet"], "stage"),
        ("Status", ["Negotiation", "Lost"], "stage"),
        ("Status", ["Ny", "Vunnet", "Tapt"], "status"),
        ("Status", ["Open", "On hold", "Won"], "status"),
        ("Status", [], "status"),
    ],
)
def test_a_column_of_statuses_with_names_of_stages_is_that_of_the_stage(heading, values, name):
    assert headings.guess(["Name", heading], [["Fleet", value] for value in values]) == {"Name": "name", heading: name}


def test_a_column_of_statuses_beside_one_of_stages_is_no_stage():
    samples = [["Fleet", "Tilbud sendt", "Forhandling"]]

    assert headings.guess(["Name", "Status", "Stage"], samples)["Status"] == "status"


def test_a_field_is_taken_by_one_column():
    assert headings.guess(["Name", "Deal name", "Close date", "Closed on"], []) == {
        "Name": "name",
        "Deal name": "",
        "Close date": "estimated_close_date",
        "Closed on": "closed_on",
    }


def test_the_decimal_mark_is_guessed(subtests):
    for samples, mark in {
        ("9 350,09", "1 000"): ",",
        ("9,350.09",): ".",
        ("kr 1.234.567",): ",",
        ("9.350", "1.000"): "",
        ("1,5", "1.5"): "",
        (1.5, None): "",
    }.items():
        with subtests.test(repr(samples)):
            assert guesses.decimal_mark(samples) == mark


def test_the_kind_of_probability_is_guessed(subtests):
    for samples, kind in {
        ("40", "80 %"): "percent",
        ("0", "1"): "percent",
        (0.4, 1): "fraction",
        ("0,4", ""): "fraction",
        ("High", "Low"): "words",
    }.items():
        with subtests.test(repr(samples)):
            assert guesses.probability(samples) == kind


def test_what_stages_mean_is_guessed():
    known = [
        guesses.KnownStage(1, 10, ("Propose", "Foreslå"), ("Sales", "Salg")),
        guesses.KnownStage(2, 20, ("Propose", "Foreslå"), ("Renewal", "Fornyelse")),
    ]

    guessed = guesses.stages(["FORESLÅ", "Fornyelse › Propose", "Closed - Won", "Tapt", "Salg › Vunnet", "Foo"], known)

    assert guessed == {
        "FORESLÅ": StageMeaning(process=1, stage=10),
        "Fornyelse › Propose": StageMeaning(process=2, stage=20),
        "Closed - Won": StageMeaning(outcome="won"),
        "Tapt": StageMeaning(outcome="lost"),
        "Salg › Vunnet": StageMeaning(outcome="won"),
    }


def test_what_statuses_and_reasons_mean_and_who_owners_are_is_guessed():
    people = [
        guesses.KnownPerson(1, ("kari", "kari@example.com", "Kari Nordmann")),
        guesses.KnownPerson(2, ("ola", "", "Ola Ås")),
        guesses.KnownPerson(3, ("ola2", "", "Ola Ås")),
    ]

    assert guesses.statuses(["Åpen", "Won", "Canceled", "Foo"]) == {"Åpen": "open", "Won": "won", "Canceled": "lost"}
    assert guesses.reasons(["pris", "Foo"], [(4, ("Price", "Pris"))]) == {"pris": 4}
    assert guesses.people(["KARI@example.com", "kari  nordmann", "ola", "Ola Ås", ""], people) == {
        "KARI@example.com": 1,
        "kari  nordmann": 1,
        "ola": 2,
    }


def test_the_values_that_a_mapping_must_explain_are_counted():
    columns_of_file = {"Pipeline": "process", "Stage": "stage", "Owner": "owner"}
    table = [("Sales", "New", "Kari"), ("Sales", "New ", None), ("Renewal", "New", "Ola"), ("Sales", "", "Kari")]
    rows = [SourceRow(number, cells) for number, cells in enumerate(table, start=2)]
    given_mapping = Mapping(columns=columns_of_file)

    def counted(name):
        return mapping.sources(rows, list(columns_of_file), given_mapping, name)

    assert counted("stage") == {"Sales › New": 2, "Sales": 1, "Renewal › New": 1}
    assert counted("owner") == {"Kari": 2, "Ola": 1}
    assert counted("status") == {}


def test_the_shape_of_a_file_is_that_of_its_headings():
    assert mapping.shape(["Navn", "Beløp"]) == mapping.shape(["BELØP", " navn"])
    assert mapping.shape(["Navn", "Beløp"]) != mapping.shape(["Navn"])
    assert mapping.shape(["a", "b"]) != mapping.shape(["a b"])


MAPPINGS = st.builds(
    Mapping,
    columns=st.lists(
        st.tuples(st.text(max_size=9), st.sampled_from(list(fields.of("opportunities")))),
        unique_by=(lambda c: c[0], lambda c: c[1]),
    ).map(dict),
    date_order=st.sampled_from(mapping.DATE_ORDERS),
    decimal_mark=st.sampled_from(mapping.DECIMAL_MARKS),
    currency=st.sampled_from(["", "NOK"]),
    probability=st.sampled_from(mapping.PROBABILITIES),
    probabilities=st.dictionaries(st.text(max_size=9), st.integers(0, 100)),
    stages=st.dictionaries(st.text(max_size=9), st.sampled_from([OWN, WON, StageMeaning(is_skipped=True)])),
    statuses=st.dictionaries(st.text(max_size=9), st.sampled_from(mapping.STATUSES)),
    reasons=st.dictionaries(st.text(max_size=9), st.integers(1, 2**62)),
    owners=st.dictionaries(st.text(max_size=9), st.integers(1, 2**62)),
    default_owner=st.none() | st.integers(1, 2**62),
)


@given(MAPPINGS)
def test_a_mapping_is_the_same_after_json(given_mapping):
    assert Mapping.from_json(json.dumps(given_mapping.to_json())) == given_mapping


REFUSED = {
    "{": "not written as JSON",
    "[]": "not written as JSON",
    '{"foo": 1}': "nothing with the name “foo”",
    '{"noun": "cars"}': "“cars” is no value of “noun”",
    '{"noun": ["opportunities"]}': "is no value of “noun”",
    '{"columns": {"A": "foo"}}': "“foo” is no value of “field”",
    '{"columns": {"A": 1}}': "is no value",
    '{"columns": ["A"]}': "no list of values with their meanings",
    '{"columns": {"A": "name", "B": "name"}}': "Two columns fill the field “Name”",
    '{"noun": "accounts", "columns": {"A": "stage"}}': "“stage” is no value of “field”",
    '{"date_order": "ydm"}': "“ydm” is no value of “date_order”",
    '{"decimal_mark": ";"}': "is no value of “decimal_mark”",
    '{"probability": 1}': "is no value of “probability”",
    '{"probabilities": {"High": 101}}': "“101” is no percentage",
    '{"stages": {"A": {"stage": 1}}}': "is no meaning of a stage",
    '{"stages": {"A": {"outcome": "open"}}}': "is no meaning of a stage",
    '{"stages": {"A": {"process": 1, "stage": "2"}}}': "“2” is no id",
    '{"stages": {"A": {"skip": true, "x": 1}}}': "is no meaning of a stage",
    '{"statuses": {"A": "closed"}}': "“closed” is no value of “statuses”",
    '{"owners": {"A": 0}}': "“0” is no id",
    '{"reasons": {"A": true}}': "“True” is no id",
    '{"default_owner": 9223372036854775808}': "is no id",
}


def test_a_mapping_with_a_fault_is_refused_with_a_sentence(subtests):
    for text, words in REFUSED.items():
        with subtests.test(text), pytest.raises(BadMapping, match=words):
            Mapping.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = list(Mapping().to_json())


@pytest.mark.parametrize("made", [datetime.date(2026, 1, 1), b"\xff", "\ud800"])
def test_what_is_no_json_is_refused(made):
    with pytest.raises(BadMapping):
        Mapping.from_json(made)


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_json_is_a_mapping_or_refused(read):
    try:
        Mapping.from_json(read)
    except BadMapping as refusal:
        words = str(refusal)
    else:
        words = "."

    assert words.endswith(".")

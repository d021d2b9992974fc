"""Visible texts: the rule for answers, reasons and names."""

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from opportunities import transitions
from salesflow import safe_text
from salesflow.users.models import User
from stages import gates
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DEVELOP, NOW, PROPOSE, fill, opportunity_in, ready_opportunity, reread, stage
from tests.support.pages import Form

INVISIBLE = {
    "unassigned and default-ignorable": "\u2065",
    "unassigned special": "\ufff0",
    "unassigned tag": "\U000e0000",
    "musical symbol null notehead": "\U0001d159",
    "noncharacter": "\ufffe",
    "noncharacter of the last plane": "\U0010ffff",
    "surrogate": "\ud800",
    "private use": "\ue000",
    "combining grapheme joiner": "\u034f",
    "arabic letter mark": "\u061c",
    "hangul fillers": "\u115f\u1160\u3164\uffa0",
    "khmer inherent vowels": "\u17b4\u17b5",
    "mongolian variation selectors": "\u180b\u180e\u180f",
    "shorthand format overlap": "\U0001bca0",
    "musical begin beam": "\U0001d173",
    "variation selectors": "\ufe0f\U000e0100",
    "braille blank": "\u2800",
    "object replacement": "\ufffc",
    "hieroglyph blanks": "\U00013441\U00013442",
    "mark without a letter": "\u0301",
    "mark on a no-break space": "\u00a0\u0301",
    "all of them": "\u2065 \ufff0\t\U0001d159\u2800\u0301\n",
}
each_invisible = pytest.mark.parametrize("invisible_text", INVISIBLE.values(), ids=INVISIBLE)

EXAMPLES = {
    "U+2065": "\u2065",
    "U+FFF0": "\ufff0",
    "U+E0000": "\U000e0000",
    "U+1D159": "\U0001d159",
    "U+FFFE": "\ufffe",
}
each_example = pytest.mark.parametrize("invisible_text", EXAMPLES.values(), ids=EXAMPLES)

# Ranges of Default_Ignorable_Code_Point, as DerivedCoreProperties.txt of Unicode lists them.
DEFAULT_IGNORABLE = """
    00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8
    1BCA0-1BCA3 1D173-1D17A E0000-E0FFF
"""


def characters_of(ranges):
    for each in ranges.split():
        first, _, last = each.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


invisible = st.one_of(
    st.characters(categories=["Z", "C", "M"]),
    st.sampled_from(list(characters_of(DEFAULT_IGNORABLE))),
    st.sampled_from("\u2800\ufffc\U0001d159"),
)
visible = st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd", "P", "Sm", "Sc"])


# The rule


@each_invisible
def test_a_text_of_invisible_characters_is_not_visible(invisible_text):
    assert not safe_text.is_seen(invisible_text)
    assert not gates.is_filled(invisible_text)


def test_no_default_ignorable_character_is_visible():
    assert [f"{ord(each):X}" for each in characters_of(DEFAULT_IGNORABLE) if safe_text.is_seen(each)] == []


def test_no_separator_control_or_mark_is_visible():
    invisible_categories = [
        each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(each)[0] in "ZCM"
    ]

    assert [f"{ord(each):X}" for each in invisible_categories if safe_text.is_seen(each)] == []


@pytest.mark.parametrize("text", ["x", "0", ".", "–", "€", "Ø", "é", "e\u0301", "日本", "क्षि", "👍🏽", "\u2800x"])
def test_a_letter_digit_sign_or_symbol_is_visible(text):
    assert safe_text.is_seen(text)


@given(st.text(invisible))
def test_any_sequence_of_invisible_characters_is_not_visible(text):
    assert not safe_text.is_seen(text)


@given(st.text(invisible), visible, st.text(invisible))
def test_a_text_with_one_visible_character_is_visible(before, character, after):
    assert safe_text.is_seen(before + character + after)


# Uses of the rule


@each_example
@pytest.mark.django_db
def test_an_invisible_answer_does_not_open_the_gate(rep, client_of, invisible_text):
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    client, here = client_of(rep), opportunity.get_absolute_url()

    answer = Form(client.get(here), f"{here}save/").press(client, "Next Stage", customer_need=invisible_text)

    assert answer.status_code == 422
    assert reread(opportunity).active_stage == stage(DEVELOP)


@each_example
@pytest.mark.django_db
def test_an_invisible_reason_is_refused(rep, manager, invisible_text):
    opportunity = ready_opportunity(PROPOSE, owner=rep)

    with refused(transitions.EntryMissing):
        transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason=invisible_text)
    with refused(transitions.EntryMissing):
        transitions.waive(
            opportunity=opportunity, by=manager, at=NOW, step=factories.step("debrief_filed"), reason=invisible_text
        )


@each_example
@pytest.mark.django_db
def test_an_invisible_name_is_refused_for_opportunity_account_and_contact(rep, client_of, invisible_text):
    client = client_of(rep)

    with unchanged():
        answers = [
            client.post("/opportunities/new/", {"name": invisible_text}),
            client.post("/opportunities/new/", {"name": "Fleet", "account": "new", "account-find": invisible_text}),
            client.post("/opportunities/new/", {"name": "Fleet", "contact": "new", "contact-find": invisible_text}),
        ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]


@each_example
@pytest.mark.parametrize(
    "table", ["customers/account", "customers/contact", "customers/competitor", "opportunities/statusreason"]
)
def test_an_invisible_name_is_refused_in_the_admin(manager, client_of, table, invisible_text):
    client = client_of(manager)
    sent = {"name": invisible_text, "name_en": invisible_text, "status": "lost", "order": "0"}

    with unchanged():
        answer = client.post(f"/admin/{table}/add/", sent)

    assert answer.status_code == 200


@each_example
def test_an_invisible_name_is_refused_for_a_process(invisible_text):
    with pytest.raises(ValidationError) as caught:
        Process(name_en=invisible_text).clean_fields()

    assert "name_en" in caught.value.error_dict


@pytest.mark.parametrize("name", ["username", "first_name", "last_name"])
@each_example
def test_an_invisible_name_is_refused_for_a_user(name, invisible_text):
    user = User(**{"username": "kari", name: invisible_text})

    with pytest.raises(ValidationError) as caught:
        user.clean()

    assert name in caught.value.error_dict


def test_an_invisible_norwegian_text_is_replaced_by_the_english_one():
    process = Process(name_en="Tenders", name_nb="\u2065")

    assert process.in_language("name", "nb") == "Tenders"

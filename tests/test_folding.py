import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from salesflow import folding, safe_text


def is_clean(written: str, *, multiline: bool = False) -> bool:
    try:
        safe_text.refuse_unsafe(written, multiline=multiline)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("SØR", "sor"),
        ("sør", "sor"),
        ("Ærlig Åse", "aerlig ase"),
        ("Ångström", "angstrom"),
        ("A\u030angstrom", "angstrom"),
        ("Müller & Söhne", "muller & sohne"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Café\u0301", "cafe"),
        ("ﬁsk ＡＳ", "fisk as"),
        ("Ǿ", "o"),
        ("  two \t lines\n\u00a0here ", "two lines here"),
        ("zero\u200bwidth", "zerowidth"),
        ("a\x00b\ud800c\u202ed", "abcd"),
        ("", ""),
    ],
)
def test_folding_removes_case_accents_and_odd_spaces(written: str, folded: str) -> None:
    assert folding.folded(written) == folded


@given(st.text(st.characters()))
def test_folding_twice_equals_folding_once(written: str) -> None:
    assert folding.folded(folding.folded(written)) == folding.folded(written)


@given(st.text(st.characters()))
def test_a_folded_text_can_be_encoded_and_searched(written: str) -> None:
    folded = folding.folded(written)

    folded.encode()
    assert "\x00" not in folded
    assert folded == folded.strip()


@pytest.mark.parametrize("unsafe", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\u202e", "\u2066"])
@pytest.mark.parametrize("multiline", [False, True])
def test_an_unsafe_character_is_refused_by_its_code(unsafe: str, multiline: bool) -> None:
    with pytest.raises(ValidationError) as refusal:
        safe_text.refuse_unsafe(f"a{unsafe}b", multiline=multiline)
    assert f"U+{ord(unsafe):04X}" in refusal.value.messages[0]


@pytest.mark.parametrize("letter", ["\n", "\t"])
def test_line_breaks_and_tabs_are_allowed_only_in_multiline_texts(letter: str) -> None:
    assert is_clean(f"a{letter}b", multiline=True)
    assert not is_clean(f"a{letter}b")


@pytest.mark.parametrize("written", ["Blåbærsyltetøy", "👩‍👩‍👧", "שלום", "a\u00a0b", "O’Neill – AS", "日本"])
def test_ordinary_text_is_clean(written: str) -> None:
    assert is_clean(written)


@given(st.text(st.characters()))
def test_a_clean_text_can_be_encoded(written: str) -> None:
    if is_clean(written, multiline=True):
        written.encode()


def test_a_character_that_cannot_be_encoded_is_replaced() -> None:
    assert safe_text.unsafe_replaced("a\ud800b") == "a\ufffdb"

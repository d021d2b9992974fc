import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.http import QueryDict
from django.utils import translation

from opportunities.forms import fields
from opportunities.templatetags import formats


class ExampleForm(forms.Form):
    name = fields.LineField(required=False)
    need = fields.TextField(required=False)
    budget = fields.MoneyField(required=False, help_text="What the customer can spend.")
    day = fields.DateField(required=False)
    done = fields.TickField(label="Identify stakeholders")
    version = fields.IdField(required=False, widget=fields.SingleHiddenInput)


def posted(**data: Any) -> ExampleForm:
    query = QueryDict(mutable=True)
    for name, value in data.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return ExampleForm(query)


def rendered(form: forms.Form, language: str = "en") -> str:
    with translation.override(language):
        return str(render_crispy_form(form))


def control(html: str, name: str) -> str:
    return re.search(rf'<(?:input|textarea)[^>]*name="{name}"[^>]*>', html)[0]


def test_an_empty_form_has_empty_values() -> None:
    form = posted()

    assert form.is_valid()
    assert form.cleaned_data == {"name": "", "need": "", "budget": None, "day": None, "done": False, "version": None}


# Money


@pytest.mark.parametrize("language", ["nb", "en"])
def test_an_amount_is_read_the_same_in_both_languages(language: str) -> None:
    with translation.override(language):
        form = posted(budget="1.500")
        assert form.is_valid()

    assert form.cleaned_data["budget"] == Decimal(1500)


def test_zero_is_accepted_as_an_amount() -> None:
    form = posted(budget="0")

    assert form.is_valid()
    assert form.cleaned_data["budget"] == 0


@pytest.mark.parametrize(("language", "example"), [("nb", "1\u00a0234,50"), ("en", "1,234.50")])
def test_a_refused_amount_is_kept_and_the_error_shows_an_example(language: str, example: str) -> None:
    form = posted(budget="5 tusen")

    html = rendered(form, language)

    assert 'value="5 tusen"' in control(html, "budget")
    assert 'aria-invalid="true"' in control(html, "budget")
    assert 'aria-describedby="id_budget_helptext id_budget_error"' in control(html, "budget")
    assert 'id="id_budget_error"' in html
    assert example in html
    assert "Read as" not in html


def test_an_amount_below_zero_is_refused() -> None:
    form = posted(budget="-5")

    assert not form.is_valid()
    assert form.errors["budget"] == ["The amount cannot be below NOK\u00a00."]


def test_the_page_shows_how_an_amount_was_read() -> None:
    html = rendered(posted(budget="1.500"), "nb")

    assert 'value="1.500"' in control(html, "budget")
    assert "1\u00a0500\u00a0kr" in html


@pytest.mark.parametrize(("language", "shown"), [("nb", "1\u00a0234,50"), ("en", "1,234.50")])
def test_an_amount_is_shown_in_the_language_of_the_reader(language: str, shown: str) -> None:
    html = rendered(ExampleForm(initial={"budget": Decimal("1234.50")}), language)

    assert f'value="{shown}"' in control(html, "budget")
    assert 'inputmode="decimal"' in control(html, "budget")


@pytest.mark.parametrize(("typed", "has_changed"), [("1 500,00", False), ("1.501", True), ("", True), ("x", True)])
def test_an_amount_in_another_notation_is_not_a_change(typed: str, has_changed: bool) -> None:
    form = ExampleForm(QueryDict(f"budget={typed}"), initial={"budget": Decimal("1500.00")})

    assert ("budget" in form.changed_data) is has_changed


# Dates


@pytest.mark.parametrize(
    "typed", ["2027-01-12", "12.01.2027", "12/01/2027", "12.1.2027", "12-01-2027", " 12. 1. 2027 "]
)
def test_a_date_is_read_in_iso_format_and_with_the_day_first(typed: str) -> None:
    form = posted(day=typed)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["day"] == datetime.date(2027, 1, 12)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0000-01-01", "from 1900 to 2199"),
        ("0001-01-01", "from 1900 to 2199"),
        ("1899-12-31", "from 1900 to 2199"),
        ("2200-01-01", "from 1900 to 2199"),
        ("31.02.2027", "no such day"),
        ("2027-13-01", "no such day"),
        ("12.01.27", "such as 31/01/2027"),
        ("tomorrow", "such as 31/01/2027"),
        ("٢٠٢٧-٠١-١٢", "such as 31/01/2027"),
        ("99999-01-01", "such as 31/01/2027"),
        ("2027-01-12\x00", "such as 31/01/2027"),
    ],
)
def test_an_invalid_date_is_refused_with_a_sentence_and_kept(typed: str, sentence: str) -> None:
    form = posted(day=typed)

    assert not form.is_valid()
    assert sentence in form.errors["day"][0]
    assert f'value="{typed}"' in control(rendered(form), "day")


@pytest.mark.parametrize(("typed", "kind"), [("31.02.2027", "text"), ("12.01.2027", "date"), ("", "date")])
def test_an_invalid_date_is_shown_in_a_text_field(typed: str, kind: str) -> None:
    assert f'type="{kind}"' in control(rendered(posted(day=typed)), "day")


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_date_field_has_its_value_in_iso_format(language: str) -> None:
    html = rendered(ExampleForm(initial={"day": datetime.date(2027, 1, 12)}), language)

    assert 'value="2027-01-12"' in control(html, "day")


# Texts


def test_white_space_is_trimmed_and_line_ends_are_normalised() -> None:
    form = posted(name="  Nordlys\tAS ", need=" one\r\ntwo\rthree \r\n")

    assert form.is_valid()
    assert form.cleaned_data["name"] == "Nordlys AS"
    assert form.cleaned_data["need"] == "one\ntwo\nthree"


@pytest.mark.parametrize("unsafe", ["\x00", "\ud800", "\u202e", "\x1b"])
@pytest.mark.parametrize("name", ["name", "need"])
def test_an_unsafe_text_has_one_error_and_can_be_rendered(unsafe: str, name: str) -> None:
    form = posted(**{name: f"a{unsafe}b"})

    assert not form.is_valid()
    assert len(form.errors[name]) == 1
    rendered(form).encode()


def test_a_line_end_counts_as_one_character() -> None:
    form = posted(need="x\r\n" * 1999 + "xx", name="x" * 201)

    assert list(form.errors) == ["name"]


@pytest.mark.parametrize(("lines", "rows"), [(0, 3), (5, 5), (40, 16)])
def test_a_text_area_has_as_many_rows_as_its_text(lines: int, rows: int) -> None:
    html = rendered(ExampleForm(initial={"need": "\n".join(["x"] * lines)}))

    assert f'rows="{rows}"' in control(html, "need")


# Ids


@pytest.mark.parametrize(
    "value", [None, "", "x", "-1", "1.0", "1 234", "1\u00a0234", "٣", "1e3", str(2**63), "9" * 5000, True, [], "1\n"]
)
def test_an_invalid_id_is_none(value: object) -> None:
    assert fields.clean_id(value) is None


@pytest.mark.parametrize("value", ["0", "7", 7, str(2**63 - 1)])
def test_a_valid_id_is_an_integer(value: object) -> None:
    assert fields.clean_id(value) == int(str(value))


@pytest.mark.parametrize(
    ("query", "number"), [("v=5", 5), ("v=5&v=5", 5), ("v=5&v=6", None), ("", None), ("v=x", None)]
)
def test_an_id_posted_twice_is_accepted_when_both_are_equal(query: str, number: int | None) -> None:
    assert fields.query_id(QueryDict(query), "v") == number


@pytest.mark.parametrize("version", [str(2**63), "garbage", "-1"])
def test_an_invalid_id_is_a_form_error(version: str) -> None:
    form = posted(version=version)

    assert not form.is_valid()
    assert form.errors["version"] == ["This page is incomplete. Open it again."]


def test_an_id_is_rendered_without_localisation() -> None:
    assert 'value="1234567"' in control(rendered(ExampleForm(initial={"version": 1234567}), "nb"), "version")


# Ticks


@pytest.mark.parametrize(("posted_value", "is_done"), [("on", True), ("true", True), ("", False), ("false", False)])
def test_a_tick_is_read_as_true_or_false(posted_value: str, is_done: bool) -> None:
    form = posted(done=posted_value)

    assert form.is_valid()
    assert form.cleaned_data["done"] is is_done


@pytest.mark.parametrize("is_done", [True, False])
def test_a_tick_has_two_labels(is_done: bool) -> None:
    html = rendered(ExampleForm(initial={"done": is_done}))

    assert len(re.findall(r'<label\s+for="id_done"|<label [^>]*for="id_done"', html)) == 2
    assert "Mark complete" in html
    assert (" checked" in control(html, "done")) is is_done


def test_an_error_of_a_tick_is_linked_to_its_control() -> None:
    form = posted(done="on")
    form.add_error("done", "There is no stakeholder yet.")

    html = rendered(form)

    assert 'aria-describedby="id_done_error"' in control(html, "done")
    assert 'class="form-check-input is-invalid"' in control(html, "done")
    assert " checked" in control(html, "done")


# Formatted values


def test_values_are_formatted_in_the_active_language() -> None:
    day = datetime.date(2027, 1, 12)
    with translation.override("nb"):
        assert formats.money(Decimal(500000)) == "500\u00a0000\u00a0kr"
        assert formats.day(day) == "12.01.2027"
        assert formats.figure(1234) == "1\u00a0234"
    with translation.override("en"):
        assert formats.money(Decimal(500000)) == "NOK\u00a0500,000"
        assert formats.day(day) == "12 Jan 2027"
        assert formats.figure(1234) == "1,234"


def test_a_time_is_shown_as_the_date_in_the_local_time_zone() -> None:
    just_before_midnight = datetime.datetime(2027, 1, 11, 23, 30, tzinfo=datetime.UTC)

    assert formats.day(just_before_midnight) == "12 Jan 2027"


@pytest.mark.parametrize("write", [formats.money, formats.day, formats.figure])
def test_an_empty_value_is_shown_as_a_dash(write: Any) -> None:
    assert write(None) == "–"
    assert write("") == "–"

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from opportunities import money

LANGUAGES = ["nb", "en"]

READ = {
    "0": "0",
    "-0": "0",
    "7": "7",
    "007": "7",
    "500": "500",
    "1500": "1500",
    "500000": "500000",
    "999999999999": "999999999999",
    "999999999999,99": "999999999999.99",
    "000000000000000001": "1",
    # every kind of space
    "1 500": "1500",
    "1\u00a0500": "1500",
    "1\u202f500": "1500",
    "1\u2009500": "1500",
    "1\u3000500": "1500",
    "1\t500": "1500",
    "1\u200b500": "1500",
    "  500  ": "500",
    "\ufeff500": "500",
    "1 234 567": "1234567",
    # decimals
    "0,5": "0.5",
    "0.5": "0.5",
    ",5": "0.5",
    ".50": "0.5",
    "1,5": "1.5",
    "1.5": "1.5",
    "1,50": "1.5",
    "1.50": "1.5",
    "1500,50": "1500.5",
    "1500.50": "1500.5",
    "1 234,50": "1234.5",
    "1 234.50": "1234.5",
    "0,00": "0",
    # grouping
    "1.500": "1500",
    "1,500": "1500",
    "12.500": "12500",
    "123,456": "123456",
    "1.500.000": "1500000",
    "1,500,000": "1500000",
    "999.999.999.999": "999999999999",
    # both
    "1.500,50": "1500.5",
    "1,500.50": "1500.5",
    "1.500,5": "1500.5",
    "1,234,567.89": "1234567.89",
    "1.234.567,89": "1234567.89",
    # the currency, and no decimals
    "500 kr": "500",
    "500kr": "500",
    "500 KR": "500",
    "500 kr.": "500",
    "kr 500": "500",
    "kr. 500": "500",
    "Kr500": "500",
    "NOK 500": "500",
    "nok500": "500",
    "500 NOK": "500",
    "NOK 1,234.50": "1234.5",
    "1 234,50 kr": "1234.5",
    "500,-": "500",
    "kr 500,-": "500",
    "1.500,- kr": "1500",
    "500,–": "500",
    "500 000,-": "500000",
    # below zero
    "-500": "-500",
    "−500": "-500",
    "− 1 234,50 kr": "-1234.5",
    "kr −500": "-500",
    "NOK -500": "-500",
    "-kr 500": "-500",
}

REFUSED = [
    "",
    " ",
    "kr",
    ",-",
    "abc",
    "500 USD",
    "€500",
    "500%",
    "1e5",
    "1e400",
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "0x10",
    "1_000",
    "+5",
    "--5",
    "- kr -5",
    "5-",
    "5.",
    "5,",
    ".",
    ",",
    "1,2345",
    "1.5.00",
    "1,50,00",
    "12,34,567",
    "1500.000",
    "0.500",
    "1.500,000",
    "1,500.000",
    "1,500.000,50",
    "1.500,50.5",
    ".500",
    "1'500",
    "1/2",
    "½",
    "٣٠٠",
    "５００",
    "1²",
    "5 kr 3",
    "500\x00",
    "\ud800",
    "500; drop table",
    "9" * 61,
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "amount"), READ.items())
def test_an_amount_is_read_the_same_in_both_languages(typed: str, amount: str, language: str) -> None:
    with translation.override(language):
        assert money.parse(typed) == Decimal(amount)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", REFUSED)
def test_a_text_that_is_ambiguous_or_not_an_amount_is_refused(typed: str, language: str) -> None:
    with translation.override(language), pytest.raises(money.NotMoney):
        money.parse(typed)


def test_minus_zero_is_read_as_zero() -> None:
    assert str(money.parse("-0")) == "0"


@pytest.mark.parametrize("typed", ["1000000000000", "1.000.000.000.000", "1000000000000,50"])
def test_more_digits_than_the_column_holds_are_refused(typed: str) -> None:
    with pytest.raises(money.TooMuch, match="at most 12 digits"):
        money.parse(typed)


def test_a_refusal_shows_an_example_in_the_language_of_the_reader() -> None:
    with translation.override("nb"), pytest.raises(money.NotMoney) as norwegian:
        money.parse("abc")
    with translation.override("en"), pytest.raises(money.NotMoney) as english:
        money.parse("abc")

    assert "1\u00a0234,50" in str(norwegian.value)
    assert "1,234.50" in str(english.value)


def test_an_amount_in_another_currency_is_refused() -> None:
    with pytest.raises(money.NotMoney):
        money.parse("500 kr", currency="EUR")

    assert money.parse("EUR 500", currency="EUR") == 500


@pytest.mark.parametrize(
    ("amount", "norwegian", "english"),
    [
        ("0", "0 kr", "NOK 0"),
        ("500000", "500 000 kr", "NOK 500,000"),
        ("500000.00", "500 000 kr", "NOK 500,000"),
        ("1234.5", "1 234,50 kr", "NOK 1,234.50"),
        ("0.005", "0,01 kr", "NOK 0.01"),
        ("-1234567.89", "−1 234 567,89 kr", "NOK −1,234,567.89"),
        ("-0.001", "0 kr", "NOK 0"),
    ],
)
def test_an_amount_is_formatted_for_the_language(amount: str, norwegian: str, english: str) -> None:
    assert money.shown(Decimal(amount), "nb") == norwegian.replace(" ", "\u00a0")
    assert money.shown(Decimal(amount), "en") == english.replace(" ", "\u00a0")


def test_an_amount_is_formatted_for_the_active_language_by_default() -> None:
    with translation.override("nb"):
        assert money.shown(5) == "5\u00a0kr"
    with translation.override("en"):
        assert money.shown(5) == "NOK\u00a05"


def test_other_currencies_are_shown_by_their_code() -> None:
    assert money.shown(5, "nb", "EUR") == "5\u00a0EUR"
    assert money.shown(5, "en", "EUR") == "EUR\u00a05"


amounts = st.decimals(min_value="-999999999999.99", max_value="999999999999.99", places=2)


@given(amount=amounts, language=st.sampled_from(LANGUAGES), currency=st.sampled_from(["NOK", "EUR"]))
def test_a_formatted_amount_is_read_as_the_same_amount(amount: Decimal, language: str, currency: str) -> None:
    assert money.parse(money.shown(amount, language, currency), currency=currency) == amount
    assert money.parse(money.grouped(amount, language), currency=currency) == amount


@given(st.text(max_size=80) | st.text("0123456789.,-− kr", max_size=20))
def test_any_accepted_text_is_an_amount_that_fits_the_column(typed: str) -> None:
    try:
        amount = money.parse(typed)
    except money.NotMoney:
        return
    assert amount.is_finite()
    assert abs(amount) < 10**12
    assert amount == round(amount, 2)


IN_CURRENCY = {
    "EUR": ["€ 1.000", "€1.000", "1.000 €", "1 000 eur", "EUR 1,000.00", "€ 1.000,-", "\u00a0€\u00a01000"],
    "USD": ["$1,000", "US$ 1,000.00", "1000 USD", "$ 1 000"],
    "GBP": ["£1,000", "1000 gbp"],
    "SEK": ["1 000 kr", "kr. 1000", "SEK 1000"],
    "DKK": ["1.000 kr.", "DKK 1.000"],
    "CHF": ["Fr. 1000", "SFr. 1.000", "CHF 1000"],
    "PLN": ["1 000 zł", "PLN 1000"],
    "JPY": ["¥1,000", "1000円"],
    "NOK": ["kr 1 000", "1.000,-", "NOK 1000"],
    "XXX": ["XXX 1000"],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("currency", "typed"), [(code, text) for code, texts in IN_CURRENCY.items() for text in texts])
def test_the_symbol_and_code_of_the_configured_currency_are_accepted(settings, language, currency, typed):
    settings.CURRENCY = currency

    with translation.override(language):
        assert money.parse(typed) == 1000


@pytest.mark.parametrize(
    ("currency", "typed"),
    [("EUR", "$1000"), ("EUR", "1000 kr"), ("NOK", "€ 1000"), ("GBP", "€ 1000"), ("USD", "A$ 1000"), ("EUR", "€")],
)
def test_the_symbol_of_another_currency_is_refused(settings, currency, typed):
    settings.CURRENCY = currency

    with pytest.raises(money.NotMoney):
        money.parse(typed)

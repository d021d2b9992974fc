"""Filters in the address of the list that cannot be used: the page says which, and why."""

import pytest

from tests.support.factories import (
    QUALIFY,
    OpportunityFactory,
    stage,
)

pytestmark = pytest.mark.django_db


LIST = "/opportunities/"
LEFT_OUT = "cannot be used and is left out"


def test_a_valid_address_gives_no_warning(client_of, rep):
    OpportunityFactory(owner=rep)
    client, asked = (
        client_of(rep),
        {"q": "", "status": "all", "stage": stage(QUALIFY).pk, "owner": "me", "sort": "-name"},
    )

    assert LEFT_OUT not in client.get(LIST).content.decode()
    assert LEFT_OUT not in client.get(LIST, asked).content.decode()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x" * 201, "The text has 201 characters. Shorten it to at most 200 characters."),
        ("\u200b\u00ad", "Type something that can be seen."),
        ("\u0301", "Type something that can be seen."),
        ("a\x00b", "U+0000"),
        ("\u202e", "U+202E"),
    ],
)
def test_an_invalid_search_gives_a_warning_and_stays_in_its_field(client_of, rep, typed, why):
    OpportunityFactory(owner=rep, name="Sensors")

    answer = client_of(rep).get(LIST, {"q": typed})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert LEFT_OUT in page
    assert f"Search: {answer.context['list_page'].filter.left_out['q'].removeprefix('Search: ')}" in page
    assert why in page
    assert f'value="{typed}"' in page
    assert "Sensors" in page


@pytest.mark.parametrize("name", ["status", "stage", "owner", "due", "ready", "closing", "stuck", "day", "sort"])
@pytest.mark.parametrize("value", ["nonsense", "9223372036854775808", "-1", "\x00"])
def test_an_invalid_filter_gives_a_warning(client_of, rep, name, value):
    OpportunityFactory(owner=rep, name="Sensors")

    answer = client_of(rep).get(LIST, {name: value})

    assert answer.status_code == 200
    assert list(answer.context["list_page"].filter.left_out) == [name]
    assert LEFT_OUT in answer.content.decode()
    assert "Sensors" in answer.content.decode()
    assert "Clear filters" not in answer.content.decode()


@pytest.mark.parametrize("name", ["q", "status", "stage", "owner", "due", "ready", "closing", "sort"])
def test_a_filter_given_twice_uses_the_last_value_and_says_so(client_of, rep, name):
    OpportunityFactory(owner=rep)
    usable = {"q": "x", "status": "all", "stage": str(stage(QUALIFY).pk), "owner": "me", "due": "today"}
    usable |= {"ready": "1", "closing": "month", "sort": "name"}

    answer = client_of(rep).get(LIST, {name: ["", usable[name]]})

    left_out = answer.context["list_page"].filter.left_out
    assert left_out[name].endswith("The address has more than one value. The last one is used.")
    assert answer.context["list_page"].filter.data[name] == usable[name]
    assert left_out[name] in answer.content.decode()


def test_the_warning_about_filters_is_translated(client_of, rep):
    client = client_of(rep)
    client.cookies["django_language"] = "nb"
    OpportunityFactory(owner=rep)

    page = client.get(LIST, {"q": "\u200b", "status": "x"}).content.decode()

    assert "kan ikke brukes og er utelatt" in page
    assert "Søk: Skriv noe som synes." in page

"""The history of an account, a contact or a competitor, as its page says it."""

import re

import pytest
from django.urls import reverse

from opportunities.customers import changing
from opportunities.customers.models import Account, Competitor, Contact
from tests.support.factories import NOW, AccountFactory, CompetitorFactory, ContactFactory

pytestmark = pytest.mark.django_db


def history_url(row):
    return reverse(f"{row._meta.model_name}_page_history", args=[row.pk])


def sentences(response):
    heads = re.findall(r'<div class="event-head">\s*<p>(.*?)</p>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", head).split()) for head in heads]


def change(row, by, **entries):
    version = type(row).objects.get(pk=row.pk).version
    changing.change(type(row), row.pk, entries, version=version, by=by, at=NOW)


def test_each_change_is_a_sentence_with_the_value_before_it(client_of, rep, colleague, manager):
    parent = AccountFactory(name="Holding")
    account = changing.create(Account, {"name": "Fjord AS", "country": "NO"}, by=colleague, at=NOW)
    change(account, rep, phone="+4722334455", organisation_number="923609016")
    change(account, colleague, phone="+4722334466", parent=parent, owner=rep)
    change(account, colleague, country="SE", organisation_number="")
    change(account, colleague, description="Decides in March.")
    changing.archive(Account, account.pk, version=4, by=colleague, at=NOW)
    changing.restore(Account, account.pk, version=5, by=manager, at=NOW)

    page = client_of(rep).get(history_url(account))

    assert sentences(page) == [
        "Ingrid Dahl restored it",
        "Ola Hansen archived it",
        "Ola Hansen wrote Description",
        "Ola Hansen cleared Organisation number (was 923 609 016) and set Country to Sweden (was Norway)",
        (
            "Ola Hansen set Parent account to Holding, set Phone to +47 22 33 44 66 (was +47 22 33 44 55) and "
            "set Owner to Kari Nordmann"
        ),
        "You set Organisation number to 923 609 016 and set Phone to +47 22 33 44 55",
        "Ola Hansen created it",
    ]
    assert "Decides in March." in page.content.decode()
    assert f'href="{history_url(account)}"' in client_of(rep).get(account.get_absolute_url()).content.decode()


def test_the_sentences_of_a_contact_and_a_competitor_are_in_the_readers_language(client_of, rep, colleague):
    fjord = AccountFactory(name="Fjord AS")
    contact, rival = ContactFactory(account=fjord), CompetitorFactory()
    change(contact, colleague, do_not_contact=True, account=None)
    change(contact, colleague, do_not_contact=False, legal_basis="consent", language="nb")
    change(rival, colleague, website="https://fjord.example", strengths="Cheap")

    client, nb = client_of(rep), {"accept-language": "nb"}
    of_contact, of_rival = (sentences(client.get(history_url(row), headers=nb)) for row in (contact, rival))

    assert of_contact == [
        (
            "Ola Hansen satte Språk til Norsk bokmål, fjernet krysset for Skal ikke kontaktes og "
            "satte Rettslig grunnlag til Samtykke"
        ),
        "Ola Hansen fjernet Forretningsforbindelse (var Fjord AS) og krysset av for Skal ikke kontaktes",
        "En ukjent person opprettet den",
    ]
    assert of_rival[0] == "Ola Hansen satte Nettsted til https://fjord.example og skrev Styrker"


@pytest.mark.sweep
def test_the_history_has_pages_and_makes_the_same_queries_for_any_number(
    client_of, rep, colleague, django_assert_max_num_queries
):
    def used(number=1):
        with django_assert_max_num_queries(15) as captured:
            page = client.get(history_url(account), {"page": number})
        return len(captured), sentences(page)

    client, account = client_of(rep), AccountFactory(city="0")
    change(account, colleague, city="1", parent=AccountFactory(), owner=rep)
    few, _said = used()
    for number in range(2, 26):
        change(account, colleague, city=str(number), parent=AccountFactory(), owner=colleague if number % 2 else rep)

    queries, said = used()
    assert (queries, len(said)) == (few, 20)
    assert "set City to 6 (was 5)" in said[-1]
    rest = used(2)[1]
    assert (len(rest), rest[-1]) == (6, "An unknown person created it")
    assert "set City to 5 (was 4)" in rest[0]


@pytest.mark.parametrize("model", [Account, Contact, Competitor])
def test_the_history_of_a_row_that_does_not_exist_is_404(client_of, rep, model):
    assert client_of(rep).get(reverse(f"{model._meta.model_name}_page_history", args=[7])).status_code == 404

"""The pages in Norwegian Bokmål."""

import ast
import gettext
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import allauth
import django
import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import translation

from opportunities.models import Opportunity
from salesflow.users.models import SALES_MANAGER
from tests.support import addresses, factories, planting
from tests.support.factories import DAY, PASSWORD, TODAY
from tests.support.pages import drawn_for

TOP = Path(__file__).resolve().parent.parent
CATALOGUE = TOP / "locale/nb/LC_MESSAGES/django.mo"

# process.md §1 and §2
TERMS = {
    "Opportunity created.": "Salgsmuligheten er opprettet.",
    "opportunity": "salgsmulighet",
    "Opportunities": "Salgsmuligheter",
    "account": "forretningsforbindelse",
    "contact": "kontakt",
    "Stakeholder": "Interessent",
    "Decision maker": "Beslutningstaker",
    "Competitor": "Konkurrent",
    "Sales team": "Salgsteam",
    "process": "prosess",
    "stage": "fase",
    "step": "trinn",
    "Next Stage": "Neste fase",
    "Finish": "Fullfør",
    "Mark complete": "Merk som fullført",
    "pipeline phase": "forløpsfase",
    "Funnel": "Salgstrakt",
    "estimated revenue": "beregnet omsetning",
    "estimated budget": "beregnet budsjett",
    "Open": "Åpen",
    "Won": "Vunnet",
    "Lost": "Tapt",
    "Reopen": "Åpne på nytt",
    "Put on hold": "Sett på vent",
    "Resume": "Gjenoppta",
    "waiver": "unntak",
    "Move here": "Flytt hit",
    "Go back here": "Gå tilbake hit",
    "My day": "Min dag",
    "Salesperson": "Selger",
    "Sales manager": "Salgsleder",
    "Save": "Lagre",
    "New opportunity": "Ny salgsmulighet",
    "Close as Won": "Lukk som vunnet",
    "Close as Lost": "Lukk som tapt",
    "This quarter": "Dette kvartalet",
    "Committee": "Komité",
    "Hot": "Varm",
    "Best case": "Beste utfall",
    "Champion": "Pådriver",
    "Account manager": "Kundeansvarlig",
    "31/01/2027": "31.01.2027",
}

# Words that are not also Norwegian words.
ENGLISH_WORDS = """
    the and you your yours this these those that with without not nothing nobody of from into is are was were been has
    have had can cannot may must it its they them their there here what which who whom why how where when will would
    choose change changed move moved close closed stage stages step steps opportunity opportunities account accounts
    stakeholder stakeholders competitor competitors add remove edit save saved next back reopen lost won owner name
    search none yes everybody reason required needed still ready days years ago page error please enter password sign
    user users date home view history delete value seen
"""
ENGLISH = set(ENGLISH_WORDS.split())
ROWS_IN_ENGLISH = {"English", "Opportunity Sales Process"}  # names that stay English on a Norwegian page

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]


class PageTexts(HTMLParser):
    """The texts of a page, and the attributes that browsers show or read out."""

    SHOWN_ATTRIBUTES = ("alt", "aria-label", "title", "placeholder", "data-label", "data-unsaved")
    HIDDEN_TAGS = ("script", "style")

    def __init__(self, response):
        super().__init__()
        self.texts, self.inside = [], []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.texts += [given[name] for name in self.SHOWN_ATTRIBUTES if given.get(name)]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given.get("value") or "")
        if tag in self.HIDDEN_TAGS:
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self.HIDDEN_TAGS:
            self.inside.remove(tag)

    def handle_data(self, data):
        if not self.inside and data.strip():
            self.texts.append(" ".join(data.split()))


def read(response):
    return " | ".join(PageTexts(response).texts)


PLACEHOLDER = re.compile(r"{\w+}")


def english_in(response):
    """The English texts of a page. The names of placeholders, such as {account}, are the same in each language."""
    texts = [text for text in PageTexts(response).texts if text.strip() not in ROWS_IN_ENGLISH]
    return [text for text in texts if ENGLISH & set(re.findall(r"[a-zæøå]+", PLACEHOLDER.sub("", text.casefold())))]


@pytest.fixture
def norwegian(client_of):
    """Gives a client in Norwegian in which the user is signed in."""

    def browser(user):
        client = client_of(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"
        return client

    return browser


NAMES = {"name": "Flåtestyring", "at": factories.NOW}


@pytest.fixture
def opportunity(rep):
    """An opportunity with a row in each child table."""
    customer = factories.AccountFactory(name="Nordlys Rederi")
    opportunity = factories.OpportunityFactory(owner=rep, account=customer, estimated_revenue=Decimal(500000), **NAMES)
    opportunity = factories.edit(opportunity, estimated_close_date=TODAY.replace(year=2027, month=1, day=12))
    factories.plan(opportunity, text="Ringe Berit", due=TODAY)
    contact = factories.ContactFactory(name="Berit Solberg", account=customer)
    factories.add_decision_maker(opportunity, contact=contact)
    factories.add_competitor(opportunity, competitor=factories.CompetitorFactory(name="Fjorddata"))
    factories.add_team_member(opportunity)
    return factories.edit(factories.reread(opportunity), estimated_budget=Decimal("1234.50"), contact=contact)


GENERAL = [
    "/",
    "/opportunities/",
    "/opportunities/?q=ingen",
    "/opportunities/new/",
    "/news/",
    "/tasks/",
    "/funnel/",
    "/competitors/",
    "/competitors/?q=ingen",
    "/competitors/new/",
    "/user/password/change/",
]
OF_AN_OPPORTUNITY = [
    "",
    "?tab=stakeholders",
    "?tab=competitors",
    "?tab=team",
    "?tab=timeline",
    "?tab=notes",
    "?tab=tasks",
    "?tab=files",
    "edit/",
    "close/",
    "close/?outcome=won",
    "close/?outcome=lost",
    "reopen/",
    "hold/",
    "stakeholders/add/",
    "competitors/add/",
    "competitors/none/",
    "team/add/",
    "team/alone/",
    "stakeholders/map/",
    "notes/add/",
    "tasks/add/",
    "files/add/",
    "debrief/add/",
    "presentations/add/",
    "mails/write/",
]
ADMIN = [
    "/admin/",
    "/admin/users/user/",
    "/admin/users/user/add/",
    "/admin/stages/process/",
    "/admin/stages/process/add/",
]
SIGNED_OUT = ["/user/login/", "/user/password/reset/", "/user/password/reset/done/", "/user/password/reset/key/1-a/"]


def is_norwegian(response, status=200):
    assert response.status_code == status
    assert '<html lang="nb"' in response.content.decode()
    assert english_in(response) == []
    return True


def not_norwegian(client, paths):
    """The pages with English texts, and these texts."""
    answers = {path: client.get(path) for path in paths}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 200)
    assert all('<html lang="nb"' in answer.content.decode() for answer in answers.values())
    return {path: said for path, answer in answers.items() if (said := english_in(answer))}


# Pages


def test_the_terms_are_translated():
    with translation.override("nb"):
        assert {english: translation.gettext(english) for english in TERMS} == TERMS


def test_the_general_pages_are_in_norwegian(opportunity, rep, norwegian):
    assert not_norwegian(norwegian(rep), GENERAL) == {}


def test_the_pages_of_an_opportunity_are_in_norwegian(opportunity, rep, norwegian):
    assert (
        not_norwegian(norwegian(rep), [f"{opportunity.get_absolute_url()}{path}" for path in OF_AN_OPPORTUNITY]) == {}
    )


def test_the_admin_is_in_norwegian(manager, norwegian):
    assert not_norwegian(norwegian(manager), ADMIN) == {}


def test_every_page_of_the_admin_is_in_norwegian(rep, manager, norwegian):
    superuser = factories.UserFactory(username="superuser", is_superuser=True, is_staff=True)
    planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_long_words()  # so that no English text comes from a row
    client = norwegian(superuser)
    manager.set_unusable_password()
    manager.save()

    every = addresses.admin_pages(rows=3)
    paths = list(addresses.that_answer(client, every, but=addresses.NO_PAGE_OF_THE_ADMIN))
    paths.append(reverse("admin:auth_user_password_change", args=[manager.pk]))

    assert not_norwegian(client, paths) == {}


def test_the_sign_in_pages_are_in_norwegian(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"

    assert not_norwegian(client, SIGNED_OUT) == {}


def test_the_page_for_a_user_without_a_role_is_in_norwegian(stranger, norwegian):
    page = norwegian(stranger).get("/")

    assert is_norwegian(page, 403)
    assert "Du har ingen rolle ennå" in read(page)


def test_the_404_page_is_in_norwegian(rep, norwegian):
    page = norwegian(rep).get("/opportunities/987654/")

    assert is_norwegian(page, 404)
    assert "Fant ikke siden" in read(page)


def test_the_page_of_a_closed_opportunity_is_in_norwegian(rep, norwegian):
    for opportunity, ending in (
        (factories.won_opportunity(owner=rep), "Vunnet"),
        (factories.lost_opportunity(owner=rep), "Tapt i fasen Lukk"),
    ):
        page = norwegian(rep).get(opportunity.get_absolute_url())

        assert ending in read(page)
        assert "Åpne på nytt" in read(page)


# Labels from interface.md


def test_the_buttons_of_the_active_and_a_later_stage_are_in_norwegian(opportunity, rep, norwegian):
    here = norwegian(rep).get(opportunity.get_absolute_url())
    ahead = norwegian(rep).get(f"{opportunity.get_absolute_url()}?stage={factories.stage('Propose').pk}")

    assert {"Neste fase", "Lagre", "Ny salgsmulighet", "Min dag"} <= set(PageTexts(here).texts)
    assert "Flytt hit" in PageTexts(ahead).texts


def test_the_buttons_of_the_last_and_an_earlier_stage_are_in_norwegian(rep, norwegian):
    opportunity = factories.ready_opportunity("Close", owner=rep)

    here = norwegian(rep).get(opportunity.get_absolute_url())
    behind = norwegian(rep).get(f"{opportunity.get_absolute_url()}?stage={factories.stage('Develop').pk}")

    assert {"Fullfør", "Tilbake", "Lagre"} <= set(PageTexts(here).texts)
    assert "Gå tilbake hit" in PageTexts(behind).texts


def test_the_buttons_of_the_close_page_are_in_norwegian(rep, norwegian):
    opportunity = factories.finished_opportunity(owner=rep)

    for outcome, button in {"won": "Lukk som vunnet", "lost": "Lukk som tapt"}.items():
        page = norwegian(rep).get(reverse("close", args=[opportunity.pk]), {"outcome": outcome})
        assert button in PageTexts(page).texts


# Entries and refusals


def test_a_shut_gate_lists_missing_steps_in_norwegian(opportunity, rep, norwegian):
    page = norwegian(rep).post(f"/opportunities/{opportunity.pk}/advance/", drawn_for(opportunity))

    assert is_norwegian(page, 422)
    said = read(page)
    for words in ("trinn gjenstår i Kvalifiser:", "Tidsperiode for kjøp", "Kjøpsprosess", "– ikke fylt ut"):
        assert words in said


def test_the_errors_of_a_form_are_in_norwegian(rep, norwegian):
    typed = {"name": "", "estimated_revenue": "mye", "estimated_close_date": "i morgen"}
    page = norwegian(rep).post("/opportunities/new/", typed)

    assert is_norwegian(page, 422)
    assert "Beregnet omsetning: Skriv beløpet med tall, for eksempel 1 234,50." in read(page)
    assert "Skriv datoen med dag, måned og år, for eksempel 31.01.2027." in read(page)
    assert not Opportunity.objects.exists()


def test_money_and_dates_are_read_in_norwegian_notation(rep, norwegian):
    typed = {"name": "Flåtestyring", "estimated_revenue": "1 234,50 kr", "estimated_close_date": "12.01.2027"}
    norwegian(rep).post("/opportunities/new/", typed)

    opportunity = Opportunity.objects.get()
    assert opportunity.estimated_revenue == Decimal("1234.50")
    assert opportunity.estimated_close_date.isoformat() == "2027-01-12"


# Money and dates


def test_money_and_dates_are_shown_in_norwegian_notation(opportunity, rep, norwegian):
    page = norwegian(rep).get(opportunity.get_absolute_url())

    assert "500 000 kr" in read(page).replace("\xa0", " ")
    assert "1 234,50 kr" in read(page).replace("\xa0", " ")
    assert "12.01.2027" in read(page)


def test_hidden_and_date_fields_are_not_localised(opportunity, rep, norwegian):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE opportunities_opportunity SET version = 12345")

    page = norwegian(rep).get(f"{opportunity.get_absolute_url()}edit/").content.decode()

    assert 'name="version" value="12345"' in page
    assert 'value="2027-01-12"' in page


def test_the_timeline_shows_days_ago_in_norwegian(opportunity, rep, norwegian, time_machine):
    time_machine.move_to(factories.NOW + 3 * DAY)

    page = norwegian(rep).get(f"{opportunity.get_absolute_url()}?tab=timeline")

    assert "for 3 dager siden" in read(page).replace("\xa0", " ")


# The language of the user and of rows


def test_signing_in_switches_to_the_language_of_the_user(rep, client):
    rep.language = "nb"
    rep.save()

    client.post("/user/login/", {"login": "rep", "password": PASSWORD})

    assert "Min dag" in read(client.get("/"))


def test_each_language_is_listed_by_its_own_name(rep, client_of, norwegian):
    for client in (client_of(rep), norwegian(rep)):
        assert {"English", "Norsk (bokmål)"} <= set(PageTexts(client.get("/")).texts)


def test_a_row_without_a_norwegian_name_shows_its_english_name(opportunity, rep, norwegian, client_of):
    factories.change_stage("Qualify", name_nb="")

    assert "Qualify" in read(norwegian(rep).get(opportunity.get_absolute_url()))


def test_a_row_without_an_english_name_shows_its_norwegian_name(opportunity, rep, client_of):
    factories.change_stage("Qualify", name_en="", name_nb="Kvalifiser")

    assert "Kvalifiser" in read(client_of(rep).get(opportunity.get_absolute_url()))


def test_a_role_is_shown_by_its_norwegian_name(manager, norwegian):
    page = norwegian(manager).get(f"/admin/users/user/{manager.pk}/change/")

    assert {"Selger", "Salgsleder"} <= {text.strip() for text in PageTexts(page).texts}
    assert SALES_MANAGER not in PageTexts(page).texts


# The catalogue


def catalogue(file):
    with file.open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


def test_the_compiled_catalogue_is_committed():
    assert catalogue(CATALOGUE).gettext("Next Stage") == "Neste fase"


def package_texts():
    """The texts in salesflow/package_translations.py, as keys of a compiled catalogue."""
    tree = ast.parse((TOP / "salesflow/package_translations.py").read_text())
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        texts = [argument.value for argument in call.args]
        if call.func.id == "pgettext_lazy":
            yield "\x04".join(texts)
        elif call.func.id == "ngettext_lazy":
            yield (texts[0], 1)
        else:
            yield texts[0]


def test_our_translations_of_package_texts_differ_from_those_of_the_package():
    ours = catalogue(CATALOGUE)._catalog
    folders = [Path(module.__file__).parent for module in (django, allauth)]
    theirs = {}
    for compiled in (file for folder in folders for file in folder.rglob("locale/nb/LC_MESSAGES/django.mo")):
        theirs |= catalogue(compiled)._catalog

    assert [text for text in package_texts() if ours[text] == theirs.get(text)] == []

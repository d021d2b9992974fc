"""The pages of competitors: the list, the page with figures, a new one, and editing."""

import re

import pytest
from django.urls import reverse

from opportunities.customers.models import Competitor
from opportunities.models import OpportunityCompetitor, write_guard
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CompetitorFactory,
    OpportunityFactory,
    add_competitor,
    add_team_member,
    lose,
    lost_opportunity,
    reason,
    won_opportunity,
)
from tests.support.meanwhile import at_once
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

LIST, NEW = "/competitors/", "/competitors/new/"


def page_url(competitor):
    return reverse("competitor_page", args=[competitor.pk])


def edit_url(competitor):
    return reverse("competitor_page_edit", args=[competitor.pk])


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def against(competitor, opportunity):
    """Adds the competitor to an opportunity of any status."""
    with write_guard.guarded_every():
        OpportunityCompetitor.objects.create(opportunity=opportunity, competitor=competitor)
    return opportunity


def rows(response):
    """The rows of the table in the page: the texts of the cells."""
    body = html(response).partition("<tbody")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


# The list


def test_the_list_without_competitors_offers_to_create_one(rep_client):
    page = rep_client.get(LIST)

    assert "No competitors yet" in text(page)
    assert f'href="{NEW}"' in html(page)


def test_the_list_counts_only_opportunities_that_the_reader_can_see(client_of, rep, colleague, manager):
    rival = CompetitorFactory(name="Fjord Data", website="https://fjord.example")
    CompetitorFactory(name="Aker Logg")
    against(rival, OpportunityFactory(owner=rep))
    against(rival, won_opportunity(owner=rep))
    against(rival, lost_opportunity(owner=colleague))
    shared = add_team_member(OpportunityFactory(owner=colleague), user=rep).opportunity
    add_competitor(shared, competitor=rival)

    mine, everything = client_of(rep).get(LIST), client_of(manager).get(LIST)

    assert rows(mine)[:2] == [["Aker Logg", "0", "0", "0"], ["Fjord Data https://fjord.example", "2", "1", "0"]]
    assert rows(everything)[1] == ["Fjord Data https://fjord.example", "2", "1", "1"]


ORDERS = [
    ("name", ["Alfa", "Beta", "Gamma"]),
    ("-name", ["Gamma", "Beta", "Alfa"]),
    ("-won", ["Gamma", "Alfa", "Beta"]),
    ("won", ["Alfa", "Beta", "Gamma"]),
    ("-lost", ["Beta", "Alfa", "Gamma"]),
    ("-open", ["Alfa", "Beta", "Gamma"]),
]


def test_the_list_is_sorted_by_name_and_by_each_figure(rep_client, rep, subtests):
    alfa, beta, gamma = (CompetitorFactory(name=name) for name in ("Alfa", "Beta", "Gamma"))
    against(gamma, won_opportunity(owner=rep))
    against(beta, lost_opportunity(owner=rep))
    against(alfa, OpportunityFactory(owner=rep))

    for sort, names in ORDERS:
        with subtests.test(sort):
            shown = [row[0] for row in rows(rep_client.get(LIST, {"sort": sort}))]
            assert [name for name in shown if not name.startswith("Rival")] == names


def test_the_list_is_sorted_by_name_where_every_figure_is_0(rep_client):
    CompetitorFactory(name="Beta")
    CompetitorFactory(name="Alfa")

    assert [row[0] for row in rows(rep_client.get(LIST, {"sort": "-won"}))] == ["Alfa", "Beta"]


def test_the_list_finds_any_part_of_a_name_without_case_and_accents(rep_client):
    CompetitorFactory(name="Sør Sensor AS")
    CompetitorFactory(name="Nord")

    assert [row[0] for row in rows(rep_client.get(LIST, {"q": "SENSOR sor"}))] == ["Sør Sensor AS"]
    assert "No competitor has a name like that." in text(rep_client.get(LIST, {"q": "vest"}))


def test_the_list_has_pages_of_fifty(rep_client):
    for number in range(51):
        CompetitorFactory(name=f"Rival {number:03}")

    first, second = rep_client.get(LIST), rep_client.get(LIST, {"page": 2})

    assert (len(rows(first)), [row[0] for row in rows(second)]) == (50, ["Rival 050"])
    assert "51 competitors" in text(first)


@pytest.mark.sweep
@pytest.mark.parametrize("query", ["", "?sort=-won"])
def test_the_list_makes_the_same_queries_for_any_number_of_rows(rep_client, rep, django_assert_max_num_queries, query):
    def used():
        with django_assert_max_num_queries(15) as captured:
            rep_client.get(f"{LIST}{query}")
        return len(captured)

    rival = CompetitorFactory()
    against(rival, OpportunityFactory(owner=rep))
    few = used()
    for _ in range(10):
        against(CompetitorFactory(), won_opportunity(owner=rep))
        against(rival, OpportunityFactory(owner=rep))

    assert used() == few


# The page


def test_the_page_shows_what_is_filled_in(rep_client):
    rival = CompetitorFactory(
        name="Fjord Data", website="https://fjord.example/", strengths="Cheap.\nLocal.", key_products="Loggers"
    )

    page = rep_client.get(page_url(rival))

    assert '<a href="https://fjord.example/" rel="noopener noreferrer">' in html(page)
    assert "Strengths Cheap. Local. Key products Loggers" in text(page)
    assert "Weaknesses" not in text(page).replace("Strengths and weaknesses", "")


def test_the_page_of_a_bare_competitor_asks_to_describe_it(rep_client):
    rival = CompetitorFactory()

    page = rep_client.get(page_url(rival))

    assert "Nothing is written yet." in text(page)
    assert html(page).count(f'href="{edit_url(rival)}"') == 2


def test_the_page_lists_the_readers_opportunities_by_status(rep_client, rep, colleague):
    rival = CompetitorFactory(name="Fjord Data")
    against(rival, OpportunityFactory(owner=rep, name="Mine"))
    against(rival, won_opportunity(owner=rep, name="Brought home"))
    against(rival, OpportunityFactory(owner=colleague, name="Theirs"))

    page, won = rep_client.get(page_url(rival)), rep_client.get(page_url(rival), {"status": "won"})

    assert "Open 1 Won 1 Lost 0" in text(page)
    assert [row[0].partition(" ")[0] for row in rows(page)] == ["Mine"]
    assert [row[0].partition(",")[0] for row in rows(won)] != []
    assert "Brought home" in text(won) and "Theirs" not in text(won) + text(page)
    assert "None with this status." in text(rep_client.get(page_url(rival), {"status": "lost"}))


def test_the_page_marks_an_opportunity_that_was_lost_to_the_competitor(rep_client, rep):
    rival = CompetitorFactory()
    lose(factories.ready_opportunity(factories.CLOSE, owner=rep), reason=reason("out_sold"), competitor=rival)
    against(rival, lost_opportunity(owner=rep))

    page = rep_client.get(page_url(rival))

    assert text(page).count("Lost to this competitor") == 1
    assert len(rows(page)) == 2


def test_the_opportunities_against_a_competitor_have_pages(rep_client, rep):
    rival = CompetitorFactory()
    for number in range(21):
        against(rival, OpportunityFactory(owner=rep, name=f"Deal {number}"))

    first, second = rep_client.get(page_url(rival)), rep_client.get(page_url(rival), {"status": "open", "page": 2})

    assert (len(rows(first)), len(rows(second))) == (20, 1)
    assert "1–20 of 21" in text(first)


@pytest.mark.sweep
def test_the_page_makes_the_same_queries_for_any_number_of_rows(rep_client, rep, django_assert_max_num_queries):
    def used():
        with django_assert_max_num_queries(15) as captured:
            rep_client.get(page_url(rival))
        return len(captured)

    rival = CompetitorFactory()
    against(rival, OpportunityFactory(owner=rep))
    few = used()
    for _ in range(10):
        against(rival, OpportunityFactory(owner=rep, account=factories.AccountFactory()))

    assert used() == few


@pytest.mark.parametrize("address", ["/competitors/0/", "/competitors/9223372036854775808/", "/competitors/7/edit/"])
def test_a_competitor_that_does_not_exist_is_404(rep_client, address):
    assert rep_client.get(address).status_code == 404
    assert rep_client.post(address, {"version": 0, "name": "x"}).status_code in (404, 405)


def test_a_user_without_a_role_sees_no_competitor(client_of, stranger):
    rival = CompetitorFactory(name="Fjord Data")

    for address in (LIST, NEW, page_url(rival), edit_url(rival)):
        page = client_of(stranger).get(address)
        assert page.status_code == 403
        assert "Fjord Data" not in text(page)


# A new one


def test_a_new_competitor_is_created_with_its_history(rep_client, rep):
    form = Form(rep_client.get(NEW), NEW)

    answer = form.press(rep_client, "Create", name="Fjord Data", website="fjord.example", threats="Free trials")

    made = Competitor.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, page_url(made))
    assert (made.name, made.website, made.threats) == ("Fjord Data", "https://fjord.example", "Free trials")
    assert [(each.version, each.history_user) for each in made.history.all()] == [(0, rep)]


def test_a_form_that_is_sent_twice_creates_one_competitor(rep_client):
    form = Form(rep_client.get(NEW), NEW)

    first = form.press(rep_client, "Create", name="Fjord Data")
    again = form.press(rep_client, "Create", name="Fjord Data")

    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert Competitor.objects.count() == 1


def test_a_changed_form_of_the_same_page_does_not_hide_what_was_typed(rep_client):
    form = Form(rep_client.get(NEW), NEW)
    form.press(rep_client, "Create", name="Fjord Data")

    with unchanged():
        answer = form.press(rep_client, "Create", name="Fjord Data", strengths="Cheap")

    assert answer.status_code == 422
    assert "This is probably there already." in text(answer)
    assert "Cheap" in html(answer)


@pytest.mark.parametrize("name", ["fjord DATA", " Fjørd  data AS"])
def test_a_name_that_exists_is_saved_only_on_request(rep_client, name):
    rival = CompetitorFactory(name="Fjørd Data")

    with unchanged():
        answer = rep_client.post(NEW, {"name": name, "weaknesses": "typed before"})
    newer = CompetitorFactory(name="Fjord-Data")
    form = Form(answer, NEW)
    with unchanged():
        again = form.press(rep_client, "Save all the same")
    saved = Form(again, NEW).press(rep_client, "Save all the same")

    assert answer.status_code == again.status_code == 422
    assert f'<a href="{page_url(rival)}">Open Fjørd Data</a>' in html(answer)
    assert "typed before" in html(answer)
    assert f'<a href="{page_url(newer)}">Open Fjord-Data</a>' in html(again)
    assert saved.status_code == 303
    assert Competitor.objects.count() == 3


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"name": ""}, "Name: Give the competitor a name."),
        ({"name": "\u200b"}, "Name: Type a name that can be seen."),
        ({"name": "x" * 201}, "The text has 201 characters."),
        ({"threats": "\u202e"}, "a character that cannot be used here"),
        ({"strengths": "x" * 4001}, "The text has 4001 characters."),
        ({"website": "javascript:alert(1)"}, "Website: Write the address of a website"),
        ({"website": "ftp://fjord.example"}, "Website: Write the address of a website"),
        ({"website": "not a website"}, "Website: Write the address of a website"),
        ({"website": f"https://{'x' * 200}.example"}, "characters. Shorten it to at most 200"),
    ],
)
def test_an_invalid_entry_is_refused_and_kept(rep_client, entries, said):
    with unchanged():
        answer = rep_client.post(NEW, {"name": "Fjord Data", "description": "typed before"} | entries)

    assert answer.status_code == 422
    assert said in text(answer)
    assert "typed before" in html(answer)


# Editing


def test_a_competitor_is_edited_and_its_version_counted(rep_client, rep):
    rival = CompetitorFactory(name="Fjord Data")
    form = Form(rep_client.get(edit_url(rival)), edit_url(rival))

    answer = form.press(rep_client, "Save", name="Fjord Data AS", opportunities="Service")

    rival.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, page_url(rival))
    assert (rival.name, rival.opportunities, rival.version) == ("Fjord Data AS", "Service", 1)
    assert rival.search_text == "fjord data as"
    assert [(each.version, each.history_user) for each in rival.history.all()] == [(1, rep), (0, None)]


def test_saving_without_a_change_writes_nothing(rep_client):
    rival = CompetitorFactory()
    form = Form(rep_client.get(edit_url(rival)), edit_url(rival))

    with unchanged():
        answer = form.press(rep_client, "Save")

    assert answer.status_code == 303


def test_changes_of_different_fields_are_merged(client_of, rep, colleague):
    rival = CompetitorFactory(strengths="Old", weaknesses="Old")
    mine = Form(client_of(rep).get(edit_url(rival)), edit_url(rival))
    theirs = Form(client_of(colleague).get(edit_url(rival)), edit_url(rival))
    theirs.press(client_of(colleague), "Save", weaknesses="Theirs")

    answer = mine.press(client_of(rep), "Save", strengths="Mine")

    rival.refresh_from_db()
    assert answer.status_code == 303
    assert (rival.strengths, rival.weaknesses, rival.version) == ("Mine", "Theirs", 2)


def test_a_field_that_both_changed_is_refused_and_a_second_save_succeeds(client_of, rep_client, colleague):
    rival = CompetitorFactory(strengths="Old", threats="Old")
    mine = Form(rep_client.get(edit_url(rival)), edit_url(rival))
    theirs = Form(client_of(colleague).get(edit_url(rival)), edit_url(rival))
    theirs.press(client_of(colleague), "Save", strengths="Theirs", threats="Their threat")

    with unchanged():
        answer = mine.press(rep_client, "Save", strengths="Mine", weaknesses="Typed")

    assert answer.status_code == 409
    assert "1 answer was changed by two people. Choose one: Strengths" in text(answer)
    assert "Ola Hansen changed this while you wrote." in text(answer)
    again = Form(answer, edit_url(rival))
    assert (again.fields["strengths"], again.fields["weaknesses"]) == ("Mine", "Typed")
    again.press(rep_client, "Save")
    rival.refresh_from_db()
    assert (rival.strengths, rival.weaknesses, rival.threats) == ("Mine", "Typed", "Their threat")


def test_a_change_in_the_admin_is_found_by_an_older_page(client_of, rep_client, manager):
    rival = CompetitorFactory(strengths="Old")
    mine = Form(rep_client.get(edit_url(rival)), edit_url(rival))
    address = reverse("admin:customers_competitor_change", args=[rival.pk])
    admin = client_of(manager)
    in_the_admin = Form(admin.get(address), None)
    in_the_admin.fields["strengths"] = "Of the admin"
    assert admin.post(address, in_the_admin.fields.urlencode(), content_type=FORM).status_code == 302

    with unchanged():
        answer = mine.press(rep_client, "Save", strengths="Mine")

    assert answer.status_code == 409
    assert "Ingrid Dahl changed this while you wrote" in text(answer)


def test_a_version_that_is_not_in_the_history_is_a_conflict(rep_client):
    rival = CompetitorFactory(strengths="Old")

    with unchanged():
        answer = rep_client.post(edit_url(rival), {"name": rival.name, "strengths": "Mine", "version": 7})

    assert answer.status_code == 409


@pytest.mark.parametrize("version", [None, "", "x", "-1", "9" * 19])
def test_editing_without_a_version_is_refused(rep_client, version):
    rival = CompetitorFactory()
    entries = {"name": "Other"} | ({} if version is None else {"version": version})

    with unchanged():
        answer = rep_client.post(edit_url(rival), entries)

    assert answer.status_code == 400


def test_a_name_of_another_competitor_is_refused(rep_client):
    taken, rival = CompetitorFactory(name="Fjord Data"), CompetitorFactory(name="Nord")

    with unchanged():
        answer = rep_client.post(edit_url(rival), {"name": "fjord data", "version": 0, "threats": "typed before"})

    assert answer.status_code == 422
    assert f'href="{page_url(taken)}"' in html(answer)
    assert "typed before" in html(answer)


def test_the_case_of_a_name_can_be_changed(rep_client):
    rival = CompetitorFactory(name="Fjord Data")

    answer = rep_client.post(edit_url(rival), {"name": "FJORD DATA", "version": 0})

    assert answer.status_code == 303
    rival.refresh_from_db()
    assert rival.name == "FJORD DATA"


# Two requests at once


@pytest.mark.django_db(transaction=True)
def test_two_users_who_create_the_same_competitor_at_once_create_one(client_of, rep, colleague):
    clients = [client_of(rep), client_of(colleague)]
    for number in range(5):
        forms = [(client, Form(client.get(NEW), NEW)) for client in clients]

        answers = at_once(*(lambda c=c, f=f, n=number: f.press(c, "Create", name=f"Rival {n}") for c, f in forms))

        assert sorted(answer.status_code for answer in answers) == [303, 422]
        assert Competitor.objects.filter(name=f"Rival {number}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_users_who_change_the_same_field_at_once_one_is_refused(client_of, rep, colleague):
    rival = CompetitorFactory()
    clients = [client_of(rep), client_of(colleague)]
    for number in range(1, 6):
        forms = [(client, Form(client.get(edit_url(rival)), edit_url(rival))) for client in clients]

        answers = at_once(
            *(
                lambda c=c, f=f, t=f"{number} of {place}": f.press(c, "Save", strengths=t)
                for place, (c, f) in enumerate(forms)
            )
        )

        rival.refresh_from_db()
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        assert (rival.version, rival.history.count()) == (number, number + 1)

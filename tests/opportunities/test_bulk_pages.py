"""A person ticks opportunities in the list, reads what will happen, starts it, and reads what became of each."""

import csv
import io

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from opportunities.bulk_runs import making, running
from opportunities.editing import editing
from opportunities.models import BulkRow, BulkRun, ListExport, Opportunity
from salesflow import once
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, NOW, QUALIFY, bulk_run_of, finish_bulk_run, opportunity_in, reread
from tests.support.moves import hold
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

BULK = "/opportunities/bulk/"


@pytest.fixture(scope="module")
def made_once(cast):
    rep = cast["rep"]
    ready = factories.ready_opportunity(QUALIFY, owner=rep, name="Ferries")
    return [
        opportunity_in(QUALIFY, owner=rep, name="Lorries"),
        ready,
        opportunity_in(DEVELOP, owner=rep, name="Trains"),
    ]


@pytest.fixture
def opportunities(made_once):
    return [reread(each) for each in made_once]


def choose(client, *, query="", **entries):
    """Posts the form of the list as it is drawn, with these entries."""
    form = Form(client.get(f"/opportunities/{query}"), BULK)
    for name, value in entries.items():
        form.fields.setlist(name, value if isinstance(value, list) else [value])
    return client.post(BULK, form.fields.urlencode(), content_type=FORM)


def text_of(client, address):
    return " ".join(client.get(address).content.decode().split())


def test_ticked_opportunities_are_changed_at_once_and_the_report_says_so(opportunities, rep, client_of):
    client = client_of(rep)
    ticked = [str(each.pk) for each in opportunities[:2]]

    answer = choose(client, which="ticked", ticked=ticked, act="close_date")
    assert answer.status_code == 303
    page = client.get(answer["Location"])
    assert "2 opportunities will be changed" in page.content.decode()
    done = Form(page, answer["Location"]).press(client, "Change 2 opportunities", day="2027-03-01")

    assert done["Location"] == answer["Location"]
    assert "2 of 2 changed" in text_of(client, answer["Location"])
    assert [str(reread(each).estimated_close_date) for each in opportunities] == ["2027-03-01", "2027-03-01", "None"]
    assert "New close date: 1 Mar 2027" in text_of(client, BULK)


def test_all_that_match_are_those_of_the_filter_that_the_reader_sees(opportunities, rep, colleague, client_of):
    opportunity_in(QUALIFY, owner=colleague, name="Ferries of others")
    client = client_of(rep)

    answer = choose(client, query="?q=ferr", which="all", act="rating")

    assert [row.opportunity for row in BulkRun.objects.get().rows.all()] == [opportunities[1]]
    assert "1 opportunity will be changed" in text_of(client, answer["Location"])


def test_the_page_names_what_will_not_be_changed_and_why(opportunities, rep, client_of):
    client = client_of(rep)
    answer = choose(client, which="all", act="advance")

    text = text_of(client, answer["Location"])

    assert "1 of 3 opportunities will be changed" in text
    assert "2: Steps are missing." in text
    assert "Purchase timeframe</a>" in text
    Form(client.get(answer["Location"]), answer["Location"]).press(client, "Change 1 opportunity")
    report = text_of(client, answer["Location"])
    assert "1 of 3 changed" in report
    step = factories.step("purchase_timeframe")
    assert f"/opportunities/{opportunities[0].pk}/?stage={step.stage_id}#id_purchase_timeframe" in report
    assert reread(opportunities[1]).active_stage.name_en == DEVELOP


@pytest.mark.parametrize(
    ("act", "language", "said"),
    [
        ("rating", "en", "Rating now: Warm"),
        ("owner", "en", "Owner now: Kari Nordmann"),
        ("close_date", "en", "Estimated close date now: –"),
        ("next_step", "nb", "Ingenting planlagt"),
        ("rating", "nb", "Vurdering nå: Lunken"),
    ],
)
def test_the_page_says_what_each_has_now(opportunities, rep, client_of, act, language, said):
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    page = text_of(client, choose(client, which="all", act=act)["Location"])

    assert page.count(said) == 3


@pytest.mark.parametrize(
    ("language", "act", "said", "not_said"),
    [
        ("en", "advance", ["No opportunity will be changed", "2: Steps are missing.", "Do any steps"], "next stage."),
        ("nb", "advance", ["Ingen salgsmulighet blir endret", "Fullfør trinnene"], "neste fase."),
        ("en", "hold", ["No opportunity will be changed", "Choose other opportunities."], "Why is it put on hold?"),
    ],
)
def test_a_run_that_changes_nothing_says_so_and_what_to_do(
    opportunities, rep, client_of, language, act, said, not_said
):
    client = client_of(rep)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    blocked = [opportunities[0], opportunities[2]]
    if act == "hold":
        for each in blocked:
            hold(each)

    page = text_of(client, f"{BULK}{bulk_run_of(rep, *blocked, act=act).pk}/")

    assert [each for each in said if each not in page] == []
    assert not_said not in page
    assert '<button type="submit" class="btn btn-primary">' not in page


def test_each_act_asks_for_its_entry_and_keeps_what_was_typed(opportunities, rep, client_of, subtests):
    client = client_of(rep)
    wrong = {
        "owner": ({}, "Type a name, and choose one of the answers."),
        "close_date": ({"day": "31.02.2027"}, "31.02.2027"),
        "rating": ({}, "Choose one of these."),
        "forecast": ({"choice": "won"}, "won"),
        "next_step": ({"text": "", "day": "2027-03-01"}, "2027-03-01"),
        "hold": ({"text": " "}, "required"),
    }
    for act, (entries, said) in wrong.items():
        with subtests.test(act):
            address = f"{BULK}{bulk_run_of(rep, act=act).pk}/"
            with unchanged():
                answer = client.post(address, entries)
            assert answer.status_code == 422
            assert said in answer.content.decode()
            assert 'id="error-summary"' in answer.content.decode()


def test_what_makes_no_run_is_said_and_leads_back_to_the_list(opportunities, rep, client_of):
    client = client_of(rep)
    client.get("/opportunities/")

    with unchanged():
        answer = choose(client, query="?q=ferr", which="ticked", act="rating")

    assert answer.status_code == 422
    assert "Choose at least one opportunity." in answer.content.decode()
    assert 'href="/opportunities/?q=ferr' in answer.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"act": ""},
        {"act": "close"},
        {"which": ""},
        {"which": "both"},
        {"ticked": "x"},
        {"ticked": "1 2"},
        {"token": ""},
        {"act": ["rating", "owner"]},
    ],
)
def test_a_form_that_does_not_say_what_is_a_bad_request(opportunities, rep, client_of, changes):
    client = client_of(rep)

    with unchanged():
        answer = choose(client, **{"which": "ticked", "ticked": "1", "act": "rating", **changes})

    assert answer.status_code == 400


def all_that_match(client, *queries):
    """Posts the form of a list that shows what these filters find."""
    entries = QueryDict(mutable=True)
    entries.update({"which": "all", "act": "rating", "token": once.new_token()})
    entries.setlist("query", queries)
    return client.post(BULK, entries.urlencode(), content_type=FORM)


@pytest.mark.parametrize("queries", [(), ("q=ferries", "q=trains")])
def test_all_that_match_needs_the_filters_once(opportunities, rep, client_of, queries):
    client = client_of(rep)

    with unchanged():
        assert all_that_match(client, *queries).status_code == 400


def test_a_filter_that_is_gone_does_not_choose_everything(opportunities, rep, client_of):
    client, account = client_of(rep), factories.AccountFactory()

    with unchanged():
        answer = all_that_match(client, f"account={account.pk + 1}")

    assert answer.status_code == 422
    assert "Account: It does not exist any more" in answer.content.decode()


def test_the_page_says_nothing_of_what_the_person_does_not_see_any_more(opportunities, rep, colleague, client_of):
    run = bulk_run_of(rep, opportunities[0])
    with editing(opportunities[0], by=rep, at=NOW, owner_leaves=True) as record:
        record.owner = colleague

    page = text_of(client_of(rep), f"{BULK}{run.pk}/")

    assert "It was deleted, or you cannot see it any more." in page
    assert "It was changed after you chose it." not in page and "Lorries" not in page


def test_the_list_that_is_sent_twice_makes_one_run(opportunities, rep, client_of):
    client = client_of(rep)
    entries = QueryDict(mutable=True)
    entries.update({"which": "all", "act": "rating", "token": once.new_token(), "query": ""})

    answers = [client.post(BULK, entries.urlencode(), content_type=FORM) for _ in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert BulkRun.objects.count() == 1


def test_a_run_that_is_started_twice_writes_once(opportunities, rep, client_of):
    client, run = client_of(rep), bulk_run_of(rep)
    address = f"{BULK}{run.pk}/"

    for choice in ("hot", "cold"):
        assert client.post(address, {"choice": choice}).status_code == 303

    assert {reread(each).rating for each in opportunities} == {"hot"}


def test_a_run_is_of_its_person_only(opportunities, rep, manager, client_of):
    run, client = bulk_run_of(rep), client_of(manager)

    for where in ("", "stop/", "on/", "back/", "refused/"):
        with unchanged():
            assert client.post(f"{BULK}{run.pk}/{where}").status_code == 404


def test_a_larger_run_shows_how_far_it_is_and_is_stopped(opportunities, rep, client_of):
    client, run = client_of(rep), bulk_run_of(rep)
    running.start(run, at=NOW, choice="hot")
    running.do_some(run.pk, 1, clock=lambda: NOW)
    address = f"{BULK}{run.pk}/"

    text = text_of(client, address)
    assert "1 of 3 changed" in text
    assert "2 are still to come." in text
    assert 'hx-trigger="every 2s"' in text
    client.post(f"{address}stop/")

    text = text_of(client, address)
    assert "You stopped it" in text
    assert "Not reached" in text
    assert "every 2s" not in text
    client.post(f"{address}on/")
    assert BulkRow.objects.filter(outcome="").count() == 2


def test_a_run_whose_worker_died_goes_on_by_a_press(opportunities, rep, client_of):
    client, run = client_of(rep), bulk_run_of(rep)
    running.start(run, at=NOW, choice="hot")

    client.post(f"{BULK}{run.pk}/on/")

    assert "3 of 3 changed" in text_of(client, f"{BULK}{run.pk}/")


def test_what_was_done_is_put_back_by_two_presses(opportunities, rep, client_of):
    client, run = client_of(rep), finish_bulk_run(bulk_run_of(rep), choice="hot")
    factories.edit(opportunities[2], description="Changed since")
    address = f"{BULK}{run.pk}/"

    page = client.get(address)
    answer = Form(page, f"{address}back/").press(client, "Put back")
    assert "2 of 3 opportunities will be changed" in text_of(client, answer["Location"])
    Form(client.get(answer["Location"]), answer["Location"]).press(client, "Put back 2 opportunities")

    assert [reread(each).rating for each in opportunities] == ["warm", "warm", "hot"]
    assert "How it was put back" in text_of(client, address)
    assert "Put back: Rating" in text_of(client, answer["Location"])


def test_an_act_that_cannot_be_put_back_has_no_button(opportunities, rep, client_of):
    client, run = client_of(rep), finish_bulk_run(bulk_run_of(rep, act=BulkRun.Act.NEXT_STEP), text="Call them")

    assert "Put back" not in text_of(client, f"{BULK}{run.pk}/")
    assert client.post(f"{BULK}{run.pk}/back/").status_code == 303
    assert BulkRun.objects.count() == 1


def test_the_file_of_the_refused_is_safe_for_spreadsheets_and_logged(opportunities, rep, client_of):
    evil = factories.edit(opportunities[0], name="=HYPERLINK(1)")
    client, run = client_of(rep), finish_bulk_run(bulk_run_of(rep, act=BulkRun.Act.ADVANCE))
    address = f"{BULK}{run.pk}/refused/"
    assert client.get(address).status_code == 405

    answer = client.post(address)

    assert answer["Content-Disposition"] == f'attachment; filename="refused-{run.pk}.csv"'
    content = b"".join(answer).decode("utf-8-sig")
    heads, first, second = csv.reader(io.StringIO(content))
    assert heads[0] == "Opportunity"
    assert first[0] == "'=HYPERLINK(1)"
    assert first[3] == "Steps are missing."
    assert "Purchase timeframe" in first[4]
    assert first[5].endswith(evil.get_absolute_url())
    assert second[0] == "Trains"
    logged = ListExport.objects.get(by=rep)
    assert (logged.format, logged.rows) == ("csv", 2)


def test_a_reader_has_no_boxes_and_no_runs(opportunities, client_of):
    reader = client_of(factories.UserFactory(role="Colleague (read only)"))

    assert 'id="bulk"' not in reader.get("/opportunities/?status=all").content.decode()
    assert reader.get(BULK).status_code == 403


def test_the_pages_cost_the_same_for_many_rows(opportunities, rep, client_of):
    client = client_of(rep)

    def cost(number):
        ids = list(Opportunity.objects.filter(owner=rep).order_by("pk").values_list("pk", flat=True)[:number])
        new = Opportunity.objects.filter(pk__in=ids).order_by("pk")
        unstarted = making.make(act=BulkRun.Act.ADVANCE, chosen=new, by=rep, at=NOW)
        ended = finish_bulk_run(making.make(act=BulkRun.Act.ADVANCE, chosen=new, by=rep, at=NOW))
        costs = []
        for run in (unstarted, ended):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{BULK}{run.pk}/").status_code == 200
            costs.append(len(queries))
        return costs

    cost(2)
    few = cost(2)
    for _ in range(4):
        opportunity_in(QUALIFY, owner=rep)
    assert cost(7) == few
    assert max(few) <= 12


def test_a_run_leads_back_to_the_list_as_it_was_filtered(opportunities, rep, client_of):
    client, run = client_of(rep), bulk_run_of(rep, act=BulkRun.Act.HOLD)
    client.get("/opportunities/", {"q": "trains", "sort": "name"})

    assert 'href="/opportunities/?q=trains&amp;sort=name"' in client.get(f"{BULK}{run.pk}/").content.decode()
    assert 'href="/opportunities/?q=trains&amp;sort=name"' in client.get(BULK).content.decode()

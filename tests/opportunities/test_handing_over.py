"""A manager gives the work of one person to another, and learns what was refused and why."""

import re

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from opportunities import row_runs
from opportunities.customers.models import Account
from opportunities.handing_over import moving
from opportunities.models import Event, HandOver, Opportunity, Task
from opportunities.views import paging
from salesflow import once
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER, User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import QUALIFY, AccountFactory, UnitFactory, UserFactory, opportunity_in, reread
from tests.support.killed import killed_at
from tests.support.pages import Form, post_drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(rep, colleague):
    """Two opportunities of the rep, one with a task of the rep, a task on the colleague's, and an account."""
    first, second = (opportunity_in(QUALIFY, owner=rep, name=name) for name in ("Ferries", "Lorries"))
    factories.plan(first, text="Call Berit")
    others = opportunity_in(QUALIFY, owner=colleague, name="Trains")
    factories.add_team_member(others, user=rep)
    factories.plan(others, text="Write the offer", owner=rep)
    account = AccountFactory(name="Fjord AS", owner=rep)
    return first, second, others, account


@pytest.fixture
def taker(db):
    return UserFactory(first_name="Tove", last_name="Vik")


def test_a_manager_hands_over_what_is_ticked_and_reads_what_was_refused(work, rep, taker, manager, client_of):
    first, second, _others, account = work
    closed = factories.finished_opportunity(owner=rep, name="Boats")
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    assert "Kari Nordmann" in client.get("/hand-over/").content.decode()
    page = client.get(address)
    assert "3 open opportunities" in page.content.decode()
    form = Form(page, address)
    factories.lose(closed)

    for _ in range(2):  # sent twice is once
        answer = form.press(client, "Hand over what is ticked", taker=str(taker.pk))
        assert answer.status_code == 303

    assert HandOver.objects.count() == 1
    assert [reread(each).owner for each in (first, second, closed)] == [taker, taker, rep]
    assert first.tasks.get().owner == taker
    assert [member.user for member in first.team_members.all()] == [rep]
    event = first.events.latest("version")
    assert event.by == manager
    assert Account.objects.get(pk=account.pk).owner == taker
    assert Account.objects.get(pk=account.pk).history.first().history_user == manager
    assert Task.objects.get(text="Write the offer").owner == rep
    report = client.get(answer["Location"]).content.decode()
    assert "3 of 5 handed over" in report
    assert "closed meanwhile" in report
    assert "may not do this any more" in report  # the new owner of the task does not see the opportunity


def test_only_the_ticked_go_and_the_giver_leaves_the_team_on_request(work, rep, taker, manager, client_of):
    first, second, _others, _account = work
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)
    mark = next(mark for mark in form.fields.getlist("ticked") if mark.startswith(f"o{second.pk}."))

    form.press(client, "Hand over what is ticked", taker=str(taker.pk), stays=None, ticked=mark)

    assert (reread(first).owner, reread(second).owner) == (rep, taker)
    assert not second.team_members.exists()


def test_a_hand_over_is_refused_without_a_taker_a_tick_or_the_names_of_the_rows(work, rep, taker, manager, client_of):
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)
    for changes, status in (
        ({"taker": None}, 422),
        ({"taker": str(rep.pk)}, 422),
        ({"ticked": None}, 422),
        ({"named": None}, 400),
        ({"named": "o1"}, 400),
        ({"named": "x1.2"}, 400),
        ({"token": None}, 400),
    ):
        again = Form(client.get(address), address)
        with unchanged():
            refused = again.press(client, "Hand over what is ticked", **{"taker": str(taker.pk), **changes})
        assert refused.status_code == status, changes
    assert form.fields["named"].count(",") == 3


def test_a_lead_hands_over_the_work_of_their_people_only(work, rep, colleague, client_of):
    lead = UserFactory(role=SALES_MANAGER)
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    client = client_of(lead)

    assert client.get(f"/hand-over/from/{colleague.pk}/").status_code == 404
    page = client.get(f"/hand-over/from/{rep.pk}/")
    assert page.context["number"] == 3  # the task on the opportunity of another unit is not the lead's to see
    assert page.context["counts"].total == 3
    assert client_of(rep).get("/hand-over/").status_code == 404


@pytest.mark.sweep
def test_the_rest_of_a_long_hand_over_is_left_to_the_worker(rep, taker, manager, client_of):
    for number in range(moving.AT_ONCE + 1):
        opportunity_in(QUALIFY, owner=rep, name=f"Number {number}")
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"

    answer = Form(client.get(address), address).press(client, "Hand over what is ticked", taker=str(taker.pk))

    assert Opportunity.objects.filter(owner=taker).count() == moving.AT_ONCE
    assert "1 is still to come." in client.get(answer["Location"]).content.decode()
    row_runs.work_on.call("hand_over", HandOver.objects.get().pk)
    assert Opportunity.objects.filter(owner=taker).count() == moving.AT_ONCE + 1
    assert "21 of 21 handed over" in client.get(answer["Location"]).content.decode()


@pytest.mark.sweep
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_starts_goes_on_with_a_hand_over_that_a_killed_one_left(rep, taker, manager):
    """Killed again and again, after more and more statements: what the hand-over says is what is true each time."""
    marks = [f"o{each.pk}.{each.version}" for each in (opportunity_in(QUALIFY, owner=rep) for _ in range(3))]
    begun = moving.begin(giver=rep, taker=taker, by=manager, at=timezone.now(), stays=True, marks=marks)

    kills, number = 0, 1
    while killed_at(number, lambda: row_runs.work_on.call("hand_over", begun.pk)):
        kills, number = kills + 1, number + 8
        begun.refresh_from_db()
        moved = [row["pk"] for row in begun.rows if row["outcome"]]
        assert list(Opportunity.objects.filter(owner=taker).order_by("pk").values_list("pk", flat=True)) == moved
        row_runs.wake()
        assert DBTaskResult.objects.ready().exists() == (len(moved) < 3)
        DBTaskResult.objects.all().delete()

    assert kills >= 3
    assert set(Opportunity.objects.values_list("owner", flat=True)) == {taker.pk}
    assert Event.objects.filter(changes__0__field="owner").count() == 3


def test_the_pages_cost_the_same_for_many_rows(rep, manager, client_of):
    client = client_of(manager)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            for place in ("/hand-over/", f"/hand-over/from/{rep.pk}/"):
                assert client.get(place).status_code == 200
        return len(queries)

    opportunity_in(QUALIFY, owner=rep)
    few = cost()
    for _ in range(4):
        opportunity_in(QUALIFY, owner=rep)
        opportunity_in(QUALIFY, owner=UserFactory())

    assert cost() == few <= 30


def test_disabling_a_person_says_what_stays_behind_and_the_deal_is_marked(work, rep, manager, client_of):
    first = work[0]
    client, address = client_of(manager), f"/admin/users/user/{rep.pk}/change/"
    page = client.get(address).content.decode()
    said = "Kari Nordmann has 2 open opportunities, 1 task and 1 account, which a disabled person leaves behind."
    assert said in page
    assert f'href="/hand-over/from/{rep.pk}/"' in page

    entries = {"username": rep.username, "first_name": "Kari", "last_name": "Nordmann", "language": "en"}
    saved = post_drawn(client, address, {**entries, "groups": rep.groups.get().pk}, follow=True)

    assert not User.objects.get(pk=rep.pk).is_active
    assert said in saved.content.decode()
    assert "Disabled</span>" in client.get(first.get_absolute_url()).content.decode()
    listed = client.get("/opportunities/?owner=disabled").context["page"]
    assert {each.name for each in listed} == {"Ferries", "Lorries"}


def test_an_open_deal_is_marked_beside_its_disabled_owner_on_every_page(rep, colleague, manager, client_of):
    contact, competitor = factories.ContactFactory(account=AccountFactory(city="Oslo")), factories.CompetitorFactory()
    deal = opportunity_in(QUALIFY, owner=rep, account=contact.account, contact=contact)
    other = opportunity_in(QUALIFY, owner=manager)
    factories.add_competitor(deal, competitor=competitor)
    stakeholder = factories.add_stakeholder(other, contact=contact)
    factories.ask(deal)
    closed = factories.lost_opportunity(owner=rep)
    today = timezone.localdate()
    absences.add(person=rep, deputy=colleague, first_day=today, last_day=today, by=rep, today=today)
    of_manager, of_deputy = client_of(manager), client_of(colleague)
    pages = [
        *((of_manager, path) for path in ("/", "/opportunities/", "/opportunities/board/", deal.get_absolute_url())),
        *((of_manager, each.get_absolute_url()) for each in (contact.account, contact, competitor)),
        (of_manager, f"{other.get_absolute_url()}stakeholders/{stakeholder.pk}/opportunities/"),
        (of_deputy, f"/?person={rep.pk}"),
    ]

    def read(disabled="Disabled"):
        """The pages with the mark beside the name, and those without; the number of queries of each."""
        found, cost = {True: [], False: []}, []
        for client, path in pages:
            with CaptureQueriesContext(connection) as queries:
                page = client.get(path)
            assert page.status_code == 200, path
            mark = rf'Kari Nordmann\s*<span class="tag is-warn">{disabled}</span>'
            found[bool(re.search(mark, page.content.decode()))].append(path)
            cost.append(len(queries))
        return found[True], found[False], cost

    read()  # the first request of a person stores more
    marked, _without, cost = read()
    assert marked == []
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert read()[1:] == ([], cost)
    assert "Disabled</span>" not in of_manager.get(closed.get_absolute_url()).content.decode()
    for client in (of_manager, of_deputy):
        client.cookies["django_language"] = "nb"
    assert read("Deaktivert")[1] == []


def test_the_database_refuses_a_hand_over_to_the_same_person(rep, manager):
    with pytest.raises(IntegrityError):
        HandOver.objects.create(giver=rep, taker=rep, by=manager, at=factories.NOW)


def test_a_deputy_gives_nothing_away_for_the_person_who_is_away(work, rep, taker, manager, client_of):
    unit_lead = UserFactory(role=SALES_MANAGER)
    UnitFactory(lead=unit_lead)
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    User.objects.filter(pk=unit_lead.pk).update(sees_all=False)
    today = timezone.localdate()
    absences.add(person=manager, deputy=unit_lead, first_day=today, last_day=today, by=manager, today=today)

    assert Opportunity.objects.visible_to(User.objects.get(pk=unit_lead.pk)).filter(owner=rep).exists()
    assert client_of(unit_lead).get(f"/hand-over/from/{rep.pk}/").status_code == 404


def test_a_row_that_the_manager_may_not_see_is_answered_as_one_that_is_missing(rep, taker, client_of):
    lead = UserFactory(role=SALES_MANAGER)
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    own, hidden = opportunity_in(QUALIFY, owner=rep), opportunity_in(QUALIFY, owner=taker)
    factories.add_team_member(hidden, user=rep)
    task = factories.plan(hidden, owner=rep)
    client, address = client_of(lead), f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)
    marks = [f"o{own.pk}.{own.version}", f"o{hidden.pk}.1", f"t{task.pk}.1", "o999999.1", "t999999.1"]
    form.fields["named"] = ",".join(marks)
    form.fields.setlist("ticked", marks)

    form.press(client, "Hand over what is ticked", taker=str(taker.pk))

    outcomes = [row["outcome"] for row in HandOver.objects.get().rows]
    assert outcomes == ["moved", *["owner_changed"] * 4]


# Groups


def test_the_rows_are_grouped_with_counts_and_a_group_is_chosen_whole(work, rep, taker, manager, client_of):
    first, second, _others, account = work
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    page = client.get(address)
    shown = " ".join(page.content.decode().split())
    for sentence in ("All 2 open opportunities", "The 1 task on an opportunity of another", "The 1 account"):
        assert sentence in shown

    form = Form(page, address)
    form.press(client, "Hand over what is ticked", taker=str(taker.pk), ticked=None, all="opportunity")

    assert [reread(each).owner for each in (first, second)] == [taker, taker]
    assert Account.objects.get(pk=account.pk).owner == rep


def test_a_group_that_goes_over_several_pages_is_chosen_whole(rep, taker, manager, client_of):
    for number in range(paging.ROWS_OF_A_LIST + 1):
        AccountFactory(name=f"Account {number}", owner=rep)
    kept = opportunity_in(QUALIFY, owner=rep)
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)

    form.press(client, "Hand over those ticked on this page", taker=str(taker.pk), ticked=None, all="account")
    row_runs.work_on.call("hand_over", HandOver.objects.get().pk)

    assert Account.objects.filter(owner=taker).count() == paging.ROWS_OF_A_LIST + 1
    assert reread(kept).owner == rep


# Undo


def handed_over(client, rep, taker, **changes):
    """The address of the report of a hand-over of everything."""
    address = f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)
    return form.press(client, "Hand over what is ticked", taker=str(taker.pk), **changes)["Location"]


def undone(client, report):
    page = client.get(report)
    return Form(page, f"{report}undo/").press(client, "Undo the hand-over")


@pytest.mark.parametrize("stays", ["on", None])
def test_a_hand_over_is_undone_and_leaves_everything_as_it_was(work, rep, taker, manager, client_of, stays):
    first, second, others, account = work
    factories.add_team_member(first, user=taker)
    factories.add_team_member(others, user=taker)
    own = factories.plan(first, text="Of the taker", owner=taker)
    factories.add_team_member(second, user=rep)
    before = {each.pk: sorted(each.team_members.values_list("user", "role")) for each in (first, second)}
    client = client_of(manager)
    report = handed_over(client, rep, taker, stays=stays)
    assert Task.objects.get(text="Write the offer").owner == taker

    answer = undone(client, report)

    assert answer.status_code == 303
    assert [reread(each).owner for each in (first, second)] == [rep, rep]
    assert {each.pk: sorted(each.team_members.values_list("user", "role")) for each in (first, second)} == before
    assert {task.text: task.owner for task in Task.objects.all()} == {
        "Call Berit": rep,
        "Of the taker": taker,
        "Write the offer": rep,
    }
    assert own.pk
    assert Account.objects.get(pk=account.pk).owner == rep
    assert (HandOver.objects.get().undone_by, first.events.latest("version").by) == (manager, manager)
    assert "Undone by Ingrid Dahl" in " ".join(client.get(report).content.decode().split())
    again = client.post(f"{report}undo/", {"token": once.new_token()})
    assert again.status_code == 409
    assert "was undone already" in again.content.decode()


def test_an_undo_that_is_sent_twice_is_one(work, rep, taker, manager, client_of):
    client = client_of(manager)
    report = handed_over(client, rep, taker)
    form = Form(client.get(report), f"{report}undo/")

    assert [form.press(client, "Undo the hand-over").status_code for _ in range(2)] == [303, 303]
    assert work[0].events.filter(changes__0__field="owner").count() == 2


def test_what_changed_since_is_named_and_nothing_is_undone(work, rep, colleague, taker, manager, client_of):
    first, second, _others, account = work
    client = client_of(manager)
    report = handed_over(client, rep, taker)
    form = Form(client.get(report), f"{report}undo/")
    factories.complete(first.tasks.get(text="Call Berit"))
    factories.edit(second, by=manager, owner=colleague)
    Account.objects.filter(pk=account.pk).update(owner=colleague)

    with unchanged():
        refused = form.press(client, "Undo the hand-over")

    assert refused.status_code == 409
    for page in (refused, client.get(report)):
        shown = page.content.decode()
        assert "task “Call Berit”" in shown
        assert "opportunity “Lorries”" in shown
        assert "account “Fjord AS”" in shown
        assert "Undo the hand-over</button>" not in shown


@pytest.mark.sweep
def test_the_report_costs_the_same_for_many_rows(work, rep, taker, manager, client_of):
    client = client_of(manager)

    def cost(report):
        with CaptureQueriesContext(connection) as queries:
            assert "Undo the hand-over" in client.get(report).content.decode()
        return len(queries)

    few = cost(handed_over(client, rep, taker))
    for number in range(5):
        factories.plan(opportunity_in(QUALIFY, owner=rep), text=f"Call {number}")
        AccountFactory(owner=rep)

    assert cost(handed_over(client, rep, taker)) <= few <= 15


def test_what_the_taker_had_already_is_not_given_back(rep, taker, manager, client_of):
    own = opportunity_in(QUALIFY, owner=rep, name="Ferries")
    client, address = client_of(manager), f"/hand-over/from/{rep.pk}/"
    form = Form(client.get(address), address)
    factories.edit(own, by=manager, owner=taker)  # meanwhile
    report = form.press(client, "Hand over what is ticked", taker=str(taker.pk))["Location"]

    assert "1 of 1 handed over" in client.get(report).content.decode()
    assert "Undo the hand-over" not in client.get(report).content.decode()


def test_a_person_who_may_own_nothing_any_more_gets_nothing_back(work, rep, taker, manager, client_of):
    client = client_of(manager)
    report = handed_over(client, rep, taker)
    form = Form(client.get(report), f"{report}undo/")
    User.objects.filter(pk=rep.pk).update(is_active=False)

    with unchanged():
        refused = form.press(client, "Undo the hand-over")

    assert refused.status_code == 422
    assert "may own no opportunities any more" in refused.content.decode()


def test_only_the_manager_who_handed_over_undoes_it(work, rep, taker, manager, client_of):
    report = handed_over(client_of(manager), rep, taker)
    token = once.new_token()

    for person, status in ((UserFactory(role=SALES_MANAGER), 404), (rep, 404)):
        client = client_of(person)
        with unchanged():
            assert client.post(f"{report}undo/", {"token": token}).status_code == status
    client = client_of(manager)
    with unchanged():
        assert client.post(f"{report}undo/", {"token": None}).status_code == 400

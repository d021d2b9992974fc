"""A deputy acts for a person who is away, on the days of the absence and no others."""

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities import access
from opportunities.editing import NotAllowed
from opportunities.models import Opportunity
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER, Absence, User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DAY,
    DEVELOP,
    NOW,
    QUALIFY,
    TODAY,
    UnitFactory,
    UserFactory,
    opportunity_in,
    ready_opportunity,
    reread,
    step,
)
from tests.support.moves import ask_for_waiver
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def away(person, deputy, first=TODAY, last=TODAY + DAY):
    return absences.add(person=person, deputy=deputy, first_day=first, last_day=last, by=person, today=TODAY)


def test_a_deputy_sees_on_the_days_of_the_absence_only(rep, colleague):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    away(rep, colleague, TODAY + DAY, TODAY + 3 * DAY)

    days = [TODAY + number * DAY for number in range(5)]

    seen = [Opportunity.objects.visible_to(colleague, on=day).filter(pk=opportunity.pk).exists() for day in days]
    assert seen == [False, True, True, True, False]


def test_a_deputy_works_on_the_day_of_the_person_and_gives_nothing_away(rep, colleague, client_of):
    opportunity = ready_opportunity(QUALIFY, owner=rep, name="Lorries of Oslo")
    away(rep, colleague)
    client, page = client_of(colleague), opportunity.get_absolute_url()

    own, theirs = client.get("/"), client.get(f"/?person={rep.pk}")
    assert "Kari Nordmann’s day" in own.content.decode()
    assert "Lorries of Oslo" not in own.content.decode()
    assert "Lorries of Oslo" in theirs.content.decode()
    moved = Form(theirs, reverse("day_advance", args=[opportunity.pk])).press(client, "Next Stage")

    assert moved.status_code == 303
    assert reread(opportunity).active_stage.name == DEVELOP
    assert client.get(moved["Location"])["Location"].startswith(f"/?person={rep.pk}#day-")
    edit = client.get(f"{page}edit/")
    assert 'name="owner"' not in edit.content.decode()
    with unchanged():
        assert client.post(f"{page}team/add/", {"add-user": str(colleague.pk)}).status_code == 422
        with pytest.raises(NotAllowed, match="Only the owner and managers may change the owner"):
            factories.edit(opportunity, by=User.objects.get(pk=colleague.pk), owner=colleague)


def test_a_salesperson_who_is_the_deputy_of_a_lead_answers_requests(rep, colleague, client_of):
    lead = UserFactory(role=SALES_MANAGER)
    UnitFactory(name="North", lead=lead)
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(name="Oslo", lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.ask(opportunity)
    assert client_of(colleague).get(reverse("close_request", args=[opportunity.pk])).status_code == 404
    away(User.objects.get(pk=lead.pk), colleague)
    client = client_of(colleague)

    day = client.get("/")

    assert [row.opportunity for row in day.context["requests"].rows] == [opportunity]
    assert client.get(reverse("close_request", args=[opportunity.pk])).status_code == 200
    assert not access.may_lead(User.objects.get(pk=colleague.pk), opportunity)


# A deputy of a lead answers requests


ANSWERS = {
    "approve_close_request": ("close_request", "Waive and close as Lost", {"waive_because": "Bankrupt."}),
    "decline_close_request": ("close_request", "Decline", {"answer": "Call them."}),
    "approve_waiver_request": ("approve_waiver_request", "Approve", {"reason": "Agreed."}),
    "decline_waiver_request": ("decline_waiver_request", "Decline", {"answer": "Ask them."}),
}
"""How each request is answered: the page with the form, its button, and what is typed."""


def answer_form(client, opportunity, name):
    """The form of the page that answers a request, and its button with what is typed."""
    page, button, typed = ANSWERS[name]
    of = [opportunity.pk] if page == "close_request" else [opportunity.pk, step("customer_need").pk]
    shown = client.get(reverse(page, args=of))
    action = reverse("approve_close_request", args=of) if page == "close_request" else None
    form = Form(shown, action)
    form.action = action or reverse(page, args=of)
    return lambda: form.press(client, button, **typed)


@pytest.fixture
def lead(rep):
    """The lead of the unit of the salesperson, who sees no other opportunities."""
    lead = UserFactory(role=SALES_MANAGER, first_name="Nina", last_name="Holm")
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(name="Oslo", lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    return User.objects.get(pk=lead.pk)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_deputy_answers_requests_on_their_pages_until_the_day_after(rep, colleague, lead, client_of, name):
    opportunities = [opportunity_in(DEVELOP, owner=rep) for _ in range(2)]
    for opportunity in opportunities:
        factories.ask(opportunity, description="Bankrupt")
        ask_for_waiver(reread(opportunity), "customer_need")
    away(lead, colleague, last=TODAY)
    client = client_of(colleague)
    first, later = (answer_form(client, opportunity, name) for opportunity in opportunities)

    answer = first()
    with time_machine.travel(NOW + DAY, tick=False):
        client.force_login(colleague)  # a new day, and a new session
        with unchanged():
            refused = later()

    assert (answer.status_code, refused.status_code) == (303, 404)
    event, table = opportunities[0].events.first(), "close_requests" if "close" in name else "waiver_requests"
    assert event.by == colleague
    assert getattr(opportunities[0], table).get().answered_by == colleague
    assert getattr(opportunities[1], table).get().answered_at is None


def test_who_can_see_names_the_deputy_and_for_whom(rep, colleague, client_of):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    away(rep, colleague)

    page = client_of(rep).get(reverse("who_sees", args=[opportunity.pk]))

    groups = {group.why: [str(person) for person in group.people] for group in page.context["groups"]}
    assert groups["deputy"] == ["Ola Hansen"]
    assert "for Kari Nordmann until" in page.content.decode()


@pytest.mark.sweep
def test_pages_cost_a_deputy_the_same_number_of_queries(rep, colleague, client_of):
    client = client_of(colleague)

    def costs():
        counts = []
        for place in ("/", "/opportunities/", "/funnel/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(place).status_code == 200
            counts.append(len(queries))
        return counts

    opportunity_in(QUALIFY, owner=colleague)
    alone = costs()
    for _ in range(3):
        person = UserFactory()
        opportunity_in(QUALIFY, owner=person)
        away(person, colleague)

    assert client.get("/opportunities/").context["page"].paginator.count == 4
    few = costs()
    assert few[0] <= 15
    assert few[1:] <= [alone[1] + 1, alone[2] + 1]  # the list offers owners to choose from


# The page of absences


def test_a_person_names_a_deputy_and_ends_the_absence(rep, colleague, client_of):
    client = client_of(rep)
    page = client.get("/absences/")
    form = Form(page, "/absences/")

    entries = {"deputy": str(colleague.pk), "first_day": TODAY.isoformat(), "last_day": (TODAY + DAY).isoformat()}
    for _ in range(2):  # sent twice is once
        assert form.press(client, "Save", **entries).status_code == 303

    absence = Absence.objects.get()
    assert (absence.person, absence.deputy, absence.set_by) == (rep, colleague, rep)
    assert "Ola Hansen acts for Kari Nordmann" in client.get("/absences/").content.decode()
    deputy = client_of(colleague)
    with unchanged():
        assert deputy.post(reverse("absence_remove", args=[absence.pk])).status_code == 404
    assert client.post(reverse("absence_remove", args=[absence.pk])).status_code == 303
    assert not Absence.objects.exists()


def test_wrong_days_and_deputies_are_refused_beside_the_field(rep, colleague, client_of):
    away(rep, colleague, TODAY + 10 * DAY, TODAY + 12 * DAY)
    client = client_of(rep)
    reader = UserFactory(role="Colleague (read only)")
    for deputy, first, last, field, sentence in (
        (rep, 0, 1, "deputy", "Choose another person as the deputy."),
        (reader, 0, 1, "deputy", "This choice is not available"),
        (colleague, 2, 1, "last_day", "The last day is before the first day."),
        (colleague, -3, -1, "last_day", "This day is past."),
        (colleague, 9, 10, "first_day", "There is an absence from"),
    ):
        days = {"first_day": (TODAY + first * DAY).isoformat(), "last_day": (TODAY + last * DAY).isoformat()}
        with unchanged():
            refused = client.post("/absences/", {"deputy": str(deputy.pk), **days})
        assert refused.status_code == 422, sentence
        assert sentence in str(refused.context["form"].errors[field])


def test_a_lead_sets_the_absence_of_their_people_and_of_no_others(rep, colleague, client_of):
    lead = UserFactory(role=SALES_MANAGER)
    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(lead=lead))
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    client = client_of(lead)
    days = {"first_day": TODAY.isoformat(), "last_day": TODAY.isoformat()}

    with unchanged():
        refused = client.post("/absences/", {"person": str(colleague.pk), "deputy": str(lead.pk), **days})
    assert refused.status_code == 422
    assert client.post("/absences/", {"person": str(rep.pk), "deputy": str(lead.pk), **days}).status_code == 303
    assert Absence.objects.get().person == rep


def test_the_database_refuses_a_deputy_of_oneself_and_days_in_the_wrong_order(rep, colleague):
    for deputy, last in ((rep, TODAY), (colleague, TODAY - DAY)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.create(person=rep, deputy=deputy, set_by=rep, first_day=TODAY, last_day=last)


def test_nobody_names_a_deputy_for_a_person_with_more_rights(rep, manager, client_of):
    lead, superuser = UserFactory(role=SALES_MANAGER), UserFactory(is_superuser=True)
    unit = UnitFactory(lead=lead)
    User.objects.filter(pk__in=[rep.pk, manager.pk, superuser.pk]).update(unit=unit)
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    away(manager, rep, TODAY + 9 * DAY, TODAY + 9 * DAY)
    lead, manager = User.objects.get(pk=lead.pk), User.objects.get(pk=manager.pk)

    assert set(access.people_whose_absence_may_be_set(lead)) == {lead, rep}
    assert superuser not in access.people_whose_absence_may_be_set(manager)
    entries = {"person": manager.pk, "deputy": lead.pk, "first_day": TODAY, "last_day": TODAY}
    client = client_of(lead)
    form = Form(client.get("/absences/"), "/absences/")
    form.fields.update({name: str(value) for name, value in entries.items()})
    with unchanged():
        answer = form.press(client, "Save")
        ended = client.post(reverse("absence_remove", args=[Absence.objects.get().pk]))
    assert (answer.status_code, ended.status_code) == (422, 404)

"""What a person sees follows the units: on every page, for any tree, at the same number of queries."""

import html
import io
import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opportunities import access
from opportunities.editing import NotAllowed
from opportunities.models import Opportunity, TeamMember
from opportunities.verify import run as verification
from salesflow.users import units
from salesflow.users.models import COLLEAGUE, ROLES, SALES_MANAGER, SALESPERSON, SELLING_ROLES, Absence, Unit, User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.examples import examples
from tests.support.factories import DEVELOP, QUALIFY, UnitFactory, UserFactory, opportunity_in, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(rep):
    """The lead of the unit of the rep, who does not see all."""
    lead = UserFactory(role=SALES_MANAGER, first_name="Nina", last_name="Holm")
    unit = UnitFactory(name="North", lead=lead)
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    User.objects.filter(pk=rep.pk).update(unit=unit)
    return User.objects.get(pk=lead.pk)


@pytest.fixture
def reader(lead):
    return UserFactory(role=COLLEAGUE, first_name="Petter", last_name="Sand", unit=Unit.objects.get(name="North"))


# On the pages


def test_every_page_shows_a_lead_and_a_reader_what_is_in_their_unit_and_nothing_else(
    rep, colleague, lead, reader, client_of
):
    rival = factories.CompetitorFactory()
    for owner, name in ((rep, "Lorries of Oslo"), (colleague, "Ferries of Malmø")):
        opportunity = opportunity_in(DEVELOP, owner=owner, name=name)
        factories.add_competitor(opportunity, competitor=rival)
        factories.ask(opportunity)
    places = ["/opportunities/", f"/competitors/{rival.pk}/", "/opportunities/?status=all&sort=owner"]

    for who, more in ((lead, ["/"]), (reader, [])):
        client = client_of(who)
        for place in places + more:
            page = client.get(place).content.decode()
            assert "Lorries of Oslo" in page, (who, place)
            assert "Ferries of Malm" not in page, (who, place)
            assert str(colleague) not in page, (who, place)
        funnel = client.get("/funnel/")
        of_stages = next(table for table in funnel.context["tables"] if table.table.key == "stages")
        assert [row.row.figures[0].value for row in of_stages.rows] == [0, 1, 0, 0]
        assert client.get(f"/opportunities/?owner={rep.pk}").content.decode().count("Lorries of Oslo")
        refused = client.get(f"/opportunities/?owner={colleague.pk}").content.decode()
        assert "There is no such person." in refused
        assert "Ferries" not in refused
    assert next(iter(client_of(lead).get("/").context["reps"].rows[0].counts.items())) == ("open", 1)


def test_a_lead_answers_the_requests_of_the_unit_and_no_others(rep, colleague, lead, client_of):
    inside, outside = opportunity_in(DEVELOP, owner=rep), opportunity_in(DEVELOP, owner=colleague)
    for opportunity in (inside, outside):
        factories.ask(opportunity)

    day = client_of(lead).get("/").context

    assert [row.opportunity for row in day["requests"].rows] == [inside]
    assert client_of(lead).get(reverse("close_request", args=[inside.pk])).status_code == 200
    assert client_of(lead).get(reverse("close_request", args=[outside.pk])).status_code == 404


def test_the_admin_shows_a_lead_what_is_in_the_unit_and_nothing_else(rep, colleague, lead, client_of):
    inside, outside = (opportunity_in(QUALIFY, owner=owner) for owner in (rep, colleague))
    client, kind = client_of(lead), ContentType.objects.get_for_model(Opportunity).pk

    listed = client.get("/admin/opportunities/opportunity/").content.decode()

    assert (inside.name in listed, outside.name in listed) == (True, False)
    for opportunity, expected in ((inside, [200, 200, 302]), (outside, [302, 302, 404])):
        page = f"/admin/opportunities/opportunity/{opportunity.pk}"
        addresses = (f"{page}/change/", f"{page}/history/", f"/admin/r/{kind}/{opportunity.pk}/")
        assert [client.get(address).status_code for address in addresses] == expected


def test_a_person_who_changes_units_takes_no_opportunity_along(rep, lead):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    before = reread(opportunity)

    User.objects.filter(pk=rep.pk).update(unit=UnitFactory(name="South"))

    assert vars(reread(opportunity)).items() >= {"owner_id": rep.pk, "version": before.version}.items()
    assert not Opportunity.objects.visible_to(lead).exists()


@pytest.mark.sweep
def test_pages_cost_a_lead_of_many_the_same_number_of_queries(lead, client_of):
    client, unit = client_of(lead), Unit.objects.get(name="North")

    def add(number):
        for _ in range(number):
            opportunity_in(QUALIFY, owner=UserFactory(unit=unit))

    def costs():
        counts = {}
        for place in ("/", "/opportunities/", "/funnel/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(place).status_code == 200
            counts[place] = len(queries)
        return counts

    add(2)
    few = costs()
    add(6)

    assert costs() == few
    assert max(few.values()) <= 15


@pytest.mark.sweep
def test_the_page_of_an_opportunity_costs_a_manager_on_its_team_as_many_queries_as_the_lead(rep, lead, client_of):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    other = UserFactory(role=SALES_MANAGER)
    factories.add_team_member(opportunity, user=other)
    factories.ask(reread(opportunity))
    costs = []
    for who in (lead, other):
        client = client_of(who)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(opportunity.get_absolute_url()).status_code == 200
        costs.append(len(queries))

    assert costs[1] == costs[0] <= 14


# A colleague who only reads


def status(client, link):
    answer = client.get(link)
    if answer.streaming:
        b"".join(answer)  # closes the file
    return answer.status_code


@pytest.mark.sweep
@pytest.mark.parametrize("made", [factories.ready_opportunity, factories.won_opportunity])
def test_a_reader_sees_values_as_text_and_nothing_that_would_be_refused(made, rep, reader, client_of):
    opportunity = made(DEVELOP, owner=rep) if made is factories.ready_opportunity else made(owner=rep)
    factories.write_note(opportunity, text="They decide in May.")
    factories.upload(opportunity)
    factories.file_debrief(opportunity)
    client, address = client_of(reader), opportunity.get_absolute_url()
    stage = f"stage={factories.stage(DEVELOP).pk}"
    tabs = ("timeline", "stakeholders", "competitors", "team", "notes", "tasks", "files")

    pages = [f"{address}?{stage}&tab={tab}" for tab in tabs]
    bodies = {page: client.get(page).content.decode() for page in [*pages, "/", "/opportunities/", "/competitors/"]}

    for page, body in bodies.items():
        main = body[body.index("<main") : body.index("</main>")]
        assert "New opportunity" not in body
        if page in pages:
            assert "You can read this deal." in main
            assert "Kari Nordmann and the managers who see it can change it" in main
            assert "To know where every lorry is." in main
            assert "<form" not in main, page
            assert "<button" not in main, page
    links = {html.unescape(link) for body in bodies.values() for link in re.findall(r'href="(/[^"]*)"', body)}
    refused = {link for link in links if not link.startswith("/static/") and status(client, link) >= 400}
    assert refused == set()
    assert "They decide in May." in bodies[pages[tabs.index("notes")]]


def test_a_reader_on_the_team_reads_a_deal_of_another_unit(rep, colleague, reader, client_of):
    opportunity = opportunity_in(QUALIFY, owner=colleague)
    client = client_of(reader)
    assert client.get(opportunity.get_absolute_url()).status_code == 404

    factories.add_team_member(opportunity, user=reader)

    assert client.get(opportunity.get_absolute_url()).status_code == 200
    with unchanged():
        assert client.post(f"{opportunity.get_absolute_url()}save/").status_code == 403


def test_a_reader_is_not_offered_and_not_accepted_as_owner_of_a_deal_or_a_task(rep, reader, client_of):
    opportunity = opportunity_in(QUALIFY, owner=rep)
    client = client_of(rep)

    for picker in ("seller", "person"):
        found = client.get(f"/pick/{picker}/?name=owner&owner_text=Petter").content.decode()
        assert ("Petter Sand" in found) == (picker == "person")
    with unchanged():
        with pytest.raises(NotAllowed, match=r"Petter Sand may only read\."):
            factories.edit(opportunity, owner=reader)
        with pytest.raises(NotAllowed, match=r"Petter Sand may only read this opportunity\."):
            factories.plan(opportunity, owner=reader)


# Who can see this, and why


def test_the_page_says_who_sees_a_deal_and_why(rep, colleague, lead, reader, manager, client_of):
    top = UnitFactory(name="Norway", lead=UserFactory(role=SALES_MANAGER, first_name="Top", last_name="Lead"))
    Unit.objects.filter(name="North").update(parent=top)
    User.objects.filter(pk=manager.pk).update(sees_all=True)
    opportunity = opportunity_in(QUALIFY, owner=User.objects.get(pk=rep.pk))
    factories.add_team_member(opportunity, user=colleague)

    page = client_of(reader).get(reverse("who_sees", args=[opportunity.pk]))

    assert {group.why: [str(person) for person in group.people] for group in page.context["groups"]} == {
        "owner": ["Kari Nordmann"],
        "team": ["Ola Hansen"],
        "lead": ["Nina Holm", "Top Lead"],
        "colleague": ["Petter Sand"],
        "sees_all": ["Ingrid Dahl"],
        "deputy": [],
    }
    assert "Kari Nordmann belongs to the unit North." in page.content.decode()


@pytest.mark.sweep
def test_of_many_people_the_page_names_the_first_and_links_to_all_at_the_same_cost(rep, lead, client_of):
    opportunity = opportunity_in(QUALIFY, owner=User.objects.get(pk=rep.pk))
    unit, address = Unit.objects.get(name="North"), reverse("who_sees", args=[opportunity.pk])
    client = client_of(lead)

    def page_with(number):
        for _ in range(number):
            UserFactory(role=COLLEAGUE, unit=unit)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        return page, len(queries)

    _few, cost = page_with(12)
    page, cost_of_many = page_with(10)

    group = next(group for group in page.context["groups"] if group.why == "colleague")
    assert (group.count, len(group.people), group.shows_some) == (22, 10, True)
    assert "All 22 people" in page.content.decode()
    assert len(client.get(f"{address}?why=colleague").context["page"]) == 22
    assert client.get(f"{address}?why=magic").status_code == 404
    assert cost == cost_of_many <= 15


# Any tree


def _of(model):
    """The rows of a model, past its managers and their guards."""
    return models.QuerySet(model).order_by("pk")


@st.composite
def organisations(draw):
    """Units as their parents, leads, people as (role, unit, sees_all), owners and teams, pairs of (away, deputy)."""
    count = draw(st.integers(0, 5))
    a_unit = st.none() | st.integers(0, count - 1) if count else st.none()
    a_person = st.integers(0, 5)
    parents = [draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(count)]
    leads = [draw(st.none() | a_person) for _ in range(count)]
    roles = st.sampled_from([SALESPERSON, SALES_MANAGER, SALES_MANAGER, COLLEAGUE, None])
    people = [(draw(roles), draw(a_unit), draw(st.booleans())) for _ in range(6)]
    deals = [(draw(a_person), draw(st.sets(a_person, max_size=2))) for _ in range(5)]
    pairs = st.tuples(a_person, a_person).filter(lambda pair: pair[0] != pair[1])
    return parents, leads, people, deals, draw(st.sets(pairs, max_size=3))


def below(parents, unit):
    """The unit and all units below it."""
    found = {unit}
    while more := {each for each, parent in enumerate(parents) if parent in found} - found:
        found |= more
    return found


def expected(organisation, who, deal):
    """Whether the person may see, edit, lead and waive, by the words of process.md, also as a deputy."""
    people, pairs = organisation[2], organisation[4]
    as_themselves = expected_alone(organisation, who, deal)
    if people[who][0] not in SELLING_ROLES:
        return as_themselves
    absent = [expected_alone(organisation, away, deal) for away, deputy in pairs if deputy == who]
    sees, edits, _leads, waives = (any(rights) for rights in zip(as_themselves, *absent, strict=True))
    return sees, edits, as_themselves[2], waives


def expected_alone(organisation, who, deal):
    parents, leads, people, deals, _pairs = organisation
    (role, unit, sees_all), (owner, team) = people[who], deals[deal]
    led = {each for led in range(len(parents)) if leads[led] == who for each in below(parents, led)}
    unit_of_owner = people[owner][1]
    own, on_team = who == owner, who in team
    match role:
        case "Sales manager":
            sees = own or on_team or sees_all or not parents or unit_of_owner in led
            return (sees,) * 4
        case "Salesperson":
            return own or on_team, own or on_team, own, False
        case "Colleague (read only)":
            return own or on_team or (unit is not None and unit == unit_of_owner), False, False, False
    return (False,) * 4


@pytest.mark.machine
@settings(
    max_examples=examples(80),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(organisation=organisations())
def test_for_any_tree_access_is_what_a_plain_model_says(organisation, six_people, five_deals):
    arrange(organisation, six_people, five_deals)
    seen = {}
    for who, person in enumerate(six_people):
        user = User.objects.get(pk=person.pk)
        visible = set(Opportunity.objects.visible_to(user).values_list("pk", flat=True))
        of_owners = Opportunity.objects.filter(owner__in=access.owners(user))
        assert visible.issuperset(of_owners.values_list("pk", flat=True)), (organisation, who)
        on_teams = set(_of(TeamMember).values_list("opportunity", flat=True))
        of_visible = set(access.of_visible(_of(TeamMember), user).values_list("opportunity", flat=True))
        assert of_visible == on_teams & visible, (organisation, who)
        deals = Opportunity.objects.in_bulk(five_deals)
        for number, pk in enumerate(five_deals):
            deal = deals[pk]
            rights = (access.may_read, access.may_edit, access.may_lead, access.may_waive)
            found = tuple(may(user, deal) for may in rights)
            assert found == expected(organisation, who, number), (organisation, who, number)
            assert (pk in visible) == found[0]
            seen.setdefault(pk, set()).update({user.pk} if found[0] else set())
    for pk, people in seen.items():
        deal = Opportunity.objects.get(pk=pk)
        reasons = access.readers(deal, units.with_those_above(deal.owner.unit_id), on=timezone.localdate())
        assert {person.pk for named in reasons.values() for person in named} == people


def arrange(organisation, people, deals):
    """Makes the organisation of these people and opportunities."""
    parents, leads, persons, shares, pairs = organisation
    Absence.objects.all().delete()
    User.objects.update(unit=None)
    _of(Unit).update(parent=None)
    _of(Unit).delete()
    made = []
    for number, parent in enumerate(parents):
        lead = None if leads[number] is None else people[leads[number]]
        made.append(
            Unit.objects.create(name=f"Unit {number}", parent=None if parent is None else made[parent], lead=lead)
        )
    User.groups.through.objects.all().delete()
    groups = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
    for person, (role, unit, sees_all) in zip(people, persons, strict=True):
        User.objects.filter(pk=person.pk).update(unit=None if unit is None else made[unit], sees_all=sees_all)
        if role:
            person.groups.add(groups[role])
    _of(TeamMember).delete()
    for pk, (owner, team) in zip(deals, shares, strict=True):
        _of(Opportunity).filter(pk=pk).update(owner=people[owner])
        rows = [TeamMember(opportunity_id=pk, user=people[member]) for member in sorted(team)]
        _of(TeamMember).bulk_create(rows)
    today = timezone.localdate()
    for away, deputy in pairs:
        away, deputy = people[away], people[deputy]
        Absence.objects.create(person=away, deputy=deputy, set_by=away, first_day=today, last_day=today)


@pytest.fixture
def six_people():
    return [UserFactory(role=None) for _ in range(6)]


@pytest.fixture
def five_deals(rep):
    return [opportunity_in(QUALIFY, owner=rep).pk for _ in range(5)]


# Verify


def test_verify_reports_a_circle_of_units_and_remarks_on_a_lead_who_sees_nothing(rep, lead):
    north = Unit.objects.get(name="North")
    south = UnitFactory(name="South", parent=north)
    _of(Unit).filter(pk=north.pk).update(parent=south)
    User.objects.filter(pk=lead.pk).update(is_active=False)

    faults = [fault.what for fault in verification.faults() if not fault.is_remark]
    remarks = [fault.what for fault in verification.faults() if fault.is_remark]

    assert faults == ["“North” is part of itself", "“South” is part of itself"]
    assert len(remarks) == 1
    assert "Nina Holm" in remarks[0]
    assert User.objects.get(pk=lead.pk).standing.led_units == {north.pk, south.pk}


def test_a_remark_lets_verify_succeed(lead):
    User.objects.filter(pk=lead.pk).update(is_active=False)
    printed = io.StringIO()

    call_command("verify", stdout=printed)

    assert "No fault: unit “North” is led by Nina Holm" in printed.getvalue()
    assert "No faults." in printed.getvalue()

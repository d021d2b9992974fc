"""The admin pages of units: who makes them, what is refused, and what the first one changes."""

import pytest

from salesflow.users.models import SALES_MANAGER, SALESPERSON, Unit, User
from tests.support.db_assertions import unchanged
from tests.support.factories import UnitFactory, UserFactory
from tests.support.pages import post_drawn

pytestmark = pytest.mark.django_db

ADD, UNITS, USERS = "/admin/users/unit/add/", "/admin/users/unit/", "/admin/users/user/"


def page(unit):
    return f"{UNITS}{unit.pk}/change/"


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def manager_client(manager, client_of):
    return client_of(manager)


def test_the_first_unit_keeps_the_sight_of_the_managers_of_today_and_its_page_says_so(manager_client, manager, rep):
    before = manager_client.get(ADD).content.decode()
    post_drawn(manager_client, ADD, {"name": "Sales", "parent": "", "lead": manager.pk})
    later = UserFactory(role=SALES_MANAGER)

    assert "Until now every sales manager sees all opportunities." in before
    assert "Until now" not in manager_client.get(ADD).content.decode()
    unit = Unit.objects.get()
    assert (unit.name, unit.parent, unit.lead) == ("Sales", None, manager)
    assert [fresh(user).sees_all for user in (manager, rep, later)] == [True, False, False]
    assert [fresh(user).sees_everything for user in (manager, rep, later)] == [True, False, False]


def test_without_units_every_manager_sees_all_and_the_page_of_a_user_has_no_field_for_it(manager_client, manager, rep):
    html = manager_client.get(f"{USERS}{rep.pk}/change/").content.decode()

    assert fresh(manager).sees_everything
    assert "While there are no units, every sales manager sees all opportunities." in html
    assert 'name="sees_all"' not in html
    assert 'name="unit"' not in html


def test_a_manager_puts_a_person_into_a_unit_and_gives_and_takes_the_right_to_see_all(manager_client, manager, rep):
    unit, other = UnitFactory(), UserFactory(role=SALES_MANAGER)
    for user, changed in ((rep, {"unit": unit.pk}), (other, {"sees_all": "on"})):
        groups = user.groups.get().pk
        names = {name: getattr(user, name) for name in ("username", "first_name", "last_name", "email", "language")}
        entries = {**names, "groups": groups, "is_active": "on", "unit": "", **changed}
        post_drawn(manager_client, f"{USERS}{user.pk}/change/", entries)

    assert fresh(rep).unit == unit
    assert fresh(other).sees_everything
    assert (
        manager_client.get(f"{USERS}?unit__id__exact={unit.pk}").content.decode().count('class="field-username"') == 1
    )


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Beside"}, "Another unit has this name."),
        ({"name": "\u202eX"}, "The text contains a character that cannot be used here"),
        ({"parent": "below"}, "“Below” is part of “Top”."),
        ({"parent": "top"}, "“Top” is part of “Top”."),
        ({"lead": "rep"}, "Select a valid choice."),
        ({"lead": "9" * 30}, "Select a valid choice."),
        ({"lead": "disabled"}, "Old Lead is not a sales manager with an active account."),
    ],
)
def test_an_entry_that_is_no_tree_or_no_lead_is_refused_beside_the_field(manager_client, rep, entries, sentence):
    disabled = UserFactory(role=SALES_MANAGER, first_name="Old", last_name="Lead", is_active=False)
    top = UnitFactory(name="Top", lead=disabled if entries.get("lead") == "disabled" else None)
    below = UnitFactory(name="Below", parent=UnitFactory(name="Between", parent=top))
    UnitFactory(name="Beside")
    ids = {"below": below.pk, "top": top.pk, "rep": rep.pk, "disabled": disabled.pk}
    posted = {
        "name": "Top",
        "parent": "",
        "lead": "",
        **{name: ids.get(value, value) for name, value in entries.items()},
    }

    with unchanged():
        answer = post_drawn(manager_client, page(top), posted)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_a_unit_in_use_is_not_deleted_and_the_page_says_what_uses_it(manager_client, rep):
    top = UnitFactory(name="Top")
    below = UnitFactory(name="Below", parent=top)
    User.objects.filter(pk=rep.pk).update(unit=top)

    with unchanged():
        answer = manager_client.get(f"{UNITS}{top.pk}/delete/", follow=True)

    assert "“Top” has 1 person and 1 unit below it. Move them to another unit first." in answer.content.decode()
    post_drawn(manager_client, f"{UNITS}{below.pk}/delete/", {"post": "yes"})
    assert list(Unit.objects.all()) == [top]


def test_the_list_says_how_many_people_a_unit_has_and_who_leads_it_and_finds_by_name(manager_client, rep):
    lead = UserFactory(role=SALES_MANAGER, first_name="Old", last_name="Lead", is_active=False)
    unit = UnitFactory(name="Top", lead=lead)
    UnitFactory(name="Salg sør")
    User.objects.filter(pk=rep.pk).update(unit=unit)

    html = manager_client.get(UNITS).content.decode()
    found = manager_client.get(UNITS, {"q": "SØR"}).content.decode()

    assert f'<a href="{USERS}?unit__id__exact={unit.pk}">1 person</a>' in html
    assert html.count("The lead’s account is disabled") == 1
    assert html.count("No lead") == 1
    assert ("Salg sør" in found, ">Top<" in html, ">Top<" in found) == (True, True, False)


def test_a_manager_who_does_not_see_all_changes_no_users_units_and_definitions(manager, client_of):
    unit = UnitFactory(lead=manager)
    User.objects.filter(pk=manager.pk).update(sees_all=False)
    client = client_of(fresh(manager))

    with unchanged():
        for place in (UNITS, ADD, page(unit), USERS, "/admin/stages/process/", "/admin/opportunities/statusreason/"):
            assert [client.get(place).status_code, client.post(place).status_code] == [403, 403], place
        found = client.get("/admin/autocomplete/?term=&app_label=opportunities&model_name=opportunity&field_name=owner")
    assert found.status_code == 200
    assert client.get("/admin/opportunities/opportunity/").status_code == 200


def test_what_a_user_is_costs_one_query_with_and_without_units(manager, django_assert_num_queries):
    for _ in range(2):
        user = fresh(manager)
        with django_assert_num_queries(1):
            assert (user.is_manager, user.sees_everything, user.has_role) == (True, True, True)
        UnitFactory(parent=UnitFactory(lead=manager))
    assert len(fresh(manager).standing.led_units) == 4
    assert SALESPERSON not in fresh(manager).roles

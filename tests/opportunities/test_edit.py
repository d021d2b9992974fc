"""The edit page: saving, refusals, changes by two users, and a change of the owner."""

import datetime
from decimal import Decimal

import pytest

from opportunities.customers.models import Account
from opportunities.models import Event
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DEVELOP,
    AccountFactory,
    ContactFactory,
    OpportunityFactory,
    UserFactory,
    add_team_member,
    edit,
    opportunity_in,
    reread,
    won_opportunity,
)
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

FIELDS = (
    "name",
    "account",
    "contact",
    "owner",
    "estimated_revenue",
    "estimated_close_date",
    "probability",
    "rating",
    "forecast_category",
    "description",
)


def page_of(opportunity):
    return f"/opportunities/{opportunity.pk}/edit/"


def seen(opportunity, **typed):
    """What the page posts when it was opened now and these values were entered."""
    values = (
        {name: getattr(opportunity, name) for name in FIELDS} | {"version": opportunity.version, "stays": "on"} | typed
    )
    return {name: getattr(value, "pk", value) for name, value in values.items() if value is not None}


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep, name="Sensors", description="Old")


@pytest.fixture
def client(client_of, rep):
    """The browser of the owner."""
    return client_of(rep)


# Permissions


def test_the_page_shows_the_current_values(client, opportunity):
    edit(opportunity, estimated_revenue=Decimal("1500.50"), estimated_close_date=datetime.date(2027, 1, 12))

    text = client.get(page_of(opportunity)).content.decode()

    for words in ('value="Sensors"', 'value="1,500.50"', 'value="2027-01-12"', "Old</textarea>", "Kari Nordmann"):
        assert words in text


def test_a_user_who_may_not_see_the_opportunity_gets_404(client_of, colleague, opportunity):
    client = client_of(colleague)

    with unchanged():
        assert client.get(page_of(opportunity)).status_code == 404
        assert client.post(page_of(opportunity), seen(opportunity, name="x")).status_code == 404
        assert client.post("/opportunities/9223372036854775808/edit/", {"name": "x"}).status_code == 404


def test_a_user_without_a_role_is_refused(client_of, stranger, opportunity):
    client = client_of(stranger)

    with unchanged():
        assert client.post(page_of(opportunity), seen(opportunity, name="x")).status_code == 403


def test_a_get_writes_nothing(client, opportunity):
    with unchanged():
        assert client.get(page_of(opportunity)).status_code == 200


# Saving


def test_every_field_of_the_page_is_saved(client, opportunity):
    contact = ContactFactory()

    page = client.post(
        page_of(opportunity),
        seen(
            opportunity,
            name="Sensors for ships",
            account=contact.account,
            contact=contact,
            estimated_revenue="2 000",
            estimated_close_date="2027-01-12",
            probability="35 %",
            rating="hot",
            forecast_category="committed",
            description="New\r\nlines",
        ),
        follow=True,
    )

    assert page.redirect_chain == [(opportunity.get_absolute_url(), 303)]
    assert "Saved." in page.content.decode()
    after = reread(opportunity)
    assert (after.name, after.account, after.contact) == ("Sensors for ships", contact.account, contact)
    assert (after.estimated_revenue, after.estimated_close_date) == (Decimal(2000), datetime.date(2027, 1, 12))
    assert (after.probability, after.rating, after.forecast_category) == (35, "hot", "committed")
    assert after.description == "New\nlines"
    assert after.version == opportunity.version + 1


def test_saving_without_changes_writes_nothing(client, opportunity):
    with unchanged():
        assert client.post(page_of(opportunity), seen(opportunity)).status_code == 303


def test_a_team_member_can_edit_but_not_change_the_owner(client_of, colleague, opportunity):
    add_team_member(opportunity, user=colleague)
    client = client_of(colleague)

    text = client.get(page_of(opportunity)).content.decode()
    client.post(page_of(opportunity), seen(reread(opportunity), name="Sensors for ships", owner=colleague))

    assert 'name="owner-find"' not in text
    after = reread(opportunity)
    assert (after.name, after.owner) == ("Sensors for ships", opportunity.owner)


def test_a_new_account_and_contact_are_created_with_the_save(client, opportunity):
    new = {"account": "new", "account-find": "Havbris AS", "contact": "new", "contact-find": "Eva Lind"}

    client.post(page_of(opportunity), seen(opportunity, **new))

    after = reread(opportunity)
    assert (after.account.name, after.contact.name) == ("Havbris AS", "Eva Lind")
    assert after.contact.account == after.account


def test_a_field_missing_from_the_post_is_not_changed(client, opportunity):
    posted = seen(opportunity, name="Sensors for ships")
    del posted["description"]

    assert client.post(page_of(opportunity), posted).status_code == 303
    assert reread(opportunity).description == "Old"


def test_find_shows_answers_and_keeps_the_entries(client, opportunity):
    AccountFactory(name="Nordlys Shipping")

    with unchanged():
        page = client.post(
            page_of(opportunity), seen(opportunity, name="Typed", find="account", **{"account-find": "nordl"})
        )

    text = page.content.decode()
    assert page.status_code == 200
    assert "Nordlys Shipping" in text
    assert 'value="Typed"' in text


# Refused


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Sensors\x00"),
        ("account", str(2**63)),
        ("contact", "x"),
        ("owner", "9999"),
        ("owner", ""),
        ("estimated_revenue", "-1"),
        ("estimated_revenue", "1e400"),
        ("estimated_close_date", "31.02.2027"),
        ("probability", "101"),
        ("probability", "-1"),
        ("probability", "9" * 5000),
        ("probability", "half"),
        ("rating", "boiling"),
        ("forecast_category", "won"),
        ("forecast_category", "lost"),
        ("estimated_close_date", "0000-00-00"),
        ("name", "x" * 201),
        ("description", "\x00"),
        ("description", "x" * 4001),
    ],
)
def test_an_invalid_entry_is_an_error_on_its_field(client, opportunity, field, value):
    with unchanged():
        page = client.post(page_of(opportunity), seen(opportunity, **{field: value}))

    text = page.content.decode()
    assert page.status_code == 422
    assert f'href="#id_{field}"' in text
    assert "Error:" in text


@pytest.mark.parametrize("version", [None, "", "x", "-1", str(2**63), "1 0"])
def test_a_page_without_a_valid_version_is_refused(client, opportunity, version):
    posted = seen(opportunity, name="x") | {"version": version}

    with unchanged():
        page = client.post(page_of(opportunity), posted)

    assert page.status_code == 400


def test_an_empty_post_is_refused(client, opportunity):
    with unchanged():
        assert client.post(page_of(opportunity), "", content_type=FORM).status_code == 400


def test_the_contact_of_a_passed_stage_cannot_be_emptied(client, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        page = client.post(page_of(opportunity), seen(opportunity, contact="", name="Typed"))

    text = page.content.decode()
    assert page.status_code == 422
    assert "Qualify has been passed and needs Identify contact." in text
    assert f'href="{opportunity.get_absolute_url()}?stage=' in text
    assert 'value="Typed"' in text


def test_the_edit_page_of_a_closed_opportunity_redirects(client, rep):
    opportunity = won_opportunity(owner=rep)

    page = client.get(page_of(opportunity), follow=True)

    assert page.redirect_chain == [(opportunity.get_absolute_url(), 302)]
    assert "Reopen it to change it." in page.content.decode()


def test_the_entries_are_kept_when_the_opportunity_was_closed_meanwhile(client, rep):
    opportunity = won_opportunity(owner=rep)

    with unchanged():
        page = client.post(page_of(opportunity), seen(opportunity, name="Typed", forecast_category="pipeline"))

    assert page.status_code == 409
    assert "This opportunity is closed and can only be read." in page.content.decode()
    assert 'value="Typed"' in page.content.decode()


def test_a_refused_save_creates_no_account(client, rep):
    opportunity = won_opportunity(owner=rep)
    new = {"account": "new", "account-find": "Havbris AS", "forecast_category": "pipeline"}

    client.post(page_of(opportunity), seen(opportunity, **new))

    assert not Account.objects.filter(name="Havbris AS").exists()


# Two users at once


def test_changes_of_two_users_in_different_fields_are_merged(client, manager, opportunity):
    edit(opportunity, by=manager, description="New")

    page = client.post(page_of(opportunity), seen(opportunity, name="Sensors for ships"))

    after = reread(opportunity)
    assert page.status_code == 303
    assert (after.name, after.description) == ("Sensors for ships", "New")


def test_a_field_changed_by_both_is_shown_with_both_values(client, manager, opportunity):
    edit(opportunity, by=manager, name="Sensors for boats", estimated_revenue=Decimal(900))

    with unchanged():
        page = client.post(page_of(opportunity), seen(opportunity, name="Sensors for ships", estimated_revenue="1 200"))

    text = page.content.decode()
    assert page.status_code == 409
    for words in ("Sensors for boats", "NOK\xa0900", "NOK\xa01,200", "Ingrid Dahl", 'href="#choice_estimated_revenue"'):
        assert words in text
    assert 'name="name" value="Sensors for ships"' in text
    assert 'name="estimated_revenue" value="1 200"' in text


def test_a_second_save_keeps_the_entries_and_the_other_changes(client, manager, opportunity):
    contact = ContactFactory()
    theirs = {"description": "New", "rating": "hot", "contact": contact, "estimated_revenue": Decimal(900)}
    edit(opportunity, by=manager, name="Sensors for boats", **theirs)
    refused = client.post(page_of(opportunity), seen(opportunity, name="Sensors for ships"))

    page = Form(refused, page_of(opportunity)).press(client, "Save")

    after = reread(opportunity)
    assert page.status_code == 303
    assert after.name == "Sensors for ships"
    assert {name: getattr(after, name) for name in theirs} == theirs


# Changing the owner


def test_a_former_owner_stays_on_the_team(client, rep, colleague, opportunity):
    page = client.post(page_of(opportunity), seen(opportunity, owner=colleague))

    assert page.headers["Location"] == opportunity.get_absolute_url()
    after = reread(opportunity)
    assert after.owner == colleague
    assert [member.user for member in after.team_members.all()] == [rep]
    assert Event.objects.filter(opportunity=opportunity).first().children[0]["what"] == "added"


def test_a_former_owner_who_leaves_is_redirected_to_the_list(client, rep, colleague, opportunity):
    add_team_member(opportunity, user=rep)
    posted = seen(reread(opportunity), owner=colleague)
    del posted["stays"]

    page = client.post(page_of(opportunity), posted, follow=True)

    assert page.redirect_chain == [("/opportunities/", 303)]
    assert "“Sensors” is no longer yours to see." in page.content.decode()
    after = reread(opportunity)
    assert after.owner == colleague
    assert not after.team_members.exists()


def test_leaving_without_a_new_owner_has_no_effect(client, rep, opportunity):
    add_team_member(opportunity, user=rep)
    posted = seen(reread(opportunity), name="Sensors for ships")
    del posted["stays"]

    client.post(page_of(opportunity), posted)

    assert reread(opportunity).team_members.count() == 1


def test_the_former_owner_stays_on_the_team_when_a_manager_changes_the_owner(
    client_of, manager, rep, colleague, opportunity
):
    client = client_of(manager)

    text = client.get(page_of(opportunity)).content.decode()
    client.post(page_of(opportunity), seen(opportunity, owner=colleague))

    assert "Kari Nordmann stays on the sales team" in text
    assert [member.user for member in reread(opportunity).team_members.all()] == [rep]


def test_a_disabled_former_owner_does_not_join_the_team(client_of, manager, rep, colleague, opportunity):
    rep.is_active = False
    rep.save()

    page = client_of(manager).post(page_of(opportunity), seen(opportunity, owner=colleague))

    assert page.status_code == 303
    assert reread(opportunity).owner == colleague
    assert not reread(opportunity).team_members.exists()


def test_a_user_without_a_role_or_disabled_cannot_become_owner(client, stranger, opportunity):
    for person in (stranger, UserFactory(is_active=False)):
        with unchanged():
            page = client.post(page_of(opportunity), seen(opportunity, owner=person))

        assert page.status_code == 422
        assert 'href="#id_owner"' in page.content.decode()


def test_an_owner_changed_meanwhile_is_kept_and_the_team_is_unchanged(client_of, rep, manager, colleague, opportunity):
    edit(opportunity, by=manager, owner=colleague)
    edit(opportunity, by=manager, owner=manager)

    client_of(rep).post(page_of(opportunity), seen(opportunity, name="Sensors for ships"))

    after = reread(opportunity)
    assert (after.name, after.owner) == ("Sensors for ships", manager)
    assert {member.user for member in after.team_members.all()} == {rep, colleague}


def test_the_page_runs_at_most_15_queries(client, rep, opportunity, django_assert_max_num_queries):
    edit(opportunity, account=AccountFactory(), contact=ContactFactory())

    with django_assert_max_num_queries(15):
        client.get(page_of(opportunity))

"""What managers may do with users, and what only superusers may."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import connection

from salesflow import once
from salesflow.users.models import SALES_MANAGER, SALESPERSON, User
from tests.support.db_assertions import unchanged
from tests.support.factories import PASSWORD, OpportunityFactory, UserFactory
from tests.support.mails import deliver
from tests.support.pages import FORM, Form, post_drawn

pytestmark = pytest.mark.django_db


def entries(user, **changed):
    """What the change form posts."""
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "language": user.language,
        "theme": user.theme,
        "is_active": "on",
        **changed,
    }


def page(user):
    return f"/admin/users/user/{user.pk}/change/"


def test_the_admin_lets_in_managers_and_superusers_only(client, rep, stranger, manager, superuser):
    answers = {}
    for user in (rep, stranger, manager, superuser):
        client.force_login(user)
        answers[user.username] = client.get("/admin/", follow=True).status_code

    assert answers == {"rep": 403, "stranger": 403, "manager": 200, "admin": 200}


def test_the_admin_uses_the_sign_in_page_of_the_site(client, superuser):
    response = client.post("/admin/login/", {"username": "admin", "password": PASSWORD})

    assert response.status_code == 302
    assert response["Location"].startswith("/user/login/")
    assert "_auth_user_id" not in client.session


def test_the_admin_sign_in_page_redirects_a_signed_in_manager_to_the_admin(client, manager):
    client.force_login(manager)

    assert client.get("/admin/login/")["Location"] == "/admin/"


def password_page(client, user):
    url = f"/admin/users/user/{user.pk}/password/"
    form = Form(client.get(url), None)
    form.action = url
    return form


def set_password(client, form, password):
    form.fields.update({"password1": password, "password2": password, "usable_password": "true"})
    return client.post(form.action, form.fields.urlencode(), content_type=FORM)


def test_a_manager_sets_the_password_of_a_user(client, manager, rep):
    client.force_login(manager)

    answer = set_password(client, password_page(client, rep), "Fyr og flamme 7")

    assert answer.status_code == 302
    assert User.objects.get(pk=rep.pk).check_password("Fyr og flamme 7")


def test_a_password_set_meanwhile_by_another_manager_is_not_replaced(client, manager, rep):
    client.force_login(manager)
    page, other_page = password_page(client, rep), password_page(client, rep)
    set_password(client, other_page, "Fyr og flamme 7")

    with unchanged():
        answer = set_password(client, page, "Hav og himmel 8")

    assert answer.status_code == 409
    assert "after you opened the page. Nothing was saved." in answer.content.decode()
    again = Form(answer, None)
    again.action = page.action
    assert set_password(client, again, "Hav og himmel 8").status_code == 302


def test_a_password_page_without_a_page_state_is_refused(client, manager, rep):
    client.force_login(manager)
    page = password_page(client, rep)
    del page.fields["page_state"]

    with unchanged():
        answer = set_password(client, page, "Fyr og flamme 7")

    assert answer.status_code == 400


def test_a_manager_creates_a_user_with_a_role(client, manager):
    client.force_login(manager)

    client.post(
        "/admin/users/user/add/",
        {
            "token": once.new_token(),
            "username": "kari",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "email": "Kari@Example.org",
            "language": "nb",
            "theme": "system",
            "groups": Group.objects.get(name=SALESPERSON).pk,
        },
    )

    kari = User.objects.get(username="kari")
    assert kari.is_salesperson
    assert kari.email == "kari@example.org"
    assert kari.check_password(PASSWORD)
    assert not (kari.is_superuser)
    assert not (kari.is_staff)


def role_chosen(client, user):
    """What the radio buttons of the user's page show."""
    return Form(client.get(page(user)), action=None).fields.getlist("groups")


def test_a_user_has_one_role_or_none(client, manager, rep, stranger):
    client.force_login(manager)
    salesperson = str(Group.objects.get(name=SALESPERSON).pk)

    html = client.get(page(rep)).content.decode()

    assert [html.count(f'type="{kind}" name="groups"') for kind in ("radio", "checkbox")] == [4, 0]
    assert (role_chosen(client, rep), role_chosen(client, stranger)) == ([salesperson], [""])
    post_drawn(client, page(rep), entries(rep, groups=""))
    assert User.objects.get(pk=rep.pk).roles == set()


def test_a_user_in_both_groups_is_shown_as_the_manager_that_they_are(client, manager, rep):
    rep.groups.add(Group.objects.get(name=SALES_MANAGER))
    client.force_login(manager)

    chosen = role_chosen(client, rep)
    post_drawn(client, page(rep), entries(rep, groups=chosen))

    assert User.objects.get(pk=rep.pk).roles == {SALES_MANAGER}


def test_of_a_password_the_page_shows_nothing_but_the_way_to_a_new_one(client, manager, rep):
    client.force_login(manager)

    html = client.get(page(rep)).content.decode()

    assert "Set a new password" in html
    for part in rep.password.split("$"):
        assert part[:6] not in html
    assert "algorithm" not in html


def test_a_password_is_set_and_never_switched_off(client, manager, rep):
    client.force_login(manager)
    form = password_page(client, rep)
    form.fields.update({"usable_password": "false", "unset-password": "", "password1": "", "password2": ""})

    with unchanged():
        answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    assert "This field is required." in answer.content.decode()


def test_the_list_names_who_is_disabled_in_words(client, manager, rep):
    User.objects.filter(pk=rep.pk).update(is_active=False)
    client.force_login(manager)

    html = client.get("/admin/users/user/").content.decode()

    assert html.count('<span class="tag">Disabled</span>') == 1
    assert 'alt="True"' not in html
    assert 'alt="False"' not in html


def test_a_manager_changes_roles_and_disables(client, manager, rep):
    client.force_login(manager)

    post_drawn(client, page(rep), entries(rep, groups=Group.objects.get(name=SALES_MANAGER).pk, is_active=""))

    rep = User.objects.get(pk=rep.pk)
    assert rep.roles == {SALES_MANAGER}
    assert not rep.is_active


def test_a_manager_cannot_make_superusers_or_grant_permissions(client, manager, rep):
    client.force_login(manager)
    other = Group.objects.create(name="Other")
    permission = Permission.objects.first()

    form = client.get(page(rep)).content.decode()
    powers = {"is_superuser": "on", "is_staff": "on", "user_permissions": permission.pk}
    post_drawn(client, page(rep), entries(rep, **powers))
    post_drawn(client, page(rep), entries(rep, groups=other.pk))
    post_drawn(client, page(manager), entries(manager, groups=Group.objects.get(name=SALES_MANAGER).pk, **powers))

    assert not any(f'name="{field}"' in form for field in powers)
    for user in (User.objects.get(pk=rep.pk), User.objects.get(pk=manager.pk)):
        assert not (user.is_superuser)
        assert not (user.is_staff)
        assert not user.user_permissions.exists()
        assert "Other" not in user.roles


def test_a_manager_cannot_see_or_change_superusers(client, manager, superuser):
    client.force_login(manager)

    assert "admin@example.org" not in client.get("/admin/users/user/").content.decode()
    assert client.get(page(superuser)).status_code == 302  # to the index: there is no such user
    post_drawn(client, page(superuser), entries(superuser, email="taken@example.org"))
    new = {"usable_password": "true", "password1": "rain on the mountain 8", "password2": "rain on the mountain 8"}
    assert client.post(f"/admin/users/user/{superuser.pk}/password/", new).status_code == 404

    superuser.refresh_from_db()
    assert superuser.email == "admin@example.org"
    assert superuser.check_password(PASSWORD)


def test_only_superusers_delete_users(client, manager, superuser, rep):
    client.force_login(manager)
    assert post_drawn(client, f"/admin/users/user/{rep.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=rep.pk).exists()

    client.force_login(superuser)
    post_drawn(client, f"/admin/users/user/{rep.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=rep.pk).exists()


def test_a_superuser_makes_a_user_a_superuser(client, superuser, rep):
    client.force_login(superuser)

    post_drawn(client, page(rep), entries(rep, is_superuser="on"))

    assert User.objects.get(pk=rep.pk).is_superuser


def test_the_admin_has_no_pages_for_mail_addresses_and_groups(client, manager):
    client.force_login(manager)

    assert client.get("/admin/account/emailaddress/").status_code == 404
    assert client.get("/admin/auth/group/").status_code == 404


def test_a_user_cannot_sign_in_with_a_former_mail_address(client, manager, rep, sign_in):
    client.post("/user/password/reset/", {"email": "rep@example.org"})
    deliver()  # allauth notes the address here
    assert EmailAddress.objects.filter(user=rep).exists()
    client.force_login(manager)
    post_drawn(client, page(rep), entries(rep, email="new@example.org"))
    client.logout()

    sign_in("rep@example.org")

    assert "_auth_user_id" not in client.session


def test_the_user_list_runs_at_most_ten_queries_for_30_users(client, manager, django_assert_max_num_queries):
    for number in range(30):
        User.objects.create(username=f"user{number}").groups.add(Group.objects.get(name=SALESPERSON))
    client.force_login(manager)

    with django_assert_max_num_queries(10):
        client.get("/admin/users/user/")


def test_a_user_who_has_worked_here_cannot_be_deleted(client, superuser, rep, colleague, client_of):
    OpportunityFactory(owner=rep)
    client_of(colleague).get("/")
    client.force_login(superuser)

    for user in (rep, colleague):
        response = post_drawn(client, f"/admin/users/user/{user.pk}/delete/", {"post": "yes"}, follow=True)
        assert "has worked here. Disable the account" in response.content.decode()
        assert User.objects.filter(pk=user.pk).exists()


def test_a_disabled_user_keeps_their_opportunities(client, manager, rep):
    opportunity = OpportunityFactory(owner=rep)
    client.force_login(manager)

    assert "Their opportunities stay theirs" in client.get(page(rep)).content.decode()
    post_drawn(client, page(rep), entries(rep, is_active=""))

    assert not User.objects.get(pk=rep.pk).is_active
    assert type(opportunity).objects.get(pk=opportunity.pk).owner == rep


@pytest.mark.django_db(transaction=True)
def test_an_add_form_sent_three_times_at_once_creates_one_user(manager, client_of):
    sent = {"username": "kari", "email": "kari@example.org", "language": "en", "theme": "system"}
    sent |= {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    browsers = [client_of(manager) for _ in range(3)]
    start = threading.Barrier(3, timeout=30)

    def send(browser):
        try:
            start.wait()
            return browser.post("/admin/users/user/add/", sent)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send, browsers))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 302]
    assert User.objects.filter(username="kari").count() == 1
    refused = next(answer for answer in answers if answer.status_code == 200)
    assert "username" in refused.context["adminform"].form.errors


def test_a_password_page_of_a_user_disabled_meanwhile_is_refused(client, manager, rep):
    client.force_login(manager)
    page = password_page(client, rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)

    with unchanged():
        answer = set_password(client, page, "Fyr og flamme 7")

    assert answer.status_code == 409


def test_autocomplete_of_the_owner_offers_users_who_may_own(client, manager, rep, stranger):
    client.force_login(manager)
    UserFactory(username="gone", is_active=False)
    UserFactory(username="root", role=None, is_superuser=True)
    asked = {"app_label": "opportunities", "model_name": "opportunity", "field_name": "owner", "term": ""}

    answer = client.get("/admin/autocomplete/", asked).json()

    assert {int(found["id"]) for found in answer["results"]} == {
        manager.pk,
        rep.pk,
        User.objects.get(username="root").pk,
    }

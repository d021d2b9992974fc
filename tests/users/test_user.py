"""The user and the three roles."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from salesflow.users.models import COLLEAGUE, ROLES, User
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_user_is_shown_by_full_name_or_else_by_user_name():
    assert str(User(username="kari", first_name="Kari", last_name="Nordmann")) == "Kari Nordmann"
    assert str(User(username="kari")) == "kari"


def test_mail_addresses_are_stored_in_lower_case():
    user = User(username="kari", email="Kari@Example.org")
    user.clean()
    assert user.email == "kari@example.org"


def test_the_roles(rep, manager, stranger, superuser):
    def of(user):
        return user.is_salesperson, user.is_manager, user.is_colleague, user.has_role

    assert of(rep) == (True, False, False, True)
    assert of(manager) == (False, True, False, True)
    assert of(UserFactory(role=COLLEAGUE)) == (False, False, True, True)
    assert of(stranger) == (False, False, False, False)
    assert of(superuser) == (False, True, False, True)


def test_a_disabled_user_has_no_role(rep, manager, superuser):
    for user in (rep, manager, superuser):
        user.is_active = False
        assert not user.has_role


def test_the_roles_cost_one_query(manager, django_assert_num_queries):
    fresh = User.objects.get(pk=manager.pk)
    with django_assert_num_queries(1):
        assert fresh.is_manager
        assert fresh.has_role
        assert not fresh.is_salesperson


def test_a_new_user_has_the_language_of_the_installation(settings):
    settings.LANGUAGE_CODE = "nb"
    assert UserFactory().language == "nb"


def test_the_migration_of_the_roles_is_idempotent_and_reversible():
    migration = importlib.import_module("salesflow.users.migrations.0002_roles")

    editor = SimpleNamespace(connection=connection)

    def roles():
        return sorted(Group.objects.filter(name__in=ROLES).values_list("name", flat=True))

    migration.make_roles(apps, editor)
    assert roles() == sorted(ROLES)
    migration.remove_roles(apps, editor)
    assert roles() == [COLLEAGUE]
    migration.make_roles(apps, editor)
    assert roles() == sorted(ROLES)


@pytest.mark.parametrize("table", ["cache", "sent_forms"])
def test_each_shared_cache_has_its_table(table):
    assert table in connection.introspection.table_names()
    call_command("createcachetable")


def test_an_anonymous_user_is_not_a_manager(rf):
    from salesflow.users.admin_base import by_manager, by_superuser

    request = rf.get("/")
    request.user = AnonymousUser()
    assert not by_manager(request)
    assert not by_superuser(request)


@pytest.mark.parametrize("twin", [{"username": "REP"}, {"email": "Rep@Example.org"}])
def test_user_names_and_mail_addresses_are_unique(rep, twin):
    user = User(**{"username": "somebody", "email": "somebody@example.org", "password": "x", **twin})

    with pytest.raises(ValidationError):
        user.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


def test_several_users_may_have_no_mail_address():
    for name in ("first", "second"):
        User(username=name, password="x").full_clean()
        User.objects.create_user(name)


@pytest.mark.parametrize("field", ["username", "first_name", "last_name"])
def test_a_misleading_user_name_is_refused(field):
    with pytest.raises(ValidationError) as refusal:
        User(**{"username": "kari", "password": "x", field: "\u202egnp"}).full_clean()

    assert field in refusal.value.message_dict


@pytest.mark.parametrize(("taken", "typed"), [("Øyvind", "øyvind"), ("ÅSE", "åse"), ("kari", "KARI")])
def test_a_user_name_is_unique_in_any_case(taken, typed):
    UserFactory(username=taken)

    with pytest.raises(ValidationError, match="Another user has this name already"):
        User(username=typed, password="x").full_clean()

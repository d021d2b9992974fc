"""Sign-in takes a user name or a mail address. So no user name may be the mail address of another user."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction

from salesflow.users.models import User
from tests.support.factories import PASSWORD, UserFactory

MAIL_OF_KARI = ["kari@example.org", "KARI@Example.ORG"]
SENTENCE = {"en": "must be the mail address of the same user", "nb": "må være e-postadressen til den samme brukeren"}


@pytest.fixture
def kari(db):
    return UserFactory(username="kari", email="kari@example.org")


def add_user(client, **entries):
    sent = {
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "language": "en",
        "theme": "system",
    }
    return client.post("/admin/users/user/add/", sent | entries)


def database_accepts(**names):
    """Whether the database accepts this user, without validation by the model."""
    try:
        with transaction.atomic():
            User.objects.bulk_create([User(password="x", **names)])
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("name", MAIL_OF_KARI)
@pytest.mark.parametrize("email", ["", "ola@example.org"])
def test_a_user_name_cannot_be_the_mail_address_of_another_user(kari, name, email):
    with pytest.raises(ValidationError):
        User(username=name, email=email, password="x").full_clean()

    assert not database_accepts(username=name, email=email)


@pytest.mark.parametrize("email", MAIL_OF_KARI)
def test_a_mail_address_cannot_be_the_user_name_of_another_user(db, email):
    UserFactory(username="kari@example.org", email="kari@example.org")

    with pytest.raises(ValidationError):
        User(username="ola", email=email, password="x").full_clean()

    assert not database_accepts(username="ola", email=email)


@pytest.mark.parametrize("email", ["kari", "KARI"])
def test_a_mail_address_without_an_at_sign_is_refused_by_the_database(kari, email):
    assert not database_accepts(username="ola", email=email)


@pytest.mark.parametrize("change", [{"username": "kari@example.org"}, {"email": "kari@example.org"}, {"email": "kari"}])
def test_an_update_cannot_take_the_name_or_address_of_another_user(kari, rep, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=rep.pk).update(**change)


@pytest.mark.parametrize("name", MAIL_OF_KARI)
def test_a_user_name_may_be_the_mail_address_of_the_same_user(db, name):
    User(username=name, email="kari@example.org", password="x").full_clean()

    assert database_accepts(username=name, email="kari@example.org")


@pytest.mark.parametrize("language", SENTENCE)
def test_the_admin_explains_why_a_user_name_is_refused(kari, manager, client_of, language):
    client = client_of(manager)
    client.cookies["django_language"] = language

    answer = add_user(client, username="kari@example.org", email="ola@example.org")

    assert SENTENCE[language] in answer.content.decode()
    assert not User.objects.filter(username="kari@example.org").exists()


def test_the_admin_refuses_a_mail_address_that_is_another_user_name(manager, client_of):
    UserFactory(username="kari@example.org", email="kari@example.org")

    add_user(client_of(manager), username="ola", email="Kari@Example.org")

    assert not User.objects.filter(username="ola").exists()


def test_first_manager_refuses_the_mail_address_of_a_user_as_user_name(kari, monkeypatch):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", PASSWORD)

    with pytest.raises(CommandError, match="must be the mail address of the same user"):
        call_command("first_manager", "--username", "kari@example.org", "--email", "")


@pytest.mark.django_db(transaction=True)
def test_two_users_created_at_once_cannot_share_a_sign_in_name():
    together, kept = threading.Barrier(2, timeout=20), []

    def take(**names):
        together.wait()
        kept.append(database_accepts(**names))
        connections.close_all()

    both = [
        threading.Thread(target=take, kwargs={"username": "kari@example.org", "email": "kari@example.org"}),
        threading.Thread(target=take, kwargs={"username": "ola", "email": "KARI@example.org"}),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)

    assert sorted(kept) == [False, True]
    assert User.objects.count() == 1

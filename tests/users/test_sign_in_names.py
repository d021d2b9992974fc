"""Sign-in takes a user name or a mail address, so neither may be the other of somebody else."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction

from salesflow.users.models import User
from tests.support.factories import PASSWORD, UserFactory

ANOTHERS = ["kari@example.org", "KARI@Example.ORG"]
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


def is_kept(**names):
    """Whether the database itself takes this user, whatever wrote it."""
    try:
        with transaction.atomic():
            User.objects.bulk_create([User(password="x", **names)])
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("name", ANOTHERS)
@pytest.mark.parametrize("email", ["", "ola@example.org"])
def test_a_name_that_is_anothers_mail_address_is_refused(kari, name, email):
    with pytest.raises(ValidationError):
        User(username=name, email=email, password="x").full_clean()

    assert not is_kept(username=name, email=email)


@pytest.mark.parametrize("email", ANOTHERS)
def test_a_mail_address_that_is_anothers_name_is_refused(db, email):
    UserFactory(username="kari@example.org", email="kari@example.org")

    with pytest.raises(ValidationError):
        User(username="ola", email=email, password="x").full_clean()

    assert not is_kept(username="ola", email=email)


@pytest.mark.parametrize("email", ["kari", "KARI"])
def test_a_name_is_no_mail_address(kari, email):
    assert not is_kept(username="ola", email=email)


@pytest.mark.parametrize("change", [{"username": "kari@example.org"}, {"email": "kari@example.org"}, {"email": "kari"}])
def test_no_update_gets_around_it(kari, rep, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=rep.pk).update(**change)


@pytest.mark.parametrize("name", ANOTHERS)
def test_ones_own_mail_address_may_be_the_name(db, name):
    User(username=name, email="kari@example.org", password="x").full_clean()

    assert is_kept(username=name, email="kari@example.org")


@pytest.mark.parametrize("language", SENTENCE)
def test_the_admin_says_why(kari, manager, client_of, language):
    client = client_of(manager)
    client.cookies["django_language"] = language

    answer = add_user(client, username="kari@example.org", email="ola@example.org")

    assert SENTENCE[language] in answer.content.decode()
    assert not User.objects.filter(username="kari@example.org").exists()


def test_the_admin_refuses_the_reverse(manager, client_of):
    UserFactory(username="kari@example.org", email="kari@example.org")

    add_user(client_of(manager), username="ola", email="Kari@Example.org")

    assert not User.objects.filter(username="ola").exists()


def test_the_first_manager_may_not_take_the_address_of_a_user_for_a_name(kari, monkeypatch):
    monkeypatch.setenv("FIRST_MANAGER_PASSWORD", PASSWORD)

    with pytest.raises(CommandError, match="must be the mail address of the same user"):
        call_command("first_manager", "--username", "kari@example.org", "--email", "")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_one_name_for_their_sign_in_at_once_only_one_is_kept():
    together, kept = threading.Barrier(2, timeout=20), []

    def take(**names):
        together.wait()
        kept.append(is_kept(**names))
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

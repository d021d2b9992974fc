"""Forms of the admin contain a digest of the row that they show. A form of an older state is refused."""

import pytest
from django.contrib.admin import site
from django.db import connection
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.models import MailTemplate, Opportunity, StatusReason
from salesflow.users.models import SALES_MANAGER, Unit, User
from stages import designing
from stages.models import PipelinePhase, Process, Stage, Step
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    AccountFactory,
    CompetitorFactory,
    ContactFactory,
    OpportunityFactory,
    UnitFactory,
    UserFactory,
)
from tests.support.interleaving import Partner, interleaved
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

INVALID_DIGESTS = {
    "missing": None,
    "empty": "",
    "garbled": "x" * 40,
    "another form": f"1-{'0' * 63}",
    "no time": "0" * 66,
}


def unused_process():
    with designing.changing(None):
        process = Process.objects.create(name_en="Tenders", name_nb="Anbud")
        stage = Stage.objects.create(process=process, name_en="Bid", name_nb="Bud", order=1, probability=10)
        Step.objects.create(stage=stage, name_en="Ask", name_nb="Spør", field="customer_need", order=1)
        Stage.objects.create(process=process, name_en="Sign", name_nb="Signer", order=2, probability=20)
    return process


ROWS = {
    Unit: UnitFactory,
    User: UserFactory,
    Account: AccountFactory,
    Contact: ContactFactory,
    Competitor: CompetitorFactory,
    MailTemplate: lambda: MailTemplate.objects.create(
        name_en="Offer", name_nb="Tilbud", subject_en="Our offer", subject_nb="Tilbud", body_en="Hello", body_nb="Hei"
    ),
    StatusReason: lambda: StatusReason.objects.create(status="lost", name_en="No money", name_nb="Ingen midler"),
    PipelinePhase: lambda: PipelinePhase.objects.create(name_en="Negotiation", name_nb="Forhandling"),
    Process: unused_process,
    Stage: lambda: unused_process().stages.first(),
    Step: lambda: unused_process().stages.first().steps.get(),
}


def models(permission):
    """The models for which a superuser has this permission in the admin. An opportunity is compared by its version."""
    boss = User(is_superuser=True)

    class Request:
        user = boss

    found = [model for model, page in site._registry.items() if getattr(page, permission)(Request())]
    return sorted(found, key=lambda model: model._meta.label)


CHANGED = [model for model in models("has_change_permission") if model is not Opportunity]
DELETED = models("has_delete_permission")


@pytest.fixture
def boss(client_of):
    return client_of(UserFactory(first_name="Berit", last_name="Sjef", role=SALES_MANAGER, is_superuser=True))


@pytest.fixture
def other(client_of):
    return client_of(UserFactory(first_name="Kari", last_name="Nordmann", role=SALES_MANAGER, is_superuser=True))


def page_of(row, page="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def open_page(client, row, page="change"):
    return Form(client.get(page_of(row, page)), action=None)


def send(client, row, form, page="change", **changes):
    for name, value in changes.items():
        if value is None:
            form.fields.pop(name, None)
        else:
            form.fields[name] = value
    return client.post(page_of(row, page), form.fields.urlencode(), content_type=FORM)


def name_field(row):
    return next(name for name in ("first_name", "name_en", "name") if hasattr(row, name))


def stored(row):
    return getattr(type(row).objects.get(pk=row.pk), name_field(row))


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("model", CHANGED, ids=str)
def test_a_form_older_than_a_change_by_another_user_is_refused_once(model, boss, other):
    row = ROWS[model]()
    form = open_page(boss, row)
    assert send(other, row, open_page(other, row), **{name_field(row): "Theirs"}).status_code == 302

    with unchanged():
        refused = send(boss, row, form, **{name_field(row): "Typed"})

    assert refused.status_code == 409
    assert "Kari Nordmann changed this" in text(refused)
    assert "It says “Theirs” now." in text(refused)
    again = Form(refused, action=None)
    assert again.fields[name_field(row)] == "Typed"
    assert send(boss, row, again).status_code == 302
    assert stored(row) == "Typed"


@pytest.mark.parametrize("model", CHANGED, ids=str)
def test_a_form_of_an_unchanged_row_is_saved(model, boss):
    row = ROWS[model]()
    form = open_page(boss, row)

    assert send(boss, row, form, **{name_field(row): "Typed"}).status_code == 302

    assert stored(row) == "Typed"


@pytest.mark.parametrize("model", CHANGED, ids=str)
def test_a_form_without_a_valid_digest_gives_400(model, boss):
    row = ROWS[model]()
    for name in INVALID_DIGESTS.values():
        form = open_page(boss, row)
        with unchanged():
            answer = send(boss, row, form, page_state=name, **{name_field(row): "Typed"})

        assert answer.status_code == 400


@pytest.mark.parametrize("model", DELETED, ids=str)
def test_a_deletion_older_than_a_change_by_another_user_is_refused_once(model, boss, other):
    row = ROWS.get(model, lambda: OpportunityFactory(owner=UserFactory()))()
    form = open_page(boss, row, "delete")
    assert send(other, row, open_page(other, row), **{name_field(row): "Theirs"}).status_code == 302

    with unchanged():
        refused = send(boss, row, form, "delete")

    assert refused.status_code == 409
    assert "after you opened the page. Nothing was deleted." in text(refused)
    assert stored(row) == "Theirs"
    assert send(boss, row, Form(refused, action=None), "delete").status_code == 302
    assert not model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", DELETED, ids=str)
def test_a_deletion_without_a_valid_digest_gives_400(model, boss):
    row = ROWS.get(model, lambda: OpportunityFactory(owner=UserFactory()))()
    for name in INVALID_DIGESTS.values():
        form = open_page(boss, row, "delete")
        with unchanged():
            answer = send(boss, row, form, "delete", page_state=name)

        assert answer.status_code == 400


def test_an_older_form_does_not_enable_a_disabled_user(boss, other):
    user = UserFactory()
    form = open_page(boss, user)
    send(other, user, open_page(other, user), is_active=None)

    refused = send(boss, user, form, first_name="Typed")

    assert refused.status_code == 409
    assert not User.objects.get(pk=user.pk).is_active
    assert "It says “No” now." in text(refused)


def test_the_roles_of_a_user_are_part_of_the_digest(boss, other):
    user = UserFactory()
    form = open_page(boss, user)
    user.groups.clear()

    refused = send(boss, user, form, first_name="Typed")

    assert refused.status_code == 409
    assert "Another person changed this after you opened the page. Nothing was saved." in text(refused)
    assert not user.groups.exists()


def test_signing_in_and_a_new_password_do_not_change_the_digest(boss, client_of):
    user = UserFactory()
    form = open_page(boss, user)
    user.set_password("another one that is long enough")
    user.save()
    client_of(user)

    assert send(boss, user, form, first_name="Typed").status_code == 302


def test_a_form_of_a_process_is_refused_after_a_change_of_its_stage(boss, other):
    process = unused_process()
    stage = process.stages.first()
    form = open_page(boss, process)
    send(other, stage, open_page(other, stage), probability="55")

    with unchanged():
        refused = send(boss, process, form, name_en="Typed")

    assert refused.status_code == 409
    assert "Kari Nordmann changed this" in text(refused)
    assert "It says “55” now." in text(refused)
    assert send(boss, process, Form(refused, action=None)).status_code == 302


def test_a_stage_added_by_another_user_is_kept_and_named(boss, other):
    process = unused_process()
    form, theirs = open_page(boss, process), open_page(other, process)
    number = theirs.fields["stages-TOTAL_FORMS"]
    new = {"name_en": "Pilot", "name_nb": "Pilot", "order": "3", "probability": "30"}
    added = {f"stages-{number}-{name}": value for name, value in new.items()}
    send(other, process, theirs, **added, **{"stages-TOTAL_FORMS": str(int(number) + 1)})

    refused = send(boss, process, form, name_en="Typed")

    assert refused.status_code == 409
    assert "“Pilot” has been added." in text(refused)
    assert send(boss, process, Form(refused, action=None)).status_code == 302
    assert process.stages.filter(name_en="Pilot").exists()


def test_the_changes_of_another_user_are_shown_in_norwegian(boss, other, settings):
    row, gone = AccountFactory(), AccountFactory()
    boss.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"
    form, deletion = open_page(boss, row), open_page(boss, gone, "delete")
    for each in (row, gone):
        send(other, each, open_page(other, each), name="Theirs")

    refused, kept = send(boss, row, form, name="Typed"), send(boss, gone, deletion, "delete")

    assert (refused.status_code, kept.status_code) == (409, 409)
    assert "Kari Nordmann endret dette" in text(refused)
    assert "Nå står det «Theirs»." in text(refused)
    assert "Ingenting ble slettet." in text(kept)


def test_an_invalid_form_keeps_its_digest(boss, other):
    row = AccountFactory()
    refused = send(boss, row, open_page(boss, row), name="")
    again = Form(refused, action=None)
    send(other, row, open_page(other, row), name="Theirs")

    assert send(boss, row, again, name="Typed").status_code == 409
    assert stored(row) == "Theirs"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: set DATABASE_URL")
@pytest.mark.parametrize("model", [User, Account, Stage], ids=str)
def test_one_of_two_forms_saved_at_once_is_refused(model, boss, other):
    with Partner() as partner:
        for statement in range(1, 200):
            row = ROWS[model]()
            answers = []

            def saving(client, typed, row=row, answers=answers):
                form = open_page(client, row)
                return lambda: answers.append(send(client, row, form, **{name_field(row): typed}).status_code)

            if not interleaved(saving(boss, "Mine"), saving(other, "Theirs"), after=statement, partner=partner):
                break
            assert sorted(answers) == [302, 409], statement
    assert statement > 5

"""A form that creates rows and is sent again: a double click, a retry of the browser, or a lost response."""

import pytest
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.models import StatusReason
from salesflow.users.models import User
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, QUALIFY, OpportunityFactory, opportunity_in, reread
from tests.support.meanwhile import at_once
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

MESSAGE = "added."


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


@pytest.fixture
def superuser(db):
    return factories.UserFactory(username="root", role=None, is_superuser=True, is_staff=True)


def add_page(client, view, opportunity):
    url = reverse(view, args=[opportunity.pk])
    return Form(client.get(url), url)


def send(client, form, **entries):
    for name, value in entries.items():
        form.fields[name.replace("__", "-")] = value
    return client.post(form.action, form.fields.urlencode(), content_type=FORM)


def created_by_picker(field, name):
    return {f"add__{field}": "new", f"add__{field}__find": name}


# Adding a row


@pytest.mark.parametrize(
    ("view", "field", "model", "relation"),
    [
        ("stakeholder_add", "contact", Contact, "stakeholders"),
        ("competitor_add", "competitor", Competitor, "competitor_links"),
    ],
)
def test_an_add_form_sent_three_times_creates_one_row(client_of, rep, opportunity, view, field, model, relation):
    client = client_of(rep)
    form = add_page(client, view, opportunity)
    first = send(client, form, **created_by_picker(field, "Eva Lind"))

    with unchanged():
        answers = [send(client, form), send(client, form)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer["Location"] for answer in answers} == {first["Location"]}
    assert (model.objects.filter(name="Eva Lind").count(), getattr(opportunity, relation).count()) == (1, 1)


def test_a_team_form_sent_three_times_adds_the_colleague_once(client_of, rep, opportunity, colleague):
    client = client_of(rep)
    form = add_page(client, "team_member_add", opportunity)
    send(client, form, add__user=str(colleague.pk))

    answers = [send(client, form), send(client, form)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert opportunity.team_members.filter(user=colleague).count() == 1


@pytest.mark.parametrize(
    ("view", "entries", "relation"),
    [
        ("note_add", {"add__text": "They called."}, "notes"),
        ("debrief_add", {"add__why": "They trusted us."}, "debriefs"),
        ("presentation_add", {"add__kind": "proposal", "add__held_on": str(factories.TODAY)}, "presentations"),
        ("mail_write", {"address": "eva@example.com", "subject": "Our offer", "text": "Here it is."}, "mails"),
    ],
)
def test_a_form_with_a_text_sent_three_times_writes_once(client_of, rep, opportunity, view, entries, relation):
    factories.edit(opportunity, contact=factories.ContactFactory())
    client = client_of(rep)
    form = add_page(client, view, opportunity)
    first = send(client, form, **entries)

    with unchanged():
        answers = [send(client, form, **entries), send(client, form, **entries)]

    assert [answer.status_code for answer in (first, *answers)] == [303, 303, 303]
    assert {answer.url for answer in answers} == {first.url}
    assert getattr(opportunity, relation).count() == 1


def test_the_second_response_shows_the_message_of_the_first(client_of, rep, opportunity):
    """The message of the first response was lost with it."""
    client = client_of(rep)
    form = add_page(client, "competitor_add", opportunity)
    send(client, form, **created_by_picker("competitor", "Rival"))
    client.cookies.pop("messages", None)

    answer = send(client, form)

    assert "Rival added." in client.get(answer["Location"]).content.decode()


def test_the_page_shows_a_form_with_a_new_token_after_a_success(client_of, rep, opportunity):
    client = client_of(rep)
    url = reverse("stakeholder_add", args=[opportunity.pk])
    tab = f"{opportunity.get_absolute_url()}?tab=stakeholders"
    first = Form(client.get(tab), url)
    send(client, first, **created_by_picker("contact", "Eva Lind"))

    second = Form(client.get(tab), url)

    assert second.fields["add-token"] != first.fields["add-token"]
    send(client, second, **created_by_picker("contact", "Kari Hansen"))
    assert opportunity.stakeholders.count() == 2


def test_a_form_with_a_corrected_note_creates_no_second_person(client_of, rep, opportunity):
    client = client_of(rep)
    form = add_page(client, "stakeholder_add", opportunity)
    send(client, form, **created_by_picker("contact", "Eva Lind"))

    answer = send(client, form, add__note="Wants it before Christmas")

    assert answer.status_code == 422
    assert "already a stakeholder" in answer.content.decode()
    assert (Contact.objects.filter(name="Eva Lind").count(), opportunity.stakeholders.count()) == (1, 1)


def test_a_refused_form_may_be_sent_again_unchanged(client_of, rep, opportunity):
    client, eva = client_of(rep), factories.ContactFactory(name="Eva Lind")
    row = factories.add_stakeholder(opportunity, contact=eva)
    form = add_page(client, "stakeholder_add", opportunity)
    refused = send(client, form, add__contact=str(eva.pk))
    factories.remove(row)

    answer = send(client, form)

    assert (refused.status_code, answer.status_code) == (422, 303)
    assert opportunity.stakeholders.get().contact == eva


@pytest.fixture
def full_caches(settings):
    """Every cache is full after two entries. Then it removes as many entries as it may."""
    full = {"MAX_ENTRIES": 1, "CULL_FREQUENCY": 0}
    settings.CACHES = {alias: cache | {"OPTIONS": full} for alias, cache in settings.CACHES.items()}


def test_a_sent_form_is_recognised_after_many_sign_ins_and_other_forms(client_of, rep, opportunity, full_caches):
    client = client_of(rep)
    form = add_page(client, "stakeholder_add", opportunity)
    first = send(client, form, **created_by_picker("contact", "Eva Lind"))
    for name in ("Per Lund", "Ida Moe", "Jon Vik"):
        client_of(rep).post(reverse("account_login"), {"login": name, "password": "wrong"})
        send(client, add_page(client, "stakeholder_add", opportunity), **created_by_picker("contact", name))

    with unchanged():
        answer = send(client, form)

    assert (answer.status_code, answer["Location"]) == (303, first["Location"])


def test_expired_sent_forms_are_removed_when_the_table_is_full(client_of, rep, opportunity, full_caches):
    client = client_of(rep)
    send(client, add_page(client, "stakeholder_add", opportunity), **created_by_picker("contact", "Eva Lind"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sent_forms SET expires = '2020-01-01 00:00:00'")

    send(client, add_page(client, "stakeholder_add", opportunity), **created_by_picker("contact", "Per Lund"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sent_forms WHERE expires < '2021-01-01 00:00:00'")
        assert cursor.fetchone() == (0,)


# Creating a row in the picker of a form that edits


def test_a_panel_sent_three_times_creates_one_contact(client_of, rep):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)
    form = Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))
    form.fields.update({"contact": "new", "contact-find": "Eva Lind"})
    form.fields.update({"account": "new", "account-find": "Havbris AS"})

    answers = [send(client, form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert Contact.objects.get(name="Eva Lind").account == Account.objects.get(name="Havbris AS")
    assert reread(opportunity).contact.name == "Eva Lind"
    assert opportunity.stakeholders.count() == 1


def test_an_edit_page_sent_twice_creates_one_account(client_of, rep, opportunity):
    client, url = client_of(rep), reverse("opportunity_edit", args=[opportunity.pk])
    form = Form(client.get(url), url)

    answers = [send(client, form, account="new", account__find="Havbris AS", description=text) for text in ("a", "b")]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert Account.objects.filter(name="Havbris AS").count() == 1
    assert reread(opportunity).description == "b"


def test_a_name_that_another_page_created_is_refused(client_of, rep, opportunity):
    client = client_of(rep)
    send(client, add_page(client, "competitor_add", opportunity), **created_by_picker("competitor", "Rival"))

    answer = send(client, add_page(client, "competitor_add", opportunity), **created_by_picker("competitor", "rival"))

    assert answer.status_code == 422
    assert "“Rival” is already there. Choose it, or create “rival” all the same." in answer.content.decode()


# Two requests at once


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_adds_one_row(client_of, rep):
    for number in range(5):
        opportunity = OpportunityFactory(owner=rep)
        clients = [client_of(rep), client_of(rep)]
        form = add_page(clients[0], "stakeholder_add", opportunity)
        form.fields.update({"add-contact": "new", "add-contact-find": f"Eva Lind {number}"})
        sent = form.fields.urlencode()

        answers = at_once(*(lambda c=c, s=sent, f=form: c.post(f.action, s, content_type=FORM) for c in clients))

        assert [answer.status_code for answer in answers] == [303, 303]
        assert (Contact.objects.filter(name=f"Eva Lind {number}").count(), opportunity.stakeholders.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_users_who_create_the_same_competitor_at_once_create_one(client_of, rep, colleague):
    for number in range(10):
        forms = []
        for user in (rep, colleague):
            client, opportunity = client_of(user), OpportunityFactory(owner=user)
            form = add_page(client, "competitor_add", opportunity)
            form.fields.update({"add-competitor": "new", "add-competitor-find": f"Rival {number}"})
            forms.append((client, form))

        answers = at_once(*(lambda c=client, f=form: send(c, f) for client, form in forms))

        assert sorted(answer.status_code for answer in answers) == [303, 422]
        assert Competitor.objects.filter(name=f"Rival {number}").count() == 1
        refused = next(answer for answer in answers if answer.status_code == 422).content.decode()
        assert "is already there. Choose it, or create" in refused


# Conflicts with a change by the same user


def panel(client, opportunity):
    return Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))


def test_an_earlier_change_by_the_same_page_is_not_a_conflict(client_of, rep):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    page = panel(client, opportunity)
    send(client, page, customer_need="Trucks")  # the response is lost

    answer = send(client, page, customer_need="Trucks and ships")

    assert answer.status_code == 303
    assert reread(opportunity).customer_need == "Trucks and ships"


def test_a_page_can_change_a_field_back(client_of, rep):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    page = panel(client, opportunity)

    for text in ("Trucks", "Ships", "Trucks"):
        send(client, page, customer_need=text)

    assert reread(opportunity).customer_need == "Trucks"


def test_a_later_change_by_another_user_is_a_conflict(client_of, rep, manager):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    page = panel(client, opportunity)
    send(client, page, customer_need="Trucks")
    factories.edit(opportunity, by=manager, customer_need="Ships")

    answer = send(client, page, customer_need="Planes")

    assert answer.status_code == 409
    assert "Ingrid Dahl changed this while you wrote." in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "heading", "row"),
    [
        ("en", "You changed this in another window.", "From the other window"),
        ("nb", "Du endret dette i et annet vindu.", "Fra det andre vinduet"),
    ],
)
def test_a_change_by_the_same_user_in_another_window_is_a_conflict(client_of, rep, language, heading, row):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    client.cookies["django_language"] = language
    page, other_window = panel(client, opportunity), panel(client, opportunity)
    send(client, other_window, customer_need="Ships")

    answer = send(client, page, customer_need="Planes")

    text = answer.content.decode()
    assert answer.status_code == 409
    assert heading in text
    assert row in text
    assert f"{rep.get_full_name()}’s" not in text


def test_a_row_changed_by_the_same_user_in_another_window_is_a_conflict(client_of, rep, opportunity):
    client, row = client_of(rep), factories.add_stakeholder(opportunity)
    url = reverse("stakeholder_edit", args=[opportunity.pk, row.pk])
    page, other_window = Form(client.get(url), url), Form(client.get(url), url)
    send(client, other_window, note="Ships")

    answers = send(client, page, note="Planes"), send(client, other_window, note="Boats")

    assert [answer.status_code for answer in answers] == [409, 303]
    assert "You changed this in another window." in answers[0].content.decode()


def test_the_admin_names_another_window_of_the_same_user(client_of, manager, rep, opportunity):
    client, url = client_of(manager), reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])
    page, other_window = Form(client.get(url), None), Form(client.get(url), None)

    def post(form, text):
        form.fields["description"] = text
        return client.post(url, form.fields.urlencode(), content_type=FORM)

    post(other_window, "Ships")
    answers = post(page, "Planes"), post(other_window, "Boats")

    assert [answer.status_code for answer in answers] == [409, 302]
    assert "You changed “description” in another window" in answers[0].content.decode()


# Add forms of the admin


ADD_PAGES = {
    "users.user": {"username": "eva", "password1": factories.PASSWORD, "password2": factories.PASSWORD},
    "customers.account": {"name": "Havbris AS"},
    "customers.contact": {"name": "Eva Lind"},
    "customers.competitor": {"name": "Rival"},
    "stages.pipelinephase": {"name_en": "Negotiation"},
    "opportunities.statusreason": {"status": "lost", "name_en": "Strike"},
    "opportunities.mailtemplate": {
        "name_en": "Reminder",
        "subject_en": "A reminder",
        "subject_nb": "En påminnelse",
        "body_en": "Hello",
        "body_nb": "Hei",
    },
    "stages.process": {"name_en": "Renewals"},
    "users.unit": {"name": "North"},
}


def add_form(client, label):
    url = reverse(f"admin:{label.replace('.', '_')}_add")
    return url, Form(client.get(url), None)


def add_in_admin(client, url, form):
    return client.post(url, form.fields.urlencode(), content_type=FORM)


def test_every_add_page_of_the_admin_has_a_token(client_of, superuser):
    client = client_of(superuser)
    adding = {
        model._meta.label_lower
        for model in admin.site._registry
        if client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")).status_code == 200
    }

    assert adding == set(ADD_PAGES)
    assert all(add_form(client, label)[1].fields["token"] for label in adding)


@pytest.mark.parametrize("label", ADD_PAGES)
def test_an_add_form_of_the_admin_sent_three_times_creates_one_row(client_of, superuser, label):
    client = client_of(superuser)
    url, form = add_form(client, label)
    form.fields.update(ADD_PAGES[label])
    if label == "stages.process":
        form.fields |= {"stages-TOTAL_FORMS": "1", "stages-0-name_en": "Ask", "stages-0-order": "1"}
        form.fields |= {"stages-0-probability": "10"}
    first = add_in_admin(client, url, form)

    with unchanged():
        answers = [add_in_admin(client, url, form), add_in_admin(client, url, form)]

    assert [answer.status_code for answer in (first, *answers)] == [302, 302, 302]
    assert {answer["Location"] for answer in answers} == {first["Location"]}


def test_a_refused_add_form_of_the_admin_may_be_corrected_and_sent_again(client_of, superuser):
    client = client_of(superuser)
    url, form = add_form(client, "opportunities.statusreason")
    form.fields.update({"status": "lost", "name_en": ""})
    refused = add_in_admin(client, url, form)
    again = Form(refused, None)
    again.fields["name_en"] = "Strike"

    answer = add_in_admin(client, url, again)

    assert again.fields["token"] == form.fields["token"]
    assert answer.status_code == 302
    assert StatusReason.objects.filter(name_en="Strike").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_add_form_for_a_user_sent_twice_at_once_creates_one_user(client_of, superuser):
    clients = [client_of(superuser), client_of(superuser)]
    url, form = add_form(clients[0], "users.user")
    form.fields.update(ADD_PAGES["users.user"])

    answers = at_once(*(lambda c=client: add_in_admin(c, url, form) for client in clients))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert User.objects.filter(username="eva").count() == 1

"""The page that writes a mail to a person of an opportunity, and the mail in the timeline."""

import datetime
import re

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.customers.models import Contact
from opportunities.editing import deletion, mails
from opportunities.models import MailTemplate, OpportunityMail
from salesflow.mail import delivery
from salesflow.mail.models import OutboxMail
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import (
    CLOSE,
    DAY,
    NOW,
    OpportunityFactory,
    opportunity_in,
    reread,
    won_opportunity,
    write_mail,
)
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

SEND, SEND_AND_COMPLETE = "Send", "Send and mark complete"


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


@pytest.fixture(scope="module")
def in_close(cast):
    """In Close, with a contact who has an address."""
    opportunity = opportunity_in(CLOSE, owner=cast["rep"], name="Fleet telematics")
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com", language="nb")
    return factories.edit(opportunity, contact=marte)


@pytest.fixture
def opportunity(in_close):
    return reread(in_close)


@pytest.fixture
def marte(opportunity):
    return opportunity.contact


def url(opportunity, query=""):
    step = factories.step("thank_you_sent")
    return reverse("mail_write_for", args=[opportunity.pk, step.pk]) + query


def any_url(opportunity, query=""):
    return reverse("mail_write", args=[opportunity.pk]) + query


def form_of(client, address):
    return Form(client.get(address), address.partition("?")[0])


def html(response):
    return response.content.decode()


def timeline(client, opportunity):
    return html(client.get(opportunity.get_absolute_url()))


def deliver(at=NOW):
    delivery.deliver_due(clock=lambda: at)


# What the form shows


def test_the_form_begins_with_the_template_in_the_language_of_the_contact(client, opportunity):
    form = form_of(client, url(opportunity))

    assert form.fields["subject"] == "Takk for tiden"
    assert form.fields["text"].startswith("Hei Marte,\n")
    assert form.fields["text"].endswith("Vennlig hilsen\nKari Nordmann")


def test_the_form_offers_the_other_language_and_the_other_people(client, opportunity):
    eva = factories.add_stakeholder(opportunity, contact=factories.ContactFactory(name="Eva Lind")).contact

    page = html(client.get(url(opportunity)))
    english = form_of(client, re.search(r'href="([^"]+language=en[^"]*)"', page)[1].replace("&amp;", "&"))
    to_eva = client.get(url(opportunity, f"?contact={eva.pk}"))

    assert "Write it in English" in page
    assert "Eva Lind" in page
    assert english.fields["text"].startswith("Dear Marte,\n")
    assert "Mail to Eva Lind" in html(to_eva)
    assert Form(to_eva, url(opportunity)).fields["text"].startswith("Dear Eva,\n")


def test_a_mail_without_a_step_begins_empty_or_with_a_template(client, opportunity):
    template = MailTemplate.objects.create(
        name_en="Next meeting",
        subject_en="About {opportunity}",
        subject_nb="Om {opportunity}",
        body_en="x",
        body_nb="y",
    )
    archived = MailTemplate.objects.create(
        name_en="Old", subject_en="Old", subject_nb="Old", body_en="x", body_nb="y", is_archived=True
    )

    empty = client.get(any_url(opportunity))
    begun = form_of(client, any_url(opportunity, f"?template={template.pk}"))

    assert Form(empty, any_url(opportunity)).fields["subject"] == ""
    assert "Begin with “Next meeting”" in html(empty)
    assert str(archived) not in html(empty)
    assert (begun.fields["subject"], begun.fields["text"]) == ("Om Fleet telematics", "y")


def test_a_name_that_looks_like_a_placeholder_stays_as_it_is(client, opportunity, marte):
    MailTemplate.objects.filter(key="thank_you").update(subject_nb="{contact} {opportunity}")
    marte.name = "{owner} Lie"
    marte.save()

    assert form_of(client, url(opportunity)).fields["subject"] == "{owner} Lie Fleet telematics"


def test_an_opportunity_without_a_contact_says_where_to_choose_one(client, rep):
    page = html(client.get(any_url(OpportunityFactory(owner=rep))))

    assert "there is nobody to write to" in page
    assert "#id_contact" in page


@pytest.mark.parametrize("field", ["customer_need", "debrief_filed"])
def test_a_step_that_asks_for_no_mail_is_not_found(client, opportunity, field):
    address = reverse("mail_write_for", args=[opportunity.pk, factories.step(field).pk])

    assert client.get(address).status_code == 404


def test_a_foreign_opportunity_is_not_found(client_of, colleague, opportunity):
    client = client_of(colleague)

    with unchanged():
        for address in (url(opportunity), any_url(opportunity)):
            assert client.get(address).status_code == 404
            assert client.post(address, {"subject": "x"}).status_code == 404


# Sending


def test_send_writes_the_mail_and_no_event(client, opportunity):
    answer = form_of(client, url(opportunity)).press(client, SEND, subject="Takk!", text="Hei Marte")

    written, now = OpportunityMail.objects.get(), reread(opportunity)
    assert answer.status_code == 303
    assert (written.to, written.reply_to, written.subject, written.text) == (
        "marte@example.com",
        "rep@example.org",
        "Takk!",
        "Hei Marte",
    )
    assert (now.version, now.thank_you_sent) == (opportunity.version, False)
    assert written.outbox.outcome == OutboxMail.Outcome.WAITING
    assert "The mail to Marte Lie is on its way." in html(client.get(answer["Location"]))


def test_the_delivered_mail_comes_from_the_product_and_is_answered_to_the_sender(opportunity):
    write_mail(opportunity)

    deliver()

    [message] = mail.outbox
    assert (message.to, message.reply_to) == (["marte@example.com"], ["rep@example.org"])
    assert message.from_email == settings.DEFAULT_FROM_EMAIL
    assert (message.subject, message.body) == ("Thank you", "Thank you for your time.\n")


def test_send_and_mark_complete_ticks_the_step_in_one_event(client, opportunity):
    form_of(client, url(opportunity)).press(client, SEND_AND_COMPLETE)

    now = reread(opportunity)
    assert OpportunityMail.objects.count() == 1
    assert (now.thank_you_sent, now.version) == (True, opportunity.version + 1)
    assert [change["field"] for change in now.events.get(version=now.version).changes] == ["thank_you_sent"]


def test_a_refused_tick_sends_no_mail(client, rep, marte):
    opportunity = OpportunityFactory(owner=rep, contact=marte)
    form = form_of(client, url(opportunity))
    factories.change_step("thank_you_sent", evidence="competitor")

    with unchanged():
        answer = form.press(client, SEND_AND_COMPLETE)

    assert answer.status_code == 422
    assert "cannot be marked complete" in html(answer)


def test_a_closed_opportunity_takes_a_mail_and_no_tick(client, opportunity):
    factories.change_step("thank_you_sent", required=False)
    factories.fill(opportunity, CLOSE)
    form = form_of(client, url(opportunity))
    factories.lose(opportunity)
    lost = reread(opportunity)

    with unchanged():
        assert form.press(client, SEND_AND_COMPLETE).status_code == 409
    assert SEND_AND_COMPLETE not in form_of(client, url(lost)).buttons
    assert form_of(client, url(lost)).press(client, SEND).status_code == 303
    assert (reread(lost).version, lost.mails.count()) == (lost.version, 1)


def test_a_double_click_sends_one_mail(client, opportunity):
    form = form_of(client, url(opportunity))
    first = form.press(client, SEND_AND_COMPLETE)

    with unchanged():
        second = form.press(client, SEND_AND_COMPLETE)

    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert OutboxMail.objects.count() == 1


def test_a_form_without_its_token_or_its_contact_is_a_bad_request(client, opportunity):
    for name in ("token", "version", "contact"):
        form = form_of(client, url(opportunity))
        form.fields.pop(name)
        with unchanged():
            answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)
        assert answer.status_code == 400, name


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"subject": ""}, "Write a subject."),
        ({"text": "  "}, "Write the mail first."),
        ({"subject": "Hi\nBcc: all@example.com"}, "cannot be used here (U+000A)"),
        ({"subject": "x" * 201}, "201 characters"),
        ({"text": "x" * 4001}, "4001 characters"),
    ],
)
def test_an_invalid_mail_is_refused_and_keeps_what_was_typed(client, opportunity, entries, sentence):
    form = form_of(client, url(opportunity))

    with unchanged():
        answer = form.press(client, SEND, **entries)

    assert answer.status_code == 422
    assert sentence in html(answer)


@pytest.mark.parametrize(
    ("letter", "field"),
    [
        ({"subject": "Hi\r\nBcc: all@example.com"}, "subject"),
        ({"subject": "\u200b"}, "subject"),
        ({"text": "\u202e"}, "text"),
        ({"text": ""}, "text"),
    ],
)
def test_the_domain_refuses_an_invalid_mail_too(opportunity, letter, field):
    with refused(mails.InvalidMail) as caught:
        write_mail(opportunity, **letter)

    assert caught.value.field == field


# Addresses


@pytest.fixture
def without_address(marte):
    marte.email = ""
    marte.save()
    return marte


def test_a_contact_without_an_address_gets_the_one_that_is_typed(client, opportunity, without_address, rep):
    form_of(client, url(opportunity)).press(client, SEND, address="marte.lie@example.com")

    now = Contact.objects.get(pk=without_address.pk)
    assert OpportunityMail.objects.get().to == now.email == "marte.lie@example.com"
    assert (now.version, now.history.first().history_user) == (without_address.version + 1, rep)


@pytest.mark.parametrize(
    "address",
    ["", "marte", "marte@example.com\nBcc: x@y.no", "a@x.no, b@x.no", "Marte <marte@example.com>", '"\x01"@x.no'],
)
def test_an_address_that_is_none_is_refused(client, opportunity, without_address, address):
    form = form_of(client, url(opportunity))

    with unchanged():
        assert form.press(client, SEND, address=address).status_code == 422


def test_an_address_that_changed_meanwhile_is_shown_before_anything_is_sent(client, opportunity, marte):
    form = form_of(client, url(opportunity))
    marte.email = "new@example.com"
    marte.save()

    with unchanged():
        answer = form.press(client, SEND, text="Typed")

    assert answer.status_code == 409
    assert "is now new@example.com" in html(answer)
    again = Form(answer, url(opportunity))
    assert again.fields["text"] == "Typed"
    assert again.press(client, SEND).status_code == 303
    assert OpportunityMail.objects.get().to == "new@example.com"


def test_an_address_that_is_gone_meanwhile_is_asked_for(client, opportunity, marte):
    form = form_of(client, url(opportunity))
    marte.email = ""
    marte.save()

    answer = form.press(client, SEND)

    assert answer.status_code == 409
    assert Form(answer, url(opportunity)).press(client, SEND, address="m@example.com").status_code == 303


def test_a_sender_without_an_address_is_told_so_and_sends_nothing(client, rep, opportunity):
    form = form_of(client, url(opportunity))
    rep.email = ""
    rep.save()

    page = client.get(url(opportunity))
    with unchanged():
        answer = form.press(client, SEND)

    assert "nobody could answer you" in html(page)
    assert SEND not in html(page).split("Mail to")[1].split("</section>")[0]
    assert answer.status_code == 422
    assert "nobody could answer you" in html(answer)


def test_a_person_who_is_no_stakeholder_any_more_gets_no_mail(client, opportunity):
    eva = factories.add_stakeholder(opportunity, contact=factories.ContactFactory(email="eva@example.com"))
    form = form_of(client, url(opportunity, f"?contact={eva.contact_id}"))
    factories.remove(eva)

    with unchanged():
        answer = form.press(client, SEND)

    assert answer.status_code == 422
    assert "is not a stakeholder of the opportunity any more" in html(answer)


# Do not contact


@pytest.fixture
def not_to_contact(marte):
    marte.do_not_contact = True
    marte.save()
    return marte


def test_the_form_says_that_a_person_does_not_want_to_be_contacted(client, opportunity, not_to_contact):
    page = html(client.get(url(opportunity)))

    assert "Marte Lie does not want to be contacted." in page
    assert 'name="subject"' not in page


def test_the_server_refuses_a_mail_to_a_person_who_does_not_want_to_be_contacted(client, opportunity, marte):
    form = form_of(client, url(opportunity))
    marte.do_not_contact = True
    marte.save()

    with unchanged():
        answer = form.press(client, SEND_AND_COMPLETE)

    assert answer.status_code == 422
    assert "Marte Lie does not want to be contacted." in html(answer)


def test_the_address_of_a_person_who_does_not_want_to_be_contacted_is_refused_for_others_too(client, opportunity):
    factories.ContactFactory(name="Eva Lind", email="eva@example.com", do_not_contact=True)
    silent = factories.ContactFactory(name="Per Berg", email="")
    factories.add_stakeholder(opportunity, contact=silent)
    form = form_of(client, f"{url(opportunity)}?contact={silent.pk}")
    form.fields["address"] = "EVA@example.com"

    with unchanged():
        answer = form.press(client, SEND)

    assert answer.status_code == 422
    assert "Eva Lind does not want to be contacted." in html(answer)


def test_a_mail_that_waits_is_not_sent_to_a_person_who_does_not_want_it_any_more(client, opportunity, marte):
    write_mail(opportunity)
    marte.do_not_contact = True
    marte.save()

    deliver()

    assert mail.outbox == []
    assert "Not sent, because this person does not want to be contacted." in timeline(client, opportunity)


# The timeline


def test_the_timeline_shows_the_mail_with_its_text_and_that_it_waits(client, opportunity):
    write_mail(opportunity, text="First line\nSecond line")

    page = timeline(client, opportunity)

    to = opportunity.contact
    assert f'sent a mail to <a href="{to.get_absolute_url()}">Marte Lie</a>: Thank you' in page
    assert "First line\nSecond line" in page
    assert "Waits to be sent." in page
    assert "marte@example.com" in page


def test_the_timeline_shows_a_mail_among_the_events_of_its_page(client, opportunity):
    write_mail(opportunity, at=NOW)
    for number in range(25):
        factories.edit(opportunity, at=NOW + (number + 1) * DAY, description=f"Text {number}")
    write_mail(opportunity, at=NOW + 40 * DAY, subject="Late mail")

    first = timeline(client, opportunity)
    older = re.search(r'<a href="([^"]*)" rel="next">', first).group(1).replace("&amp;", "&")
    second = html(client.get(older))

    assert ("Late mail" in first, ": Thank you" in first) == (True, False)
    assert ("Late mail" in second, ": Thank you" in second) == (False, True)


@pytest.mark.sweep
def test_the_timeline_makes_the_same_number_of_queries_for_any_number_of_mails(client, opportunity):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            timeline(client, opportunity)
        return len(captured)

    write_mail(opportunity)
    queries()  # reads the definition of the process, which stays in memory
    few = queries()
    for _ in range(20):
        write_mail(opportunity)
    deliver()

    assert queries() == few <= 15


def test_a_deleted_opportunity_takes_its_mails_out_of_the_outbox(opportunity):
    write_mail(opportunity)
    boss = factories.UserFactory(role=None, is_superuser=True, is_staff=True)

    deletion.delete(opportunity=opportunity, by=boss, at=NOW)

    assert not OutboxMail.objects.exists()


def test_a_mail_stays_in_the_outbox_after_a_week(opportunity):
    write_mail(opportunity)
    deliver()

    delivery.prune(at=NOW + 30 * DAY)

    assert OutboxMail.objects.get().outcome == OutboxMail.Outcome.SENT


def test_the_panel_shows_the_last_mail_at_the_step(client, opportunity):
    write_mail(opportunity)

    with time_machine.travel(NOW + datetime.timedelta(hours=2), tick=False):
        page = timeline(client, opportunity)

    assert "Mail to Marte Lie, 2\xa0hours ago" in page
    assert "Write another" in page


def test_a_won_opportunity_offers_the_mail_beside_the_answer(client, rep):
    won = won_opportunity(owner=rep)

    assert url(won) in timeline(client, won)

"""What the timeline says of each attempt to send a mail, in both languages."""

import re
import smtplib

import pytest
import time_machine
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import strip_tags

from salesflow.mail import delivery
from salesflow.mail.models import Attempt, OutboxMail
from tests.support import factories
from tests.support.factories import CLOSE, DAY, NOW, opportunity_in, write_mail

pytestmark = pytest.mark.django_db

Outcome, Why = Attempt.Outcome, Attempt.Why
MINUTE = DAY / (24 * 60)
TRIES = len(delivery.WAITS) + 1

# Mails, by their subject.
WAITS, UNDER_WAY, INTERRUPTED, KILLS, REFUSED_TO_THE_END = "waits", "under way", "interrupted", "kills", "to the end"
# A sentence.
NO_MORE = "no more"


class Killed(BaseException):
    """The worker dies: it does not catch this."""


FAULTS = {
    Why.REFUSED: smtplib.SMTPRecipientsRefused({"marte@example.com": (550, b"No")}),
    Why.NO_ANSWER: TimeoutError(),
    Why.NO_CONNECTION: ConnectionRefusedError(),
    Why.OTHER: ValueError(),
    UNDER_WAY: Killed(),
    INTERRUPTED: Killed(),
    KILLS: Killed(),
    REFUSED_TO_THE_END: smtplib.SMTPDataError(451, b"Later"),
}


class FaultyBackend(BaseEmailBackend):
    def send_messages(self, messages):
        if fault := FAULTS.get(messages[0].subject):
            raise fault
        return len(messages)


SENTENCES = {
    "en": {
        WAITS: "Waits to be sent.",
        UNDER_WAY: "Is being sent.",
        INTERRUPTED: "Sending was interrupted, so it may or may not have arrived.",
        Outcome.SENT: "The mail server accepted it.",
        Outcome.NOTHING_TO_SEND: "Not sent, because this person does not want to be contacted.",
        Why.REFUSED: "Could not be delivered (refused by the mail server, 550), next try at 11:00.",
        Why.NO_ANSWER: "Could not be delivered (no answer from the mail server), next try at 11:00.",
        Why.NO_CONNECTION: "Could not be delivered (no connection to the mail server), next try at 11:00.",
        Why.OTHER: "Could not be delivered (an error in Salesflow), next try at 11:00.",
        REFUSED_TO_THE_END: "Could not be delivered (refused by the mail server, 451).",
        NO_MORE: "It is not tried again.",
    },
    "nb": {
        WAITS: "Venter på å bli sendt.",
        UNDER_WAY: "Sendes nå.",
        INTERRUPTED: "Sendingen ble avbrutt, så det er usikkert om den kom fram.",
        Outcome.SENT: "E-posttjeneren tok imot den.",
        Outcome.NOTHING_TO_SEND: "Ikke sendt, for personen ønsker ikke å bli kontaktet.",
        Why.REFUSED: "Kunne ikke leveres (avvist av e-posttjeneren, 550), neste forsøk kl. 11:00.",
        Why.NO_ANSWER: "Kunne ikke leveres (ikke svar fra e-posttjeneren), neste forsøk kl. 11:00.",
        Why.NO_CONNECTION: "Kunne ikke leveres (ikke kontakt med e-posttjeneren), neste forsøk kl. 11:00.",
        Why.OTHER: "Kunne ikke leveres (en feil i Salesflow), neste forsøk kl. 11:00.",
        REFUSED_TO_THE_END: "Kunne ikke leveres (avvist av e-posttjeneren, 451).",
        NO_MORE: "Det blir ikke forsøkt igjen.",
    },
}


def deliver(at):
    """Sends what is due. After a worker that dies comes another."""
    while True:
        try:
            return delivery.deliver_due(clock=lambda: at)
        except Killed:
            continue


def mails_in_every_state(opportunity):
    """Mails of two days, whose subjects and texts are their states. The page is read at NOW + DAY."""

    def write(state, *, at, **more):
        write_mail(opportunity, at=at, subject=state, text=state, **more)

    write(KILLS, at=NOW)
    write(REFUSED_TO_THE_END, at=NOW)
    for _ in range(TRIES + 1):
        deliver(NOW)
        OutboxMail.objects.filter(finished_at=None).update(next_attempt_at=NOW, leased_until=None)
    write(INTERRUPTED, at=NOW + DAY - delivery.LEASE)
    deliver(NOW + DAY - delivery.LEASE)
    silent = factories.ContactFactory(name="Eva Lind", email="eva@example.com")
    factories.add_stakeholder(opportunity, contact=silent)
    write(Outcome.NOTHING_TO_SEND, at=NOW + DAY - MINUTE, contact=silent)
    silent.do_not_contact = True
    silent.save()
    for state in (UNDER_WAY, Outcome.SENT, *Why):
        write(state, at=NOW + DAY - MINUTE)
    deliver(NOW + DAY - MINUTE)
    write(WAITS, at=NOW + DAY)


def attempts_in(page):
    """The sentences about the attempts of each mail, by the text of the mail."""
    found = re.findall(
        r'<p class="event-body">([^<]*)</p>\s*</details>\s*<ul class="mail-attempts">(.*?)</ul>', page, re.DOTALL
    )
    lines = {text: re.findall(r"<li[^>]*>(.*?)<time", attempts, re.DOTALL) for text, attempts in found}
    return {text: [" ".join(strip_tags(line).split()) for line in each] for text, each in lines.items()}


def test_the_timeline_has_a_sentence_for_each_attempt_in_both_languages(rep, client_of, subtests, settings):
    settings.EMAIL_BACKEND = f"{__name__}.FaultyBackend"
    marte = factories.ContactFactory(name="Marte Lie", email="marte@example.com")
    opportunity = factories.edit(opportunity_in(CLOSE, owner=rep), contact=marte)
    mails_in_every_state(opportunity)
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {"", *Outcome.values}
    assert set(Attempt.objects.values_list("why", flat=True)) == {"", *Why.values}
    assert set(OutboxMail.objects.values_list("outcome", flat=True)) == set(OutboxMail.Outcome.values)
    client = client_of(rep)

    for language, says in SENTENCES.items():
        with subtests.test(language), time_machine.travel(NOW + DAY, tick=False):
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
            said = attempts_in(client.get(opportunity.get_absolute_url()).content.decode())

            assert said.pop(KILLS) == [says[INTERRUPTED]] * TRIES + [says[NO_MORE]]
            to_the_end = said.pop(REFUSED_TO_THE_END)
            assert len(to_the_end) == TRIES + 1
            assert to_the_end[-2:] == [says[REFUSED_TO_THE_END], says[NO_MORE]]
            assert said == {
                state: [sentence] for state, sentence in says.items() if state not in (NO_MORE, REFUSED_TO_THE_END)
            }

"""Writes the mails of opportunities for the outbox, and says in the timeline what became of each."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import formats
from opportunities.activities import named_rows, phrases
from opportunities.activities.event_phrases import StepNames
from opportunities.activities.phrases import Phrase
from opportunities.activities.topics import EVERYTHING, Topic
from opportunities.customers.models import Contact
from opportunities.editing import mails
from opportunities.models import Opportunity, OpportunityMail
from salesflow.mail.models import Attempt, OutboxMail
from salesflow.users.models import User

WHY: dict[str, str | Promise] = {
    Attempt.Why.REFUSED: _("refused by the mail server"),
    Attempt.Why.NO_ANSWER: _("no answer from the mail server"),
    Attempt.Why.NO_CONNECTION: _("no connection to the mail server"),
    Attempt.Why.OTHER: _("an error in Salesflow"),
}


def compose(outbox: OutboxMail) -> EmailMessage | None:
    """The mail as it was written. None if it is gone, or if its reader does not want to be contacted any more."""
    mail = OpportunityMail.objects.select_related("contact").filter(outbox=outbox).first()
    if mail is None or mail.contact.do_not_contact or mails.with_address(mail.to):
        return None
    return EmailMessage(mail.subject, f"{mail.text}\n", to=[mail.to], reply_to=[mail.reply_to])


@dataclass(frozen=True)
class MailSource:
    """The mails of an opportunity, as a source of its timeline."""

    opportunity: Opportunity
    topic: Topic = EVERYTHING
    person: int | None = None

    def read(self, *, before: int | None, most: int) -> list["MailAct"]:
        """The newest mails first, with the attempts to send each. At most two queries."""
        if not self.topic.has_mails or not getattr(self.opportunity, "last_mail_at", True):
            return []
        found = written(self.opportunity.mails.all())
        if self.person is not None:
            found = found.filter(created_by=self.person)
        if before is not None:
            found = found.filter(pk__lt=before)
        return [MailAct(mail) for mail in found[:most]]


def written(mails: QuerySet[OpportunityMail]) -> QuerySet[OpportunityMail]:
    """The mails as a timeline reads them, the newest first: two queries."""
    attempts = Prefetch("outbox__log", Attempt.objects.order_by("number"))
    return mails.select_related("contact", "created_by", "outbox").prefetch_related(attempts).order_by("-pk")


@dataclass(frozen=True)
class AttemptLine:
    """What became of a mail at one moment. `is_trouble`: it was not delivered."""

    text: str
    at: datetime.datetime
    is_trouble: bool = False


@dataclass(frozen=True)
class MailAct:
    """A mail as an act of the timeline. It is no event, so it is never news."""

    mail: OpportunityMail

    is_creation = False
    is_new = False
    last_seen_at = None

    @property
    def by_id(self) -> int:
        return self.mail.created_by_id

    @property
    def by(self) -> User:
        return self.mail.created_by

    @property
    def at(self) -> datetime.datetime:
        return self.mail.created_at

    @property
    def key(self) -> int:
        return self.mail.pk

    def phrases(self, steps: StepNames) -> list[Phrase]:
        contact = named_rows.named(Contact, self.mail.contact_id, str(self.mail.contact))
        values: dict[str, Any] = {"name": contact, "subject": self.mail.subject}
        return [phrases.phrase(gettext("sent a mail to %(name)s: %(subject)s"), is_telling=True, **values)]

    @property
    def attempts(self) -> list[AttemptLine]:
        """Each attempt to send it, and how it ended. No query after `MailSource.read`."""
        outbox = self.mail.outbox
        lines = [_line_of(attempt, outbox) for attempt in outbox.log.all()]
        if not lines:
            return [AttemptLine(gettext("Waits to be sent."), outbox.asked_at)]
        if outbox.is_given_up and outbox.finished_at:
            lines.append(AttemptLine(gettext("It is not tried again."), outbox.finished_at, is_trouble=True))
        return lines


def _line_of(attempt: Attempt, outbox: OutboxMail) -> AttemptLine:
    if attempt.outcome == Attempt.Outcome.SENT:
        return AttemptLine(gettext("The mail server accepted it."), attempt.ended_at or attempt.started_at)
    if attempt.outcome == Attempt.Outcome.NOTHING_TO_SEND:
        said = gettext("Not sent, because this person does not want to be contacted.")
        return AttemptLine(said, attempt.ended_at or attempt.started_at, is_trouble=True)
    if attempt.outcome == Attempt.Outcome.FAILED:
        return AttemptLine(_failed(attempt), attempt.ended_at or attempt.started_at, is_trouble=True)
    is_last = attempt.number == outbox.attempts and outbox.finished_at is None
    is_running = is_last and outbox.leased_until is not None and outbox.leased_until > timezone.now()
    if is_running:
        return AttemptLine(gettext("Is being sent."), attempt.started_at)
    said = gettext("Sending was interrupted, so it may or may not have arrived.")
    return AttemptLine(said, attempt.started_at, is_trouble=True)


def _failed(attempt: Attempt) -> str:
    said = {"why": f"{WHY[attempt.why]}{f', {attempt.code}' if attempt.code else ''}"}
    if attempt.next_attempt_at is None:
        return gettext("Could not be delivered (%(why)s).") % said
    said["when"] = formats.soon(attempt.next_attempt_at)
    return gettext("Could not be delivered (%(why)s), next try %(when)s.") % said

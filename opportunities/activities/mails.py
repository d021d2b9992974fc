"""Writes the mails of opportunities for the outbox, and says in the timeline what became of each."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMessage
from django.core.paginator import Page
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import formats
from opportunities.activities import phrases
from opportunities.activities.phrases import Part, Phrase, Text
from opportunities.models import Opportunity, OpportunityMail
from salesflow.mail.models import Attempt, OutboxMail
from salesflow.users.models import User

MOST_SHOWN = 100
"""The most mails that one page of a timeline shows."""

WHY: dict[str, str | Promise] = {
    Attempt.Why.REFUSED: _("refused by the mail server"),
    Attempt.Why.NO_ANSWER: _("no answer from the mail server"),
    Attempt.Why.NO_CONNECTION: _("no connection to the mail server"),
    Attempt.Why.OTHER: _("an error in Salesflow"),
}


def compose(outbox: OutboxMail) -> EmailMessage | None:
    """The mail as it was written. None if it is gone, or if its reader does not want to be contacted any more."""
    mail = OpportunityMail.objects.select_related("contact").filter(outbox=outbox).first()
    if mail is None or mail.contact.do_not_contact:
        return None
    return EmailMessage(mail.subject, f"{mail.text}\n", to=[mail.to], reply_to=[mail.reply_to])


def written(mails: QuerySet[OpportunityMail]) -> QuerySet[OpportunityMail]:
    """The mails as a timeline reads them, the newest first: two queries."""
    attempts = Prefetch("outbox__log", Attempt.objects.order_by("number"))
    return mails.select_related("contact", "created_by", "outbox").prefetch_related(attempts).order_by("-created_at")


def beside(entries: Sequence[Any], events: Page[Any], opportunity: Opportunity, *, reader: User) -> list[Any]:
    """The entries of one page of events and the mails of the same time, the newest first. At most three queries."""
    mails = opportunity.mails.all()
    if events.has_next():
        mails = mails.filter(created_at__gte=events.object_list[len(events.object_list) - 1].at)
    if events.has_previous():
        newer = opportunity.events.filter(version__gt=events.object_list[0].version).order_by("version")
        mails = mails.filter(created_at__lt=newer.values_list("at", flat=True)[:1])
    found = [MailEntry(mail, reader) for mail in written(mails)[:MOST_SHOWN]]
    return sorted([*found, *entries], key=lambda entry: entry.at, reverse=True) if found else list(entries)


@dataclass(frozen=True)
class AttemptLine:
    """What became of a mail at one moment. `is_trouble`: it was not delivered."""

    text: str
    at: datetime.datetime
    is_trouble: bool = False


@dataclass(frozen=True)
class MailEntry:
    """A mail, as an entry of the timeline beside those of events."""

    mail: OpportunityMail
    reader: User

    is_move = False
    folded: Collection[Phrase] = ()
    texts: Collection[Text] = ()

    @property
    def who(self) -> str:
        return gettext("You") if self.mail.created_by_id == self.reader.pk else str(self.mail.created_by)

    @property
    def at(self) -> datetime.datetime:
        return self.mail.created_at

    @property
    def line(self) -> list[Part]:
        return list(self._phrase.parts)

    @property
    def sentence(self) -> str:
        return str(self._phrase)

    @property
    def _phrase(self) -> Phrase:
        values: dict[str, Any] = {"name": str(self.mail.contact), "subject": self.mail.subject}
        return phrases.phrase(gettext("sent a mail to %(name)s: %(subject)s"), **values)

    @property
    def attempts(self) -> list[AttemptLine]:
        """Each attempt to send it, and how it ended. No query after `written`."""
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

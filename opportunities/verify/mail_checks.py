"""Checks the mails of opportunities, their rows of the outbox, and the templates."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError

from opportunities.models import MailTemplate, OpportunityMail
from opportunities.models.mail_templates import OF_STEPS
from opportunities.models.mails import MAIL_KIND
from salesflow.mail.models import Attempt, OutboxMail
from stages import gates

Sent = OutboxMail.Outcome.SENT


def mails() -> Iterator[tuple[OpportunityMail, str]]:
    """The sentences about each mail. A constant number of queries for each batch."""
    rows = OpportunityMail.objects.select_related("opportunity", "outbox").prefetch_related("outbox__log")
    for mail in rows.order_by("pk").iterator(chunk_size=500):
        for what in _of_mail(mail):
            yield mail, f"has a mail ({mail.pk}) {what}"
    lost = OpportunityMail.objects.exclude(outbox__in=OutboxMail.objects.values("pk"))
    for mail in lost.select_related("opportunity").order_by("pk"):
        yield mail, f"has a mail ({mail.pk}) without a row in the outbox"


def _of_mail(mail: OpportunityMail) -> Iterator[str]:
    outbox: OutboxMail = mail.outbox
    log: list[Any] = sorted(outbox.log.all(), key=lambda attempt: attempt.number)
    if outbox.kind != MAIL_KIND or not outbox.is_kept:
        yield "whose row in the outbox is of another kind or is not kept"
    if outbox.asked_at != mail.created_at:
        yield "that was asked for at another time than it was written"
    if not (gates.is_filled(mail.subject) and gates.is_filled(mail.text)):
        yield "without a visible subject or text"
    if [attempt.number for attempt in log] != list(range(1, outbox.attempts + 1)):
        yield f"that was tried {outbox.attempts} times, and {len(log)} attempts are stored"
    was_sent = any(attempt.outcome == Attempt.Outcome.SENT for attempt in log)
    if was_sent != (outbox.outcome == Sent):
        yield "that is sent in the outbox and by no attempt, or the other way round"


def orphans() -> Iterator[str]:
    """Rows of the outbox whose mail is gone."""
    for outbox in OutboxMail.objects.filter(kind=MAIL_KIND, opportunity_mail=None).order_by("pk"):
        yield f"row {outbox.pk} is for a mail that does not exist"


def templates() -> Iterator[tuple[str, str]]:
    """Each template has valid texts, and those that steps begin with exist."""
    rows = list(MailTemplate.objects.order_by("pk"))
    for template in rows:
        try:
            template.full_clean()
        except ValidationError as error:
            yield template.name, " ".join(error.messages)
    for key in sorted(set(OF_STEPS.values()) - {template.key for template in rows}):
        yield "mail templates", f"the one that a step begins with, “{key}”, is missing"

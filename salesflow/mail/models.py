"""The outbox: one row for each mail that was requested."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    def due(self, at: datetime.datetime) -> Self:
        """The mails to try now, the oldest first. The worker of a lease that ran out has died."""
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        return self.filter(free, finished_at=None, next_attempt_at__lte=at).order_by("next_attempt_at", "pk")


class OutboxMail(models.Model):
    """A mail to send. Stores an address as typed or the ids of rows, never a link or a finished text."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        NOTHING_TO_SEND = "nothing", "nothing to send"  # for example: no account has the address
        GIVEN_UP = "given_up", "given up"

    kind = models.CharField(max_length=50)
    to = models.CharField(max_length=254, blank=True)
    ids = models.JSONField(default=dict, blank=True)
    message_id = models.CharField(max_length=255, unique=True)  # the same at each attempt
    asked_at = models.DateTimeField()
    is_kept = models.BooleanField(default=False)  # a page shows its attempts, so its row stays

    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "mails"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting", finished_at__isnull=True)
                | (~Q(outcome="waiting") & Q(finished_at__isnull=False)),
                name="mail_is_finished_with_an_outcome",
            )
        ]
        indexes = [
            models.Index(F("next_attempt_at"), F("id"), condition=Q(finished_at=None), name="mails_to_send"),
            models.Index(F("finished_at"), condition=Q(finished_at__isnull=False), name="mails_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_given_up(self) -> bool:
        return self.outcome == self.Outcome.GIVEN_UP

    @property
    def is_nothing_to_send(self) -> bool:
        return self.outcome == self.Outcome.NOTHING_TO_SEND


class Attempt(models.Model):
    """One attempt to send a mail. Without an end it is under way, or its worker died."""

    class Outcome(models.TextChoices):
        SENT = "sent", "sent"
        NOTHING_TO_SEND = "nothing", "nothing to send"
        FAILED = "failed", "failed"

    class Why(models.TextChoices):
        """Why an attempt failed."""

        REFUSED = "refused", "refused by the mail server"
        NO_ANSWER = "no_answer", "no answer in time"
        NO_CONNECTION = "no_connection", "no connection, or it was lost"
        OTHER = "other", "an error of the worker"

    mail = models.ForeignKey(OutboxMail, models.CASCADE, related_name="log")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    why = models.CharField(max_length=15, choices=Why, blank=True)
    code = models.PositiveSmallIntegerField(null=True, blank=True)  # of the answer of the mail server, such as 550
    next_attempt_at = models.DateTimeField(null=True, blank=True)  # as it was planned then

    class Meta:
        verbose_name = "attempt"
        verbose_name_plural = "attempts"
        ordering = ["mail", "number"]
        constraints = [
            models.UniqueConstraint(fields=["mail", "number"], name="attempts_of_a_mail_are_numbered"),
            models.CheckConstraint(
                condition=Q(outcome="", ended_at__isnull=True) | (~Q(outcome="") & Q(ended_at__isnull=False)),
                name="attempt_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(outcome="failed", why__gt="") | (~Q(outcome="failed") & Q(why="")),
                name="failed_attempt_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id}.{self.number}"

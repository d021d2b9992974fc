"""Mails: a request adds a row to the outbox, and a worker sends it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "salesflow.mail"
    label = "mail"
    verbose_name = _("Mail")

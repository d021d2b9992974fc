"""Mail leaves by an outbox: a request only notes what to send, a worker sends it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "salesflow.mail"
    label = "mail"
    verbose_name = _("Mail")

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Contact
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet
from salesflow import folding
from salesflow.mail.models import OutboxMail

MAIL_KIND = "opportunity_mail"
"""The kind of these mails in the outbox."""


class OpportunityMail(Guarded):
    """A mail from a colleague to a contact about an opportunity, as it was written.

    `outbox` says whether and when it was sent. `reply_to` is the address of the sender. It makes no event: it changes
    nothing of the opportunity, and the timeline shows it beside the events.
    """

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="mails")
    outbox = models.OneToOneField(OutboxMail, models.PROTECT, related_name="opportunity_mail")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="mails", verbose_name=_("contact"))
    to = models.EmailField(pgettext_lazy("mail", "to"))
    reply_to = models.EmailField(_("answers go to"))
    subject = models.CharField(_("subject"), max_length=folding.LINE_LENGTH)
    text = models.TextField(_("text"), max_length=folding.TEXT_LENGTH)
    created_at = models.DateTimeField(pgettext_lazy("note", "written"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"), editable=False
    )

    objects = GuardedQuerySet["OpportunityMail"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        contact_id: int
        created_by_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["pk"]
        indexes = [models.Index(fields=["opportunity", "created_at"], name="mails_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to__gt="", reply_to__gt="", subject__gt="", text__gt=""),
                name="a_mail_has_addresses_a_subject_and_a_text",
            )
        ]

    def __str__(self) -> str:
        return self.subject

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Reminders(models.Model):
    """What a user gets outside of the pages: the digest by mail, and the calendar.

    A user without a row gets the digest and has no calendar. The address of the calendar follows from `calendar_nonce`
    and the secret key of the site: a new nonce makes a new address, and the old one ends.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders")
    wants_digest = models.BooleanField(_("digest by mail"), default=True)
    digest_sent_on = models.DateField(_("digest sent on"), null=True, editable=False)
    calendar_nonce = models.CharField(max_length=32, blank=True, editable=False)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        verbose_name = _("reminders")
        verbose_name_plural = _("reminders")

    def __str__(self) -> str:
        return str(self.user)

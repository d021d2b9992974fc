"""How a person was exported and erased: who did it, when, and how much was found. No personal values remain here."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.erased import ERASED as ERASED
from opportunities.customers.models import Contact
from opportunities.models.attachments import Attachment
from opportunities.models.opportunity import Opportunity

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

ERASED_ADDRESS = "erased@example.invalid"
"""The same for a mail address."""


def _person_who(label: Any, **kwargs: Any) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **kwargs)


class PrivacyAct(models.Model):
    """An entry of the log of exports and erasures of a contact. `counts`: the number of rows, by their kind."""

    class Kind(models.TextChoices):
        EXPORTED = "exported", pgettext_lazy("person", "Exported")
        ERASED = "erased", pgettext_lazy("person", "Erased")
        ACCEPTED = "accepted", pgettext_lazy("person", "Review accepted")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="privacy_acts", verbose_name=_("contact"))
    at = models.DateTimeField(_("at"))
    by = _person_who(_("by"))
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("export or erasure")
        verbose_name_plural = _("exports and erasures")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.kind}"


class Erasure(models.Model):
    """One erasure of a contact, from the replacement of the record to the end of the review.

    `words` are the names, addresses and numbers by which texts are found. They are emptied when the review is accepted.
    """

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="erasures", verbose_name=_("contact"))
    at = models.DateTimeField(_("at"))
    by = _person_who(_("by"))
    words = models.JSONField(default=dict)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    accepted_by = _person_who(_("accepted by"), null=True)

    if TYPE_CHECKING:
        passages: "RelatedManager[Passage]"
        contact_id: int

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=Q(accepted_at__isnull=True), name="one_open_erasure_per_contact"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="erasure_was_accepted_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None


class Passage(models.Model):
    """A text, or a file, that a manager looks at before an erasure is accepted.

    A text is one passage for all rows of an opportunity, or of a customer, that have exactly it, the history, too.
    `places` names their tables and columns. `text` is emptied by the decision; `digest` and `result` recognise the text
    before and after it. `is_certain`: it has the whole name, the address or the number, not only a part of the name.
    """

    class Decision(models.TextChoices):
        OPEN = "", pgettext_lazy("passage", "Open")
        WORDS = "words", pgettext_lazy("passage", "Words replaced")
        WHOLE = "whole", pgettext_lazy("passage", "Erased")
        EDITED = "edited", pgettext_lazy("passage", "Edited")
        KEPT = "kept", pgettext_lazy("passage", "Kept")

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="passages")
    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, null=True, related_name="+", verbose_name=_("opportunity")
    )
    customer = models.CharField(max_length=39, blank=True)  # "account 12", if the text is not of an opportunity
    file = models.ForeignKey(Attachment, models.CASCADE, null=True, related_name="+", verbose_name=_("file"))
    text = models.TextField(_("text"), blank=True)
    places = models.JSONField(default=list)
    is_certain = models.BooleanField(default=True)
    digest = models.CharField(max_length=64)
    result = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = _person_who(_("decided by"), null=True)

    if TYPE_CHECKING:
        opportunity_id: int | None
        file_id: int | None

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["erasure", "digest"], name="a_passage_is_listed_once")]

    def __str__(self) -> str:
        return f"{self.erasure_id} {self.pk}"

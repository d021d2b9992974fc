from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from opportunities.models.mail_placeholders import filled, refuse_unknown
from salesflow import folding
from stages.bilingual import Bilingual
from stages.models import LINE, LINES, NAME
from stages.versions import Versioned

OF_STEPS = {"thank_you_sent": "thank_you"}
"""The key of the template with which the mail of a step begins, by the field of the step."""

SUBJECT, BODY = [*LINE, refuse_unknown], [*LINES, refuse_unknown]


class MailTemplate(Versioned, Bilingual):
    """How a mail of an opportunity begins, in both languages. The rows with a key ship with the product."""

    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(_("name (Norwegian)"), max_length=100, blank=True, validators=NAME)
    subject_en = models.CharField(_("subject (English)"), max_length=folding.LINE_LENGTH, validators=SUBJECT)
    subject_nb = models.CharField(_("subject (Norwegian)"), max_length=folding.LINE_LENGTH, validators=SUBJECT)
    body_en = models.TextField(_("text (English)"), max_length=folding.TEXT_LENGTH, validators=BODY)
    body_nb = models.TextField(_("text (Norwegian)"), max_length=folding.TEXT_LENGTH, validators=BODY)
    key = models.SlugField(_("key"), max_length=20, unique=True, null=True, blank=True, editable=False)
    is_archived = models.BooleanField(pgettext_lazy("mail template", "archived"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        ordering = ["pk"]

    def clean(self) -> None:
        if self.is_archived and self.key in OF_STEPS.values():
            raise ValidationError({"is_archived": _("A step begins its mail with this template.")})

    def subject(self, language: str, values: Mapping[str, str]) -> str:
        """The subject in this language, `en` or `nb`, on one line."""
        return " ".join(filled(self.in_language("subject", language), values).split())[: folding.LINE_LENGTH]

    def body(self, language: str, values: Mapping[str, str]) -> str:
        return filled(self.in_language("body", language), values)

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from opportunities.models.opportunity import Opportunity
from stages.bilingual import Bilingual
from stages.models import LARGEST, NAME
from stages.versions import Versioned

SET_BY_MOVES = {"in_progress", "on_hold", "won"}
"""The keys of the reasons that moves set."""


class StatusReason(Versioned, Bilingual):
    """Why an opportunity has its status. The rows with a key ship with the product."""

    status = models.CharField(_("status"), max_length=4, choices=Opportunity.Status)
    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(_("name (Norwegian)"), max_length=100, blank=True, validators=NAME)
    key = models.SlugField(_("key"), max_length=20, unique=True, null=True, blank=True, editable=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0, validators=[MaxValueValidator(LARGEST)])
    asks_competitor = models.BooleanField(_("asks for the competitor lost to"), default=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("status reason")
        verbose_name_plural = _("status reasons")
        ordering = ["status", "order", "pk"]

    def clean(self) -> None:
        if self.asks_competitor and self.status and self.status != Opportunity.Status.LOST:
            raise ValidationError({"asks_competitor": _("Only a reason for Lost can ask for the competitor.")})
        if self.is_archived and self.key in SET_BY_MOVES:
            raise ValidationError({"is_archived": _("This reason is set by moves and cannot be archived.")})
        others = StatusReason.objects.filter(status=self.status, is_archived=False).exclude(pk=self.pk)
        if self.is_archived and not others.exists():
            raise ValidationError({"is_archived": _("Each status needs a reason that is not archived.")})

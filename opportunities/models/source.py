"""The opportunity that another one was copied from."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity


class SourceKind(models.TextChoices):
    COPY = "copy", _("Copy")
    RENEWAL = "renewal", _("Renewal")


class WithSource(models.Model):
    """The columns that only `transitions.copy` fills, when it creates the opportunity. They never change."""

    source = models.ForeignKey(
        "opportunities.Opportunity",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="copies",
        verbose_name=_("copied from"),
        editable=False,
    )
    source_kind = models.CharField(
        _("kind of copy"), max_length=7, choices=SourceKind, blank=True, default="", editable=False
    )

    if TYPE_CHECKING:
        copies: models.Manager["Opportunity"]
        source_id: int | None

    class Meta:
        abstract = True


SOURCE_CONSTRAINT = models.CheckConstraint(
    condition=(Q(source__isnull=True, source_kind="") | Q(source__isnull=False, source_kind__in=[*SourceKind])),
    name="copy_has_source_and_kind",
    violation_error_message=_("A copy has the opportunity that it was made from, and its kind."),
)

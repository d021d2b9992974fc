from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.imports import Import, ImportRow

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class ImportAct(models.Model):
    """What a person does with a whole import afterwards: keeps the stages of its file, or takes it back.

    A run of its own, over the rows to which it applies.
    """

    class Act(models.TextChoices):
        KEEP = "keep", _("Keep the stages of the file")
        UNDO = "undo", _("Undo")

    of = models.ForeignKey(Import, models.CASCADE, related_name="acts", verbose_name=_("import"))
    act = models.CharField(_("act"), max_length=4, choices=Act)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    started_at = models.DateTimeField(_("started at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    if TYPE_CHECKING:
        rows: "RelatedManager[ImportActRow]"
        of_id: int
        by_id: int

    class Meta:
        verbose_name = _("act on an import")
        verbose_name_plural = _("acts on imports")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_at__isnull=False) | Q(stopped_at__isnull=True, finished_at__isnull=True),
                name="act_on_an_import_ends_after_its_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(started_at__isnull=False, stopped_at__isnull=True, finished_at__isnull=True),
                name="import_act_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.of_id}: {self.get_act_display()}"

    @property
    def is_under_way(self) -> bool:
        return self.started_at is not None and self.stopped_at is None and self.finished_at is None


class ImportActRow(models.Model):
    """One row of an import to which an act applies. `why` is the sentence of the refusal, for the person who acts."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    run = models.ForeignKey(  # the index of the constraint begins with it
        ImportAct, models.CASCADE, related_name="rows", verbose_name=_("act on an import"), db_index=False
    )
    row = models.ForeignKey(ImportRow, models.CASCADE, related_name="+", verbose_name=_("row of an import"))
    outcome = models.CharField(_("outcome"), max_length=7, blank=True, choices=Outcome)
    why = models.TextField(_("why"), blank=True)

    if TYPE_CHECKING:
        run_id: int
        row_id: int

    class Meta:
        verbose_name = _("row of an act on an import")
        verbose_name_plural = _("rows of acts on imports")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "row"], name="one_row_per_row_of_an_act_on_an_import"),
            models.CheckConstraint(
                condition=(Q(outcome="refused") & ~Q(why="")) | (~Q(outcome="refused") & Q(why="")),
                name="row_of_an_act_says_why_it_is_refused",
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="import_act_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.row_id}"

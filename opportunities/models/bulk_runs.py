from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import Opportunity
from stages.models import Stage

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

TEXT_LENGTH = 1000


def _has_its_entry() -> Q:
    """A run that was started says what it writes. One that puts another one back has no entry."""
    return (
        Q(started_at__isnull=True)
        | Q(puts_back__isnull=False)
        | Q(act="owner", owner__isnull=False)
        | Q(act="close_date", day__isnull=False)
        | Q(act__in=["rating", "forecast"]) & ~Q(choice="")
        | Q(act__in=["next_step", "hold"]) & ~Q(text="")
        | Q(act="advance")
    )


class BulkRun(models.Model):
    """One act that a person does to many opportunities: what to do, and since when it runs.

    It is made, with its rows, when the person has chosen the opportunities. It does nothing before the person has seen
    its page and started it. `text` is the next step or the reason of a hold, `day` the close date or the date of the
    next step, `choice` the rating or the forecast category. A run that `puts_back` another one restores what its rows
    were before; it has no entries.
    """

    class Act(models.TextChoices):
        OWNER = "owner", _("Owner")
        CLOSE_DATE = "close_date", _("Close date")
        RATING = "rating", _("Rating")
        FORECAST = "forecast", _("Forecast category")
        NEXT_STEP = "next_step", _("Next step")
        ADVANCE = "advance", _("Next Stage")
        HOLD = "hold", _("Put on hold")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    act = models.CharField(_("act"), max_length=10, choices=Act)
    made_at = models.DateTimeField(_("made at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    puts_back = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="put_back_by", verbose_name=_("puts back")
    )

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("owner")
    )
    owners_stay = models.BooleanField(_("the former owners stay on the sales team"), default=True)
    day = models.DateField(_("date"), null=True)
    choice = models.CharField(
        _("choice"),
        max_length=9,
        blank=True,
        choices=[*Opportunity.Rating.choices, *Opportunity.ForecastCategory.choices],
    )
    text = models.TextField(_("text"), max_length=TEXT_LENGTH, blank=True)

    if TYPE_CHECKING:
        rows: "RelatedManager[BulkRow]"
        by_id: int
        owner_id: int | None
        puts_back_id: int | None

    class Meta:
        verbose_name = _("bulk run")
        verbose_name_plural = _("bulk runs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_at__isnull=False) | Q(stopped_at__isnull=True, finished_at__isnull=True),
                name="bulk_run_ends_after_its_start",
            ),
            models.CheckConstraint(condition=_has_its_entry(), name="bulk_run_has_its_entry"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(started_at__isnull=False, stopped_at__isnull=True, finished_at__isnull=True),
                name="bulk_run_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_act_display()}"

    @property
    def is_started(self) -> bool:
        return self.started_at is not None

    @property
    def is_under_way(self) -> bool:
        return self.started_at is not None and self.stopped_at is None and self.finished_at is None


class BulkRow(models.Model):
    """One opportunity of a bulk run, with its version and stage as they were counted, and what became of it.

    `outcome` is empty until the row is done or refused. `why` is the code of the refusal, `steps` has the ids of the
    steps that were missing, `written_version` is the version that the run wrote. `opportunity` is empty if it was
    deleted.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        UNCHANGED = "unchanged", _("Was so already")
        REFUSED = "refused", _("Refused")

    run = models.ForeignKey(  # the index of the constraint begins with it
        BulkRun, models.CASCADE, related_name="rows", verbose_name=_("bulk run"), db_index=False
    )
    opportunity = models.ForeignKey(
        Opportunity, models.SET_NULL, null=True, related_name="+", verbose_name=_("opportunity")
    )
    version = models.PositiveIntegerField(_("version"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage"), db_index=False)
    outcome = models.CharField(_("outcome"), max_length=9, blank=True, choices=Outcome)
    why = models.CharField(_("why"), max_length=30, blank=True)
    steps = models.JSONField(_("missing steps"), default=list)
    written_version = models.PositiveIntegerField(_("written version"), null=True)

    if TYPE_CHECKING:
        run_id: int
        opportunity_id: int | None
        stage_id: int

    class Meta:
        verbose_name = _("row of a bulk run")
        verbose_name_plural = _("rows of bulk runs")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "opportunity"], name="one_row_per_opportunity_of_a_run"),
            models.CheckConstraint(
                condition=Q(outcome="done", written_version__isnull=False)
                | (~Q(outcome="done") & Q(written_version__isnull=True)),
                name="bulk_row_is_done_by_a_write",
            ),
            models.CheckConstraint(
                condition=(Q(outcome="refused") & ~Q(why="")) | (~Q(outcome="refused") & Q(why="")),
                name="bulk_row_says_why_it_is_refused",
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="bulk_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.opportunity_id}"

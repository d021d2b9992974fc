import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet
from stages.models import Process, Stage, Step

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class ProcessInstance(Guarded):
    """An opportunity's place in one process."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="instances")
    process = models.ForeignKey(Process, models.PROTECT, related_name="+", verbose_name=_("process"))
    is_primary = models.BooleanField(_("primary"), default=True)
    active_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("active stage"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = GuardedQuerySet["ProcessInstance"].as_manager()

    if TYPE_CHECKING:
        visits: "RelatedManager[StageVisit]"
        opportunity_id: int
        process_id: int
        active_stage_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("process instance")
        verbose_name_plural = _("process instances")
        ordering = ["-is_primary", "pk"]
        indexes = [
            # What entered its process in a period.
            models.Index(
                fields=["started_at", "opportunity"], condition=Q(is_primary=True), name="primary_process_by_start"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity"], condition=Q(is_primary=True), name="one_primary_process_per_opportunity"
            ),
            models.UniqueConstraint(fields=["opportunity", "process"], name="a_process_once_per_opportunity"),
        ]

    def __str__(self) -> str:
        return f"{self.process} – {self.active_stage}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class StageVisit(Guarded):
    """One stay in one stage. Visits are never deleted: time in stage, re-entries and conversion are counted from them.

    `requirements` is written when the stage is left: `{"step", "field", "state"}` for each step required then, the
    state one of "met", "waived", "unmet".
    """

    instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="visits")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="visits")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="visits", verbose_name=_("stage"))
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    left_at = models.DateTimeField(_("left"), null=True)
    left_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requirements = models.JSONField(_("requirements when left"), default=list)

    objects = GuardedQuerySet["StageVisit"].as_manager()

    if TYPE_CHECKING:
        holds: "RelatedManager[Hold]"
        stage_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("stage visit")
        verbose_name_plural = _("stage visits")
        ordering = ["pk"]
        indexes = [
            # The times of many opportunities in their stages, without reading a row.
            models.Index(fields=["opportunity", "stage", "entered_at", "left_at"], name="visit_by_opportunity"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["instance"], condition=Q(left_at__isnull=True), name="one_open_visit_per_instance"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="visit_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
                name="visit_was_left_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage}, {self.entered_at:%Y-%m-%d}"

    @property
    def time_spent(self) -> datetime.timedelta:
        """How long a visit that ended took, without its holds. One query, unless the holds were read with it."""
        holds = self.holds.all() if self.pk else []  # a visit that is not saved yet has none
        held = sum((hold.until_at - hold.from_at for hold in holds if hold.until_at), datetime.timedelta())
        return self.left_at - self.entered_at - held if self.left_at else datetime.timedelta()


class Hold(Guarded):
    """A time during which the opportunity is on hold. It does not count as time in the stage."""

    visit = models.ForeignKey(StageVisit, models.CASCADE, related_name="holds")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="holds")
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"), max_length=1000)

    objects = GuardedQuerySet["Hold"].as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity"], condition=Q(until_at__isnull=True), name="one_open_hold_per_opportunity"
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")), name="hold_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class WaiverQuerySet(GuardedQuerySet["Waiver"]):
    def in_force(self) -> "WaiverQuerySet":
        """The waivers that count: not withdrawn. A waiver given for a closing counts until the closing is undone."""
        given_for_now = Q(closing__isnull=True) | Q(closing__reopened_at__isnull=True)
        return self.filter(given_for_now, withdrawn_at__isnull=True)

    def imported(self) -> "WaiverQuerySet":
        """The waivers that came with an import."""
        return self.filter(kind=Waiver.Kind.IMPORTED)


class Waiver(Guarded):
    """A manager's exception for one step of one opportunity: the gate opens without it.

    `closing` is the closing that the waiver was given for, if any. The waiver counts for that closing only.
    A waiver that was withdrawn is kept, and counts no more. The step may be waived again.
    One of the kind `IMPORTED` was given by an import, for a step that the opportunity lacked in the stages it had
    already passed, or in its closing. It was given on the day of the import, and counts for the moves of the file, too.
    """

    class Kind(models.TextChoices):
        EXCEPTION = "exception", pgettext_lazy("waiver", "Exception")
        IMPORTED = "imported", pgettext_lazy("waiver", "Imported")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="waivers")
    step = models.ForeignKey(Step, models.PROTECT, related_name="waivers", verbose_name=_("step"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.EXCEPTION)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.TextField(_("reason"), max_length=1000)
    closing = models.ForeignKey(
        "opportunities.Closing", models.CASCADE, null=True, related_name="waivers", verbose_name=_("closing")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawn by")
    )
    withdraw_reason = models.TextField(_("reason for withdrawing"), max_length=1000, blank=True)

    objects = WaiverQuerySet.as_manager()

    if TYPE_CHECKING:
        step_id: int
        closing_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ["pk"]
        indexes = [
            # The waivers that were given, and withdrawn, in a period, without reading a row.
            models.Index(fields=["at", "kind", "step", "by", "opportunity"], name="waiver_by_day_and_kind"),
            models.Index(
                fields=["withdrawn_at", "step", "withdrawn_by", "opportunity"],
                condition=Q(withdrawn_at__isnull=False),
                name="withdrawn_waiver_by_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "step"],
                condition=Q(closing__isnull=True, withdrawn_at__isnull=True),
                name="a_step_is_waived_once",
                violation_error_message=_("This step is waived already."),
            ),
            models.UniqueConstraint(fields=["closing", "step"], name="a_step_is_waived_once_for_a_closing"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdraw_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, closing__isnull=True)
                & ~Q(withdraw_reason=""),
                name="withdrawn_waiver_says_who_and_why",
                violation_error_message=_("A withdrawn waiver says who withdrew it, when and why."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["exception", "imported"]),
                name="waiver_has_known_kind",
                violation_error_message=_("A waiver is an exception or imported."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason

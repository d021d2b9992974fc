import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.customers.models import Account, Contact, Searchable
from opportunities.models import opportunity_table
from opportunities.models.columns import is_of_many, money, tick
from opportunities.models.source import WithSource
from opportunities.models.stamp import Stamp
from opportunities.models.stored_counts import WithStoredCounts
from opportunities.models.write_guard import Guarded, GuardedQuerySet
from stages.models import Stage

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from opportunities.models.closing import CloseRequest, Closing
    from opportunities.models.competitors import OpportunityCompetitor
    from opportunities.models.debriefs import Debrief
    from opportunities.models.event import Event
    from opportunities.models.journey import Hold, ProcessInstance, StageVisit, WaiverQuerySet
    from opportunities.models.presentations import Presentation
    from opportunities.models.stakeholders import Stakeholder
    from opportunities.models.tasks import TaskQuerySet
    from opportunities.models.team import TeamMember
    from opportunities.models.waiver_requests import WaiverRequest
    from salesflow.users.models import User


class OpportunityQuerySet(GuardedQuerySet["Opportunity"]):
    def visible_to(self, user: "User", on: datetime.date | None = None) -> "OpportunityQuerySet":
        """The opportunities that this user may see on that day, by default today. Cheapest after other filters."""
        return access.visible(self, user, on)

    def open(self) -> "OpportunityQuerySet":
        return self.filter(status=Opportunity.Status.OPEN)

    def matching(self, condition: Q) -> "OpportunityQuerySet":
        return self.filter(condition)


class Opportunity(Searchable, WithSource, WithStoredCounts, Guarded):
    """A possible sale that a rep leads through the stages of a process.

    Written only inside `opportunities.editing`, created only by `transitions.start`, `copy` and `bring_in`. People do
    not edit the fields from `status` on: moves and `editing.derived` fill them.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    class PurchaseTimeframe(models.TextChoices):
        IMMEDIATE = "immediate", _("Immediate")
        THIS_QUARTER = "this_quarter", _("This quarter")
        NEXT_QUARTER = "next_quarter", _("Next quarter")
        THIS_YEAR = "this_year", _("This year")
        UNKNOWN = "unknown", _("Unknown")

    class PurchaseProcess(models.TextChoices):
        INDIVIDUAL = "individual", _("Individual")
        COMMITTEE = "committee", _("Committee")
        UNKNOWN = "unknown", _("Unknown")

    class Rating(models.TextChoices):
        HOT = "hot", _("Hot")
        WARM = "warm", _("Warm")
        COLD = "cold", _("Cold")

    class ForecastCategory(models.TextChoices):
        PIPELINE = "pipeline", _("Pipeline")
        BEST_CASE = "best_case", _("Best case")
        COMMITTED = "committed", _("Committed")
        OMITTED = "omitted", _("Omitted")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="opportunities", verbose_name=_("owner")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("contact")
    )
    description = models.TextField(_("description"), max_length=4000, blank=True)
    estimated_revenue = money(_("estimated revenue"))
    estimated_close_date = models.DateField(_("estimated close date"), null=True, blank=True)
    probability = models.PositiveSmallIntegerField(
        _("probability (%)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Leave it empty to use the stage’s probability."),
    )
    rating = models.CharField(_("rating"), max_length=4, choices=Rating, default=Rating.WARM)
    forecast_category = models.CharField(
        _("forecast category"), max_length=9, choices=ForecastCategory, default=ForecastCategory.PIPELINE
    )

    purchase_timeframe = models.CharField(_("purchase timeframe"), max_length=12, choices=PurchaseTimeframe, blank=True)
    estimated_budget = money(_("estimated budget"))
    purchase_process = models.CharField(_("purchase process"), max_length=10, choices=PurchaseProcess, blank=True)
    decision_maker_identified = tick(_("decision maker identified"))
    customer_need = models.TextField(_("customer need"), max_length=4000, blank=True)
    proposed_solution = models.TextField(_("proposed solution"), max_length=4000, blank=True)
    stakeholders_identified = tick(_("stakeholders identified"))
    competitors_identified = tick(_("competitors identified"))
    no_known_competitors = tick(_("no known competitors"))
    sales_team_identified = tick(_("sales team identified"))
    proposal_developed = tick(_("proposal developed"))
    internal_review_completed = tick(_("internal review completed"))
    proposal_presented = tick(_("proposal presented"))
    final_proposal_completed = tick(_("final proposal completed"))
    final_proposal_presented = tick(_("final proposal presented"))
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    thank_you_sent = tick(_("thank you sent"))
    debrief_filed = tick(_("debrief filed"))

    # Filled by moves.
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN, editable=False)
    status_reason = models.ForeignKey(
        "opportunities.StatusReason", models.PROTECT, related_name="+", verbose_name=_("status reason"), editable=False
    )
    actual_revenue = money(_("actual revenue"), editable=False)
    closed_on = models.DateField(_("close date"), null=True, blank=True, editable=False)
    pipeline_phase = models.ForeignKey(
        Stage, models.PROTECT, related_name="+", verbose_name=_("pipeline phase"), editable=False
    )
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by"), editable=False
    )

    # Derived by `editing.found_by` from the names of the opportunity, its account and its contact.
    found_by = models.CharField(max_length=3 * 400 + 2, editable=False, db_default="")

    # Derived by `editing` from the primary process instance, the steps and the child rows.
    active_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage"), editable=False)
    stage_entered_at = models.DateTimeField(_("in the stage since"), editable=False)
    stage_counted_from = models.DateTimeField(_("days in the stage counted from"), editable=False)
    is_finished = models.BooleanField(_("finished"), default=False, editable=False)
    is_on_hold = models.BooleanField(_("on hold"), default=False, editable=False)
    is_ready = models.BooleanField(_("ready to advance"), default=False, editable=False)
    steps_met = models.PositiveSmallIntegerField(_("steps met"), default=0, editable=False)
    steps_required = models.PositiveSmallIntegerField(_("steps required"), default=0, editable=False)
    steps_waived = models.PositiveSmallIntegerField(_("steps waived"), default=0, editable=False)
    # Ids of the required steps that are neither met nor waived, in the active stage and in those before it.
    unmet_steps = models.JSONField(_("unmet steps"), default=list, editable=False)
    missing_behind = models.PositiveSmallIntegerField(_("missing in passed stages"), default=0, editable=False)
    # How many steps an import has waived that are still unmet.
    steps_to_catch_up = models.PositiveSmallIntegerField(_("steps to catch up on"), default=0, editable=False)
    # Ids of the steps that a manager was asked to waive and has not answered, in order.
    asked_steps = models.JSONField(_("steps asked to be waived"), default=list, editable=False)
    # The text and the date of the first open task.
    next_step = models.CharField(_("next step"), max_length=200, blank=True, editable=False)
    next_step_due = models.DateField(_("next step due"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    modified_at = models.DateTimeField(_("changed"), editable=False)

    objects = OpportunityQuerySet.as_manager()
    opportunity_column = "id"

    stamp: Stamp | None = None
    """Set on the locked copy inside a write, for child rows that store who wrote them and when."""

    if TYPE_CHECKING:
        stakeholders: "RelatedManager[Stakeholder]"
        competitor_links: "RelatedManager[OpportunityCompetitor]"
        team_members: "RelatedManager[TeamMember]"
        tasks: "TaskQuerySet"
        debriefs: "RelatedManager[Debrief]"
        presentations: "RelatedManager[Presentation]"
        instances: "RelatedManager[ProcessInstance]"
        visits: "RelatedManager[StageVisit]"
        holds: "RelatedManager[Hold]"
        waivers: "WaiverQuerySet"
        waiver_requests: "RelatedManager[WaiverRequest]"
        closings: "RelatedManager[Closing]"
        close_requests: "RelatedManager[CloseRequest]"
        events: "RelatedManager[Event]"
        account_id: int | None
        contact_id: int | None
        owner_id: int
        active_stage_id: int
        pipeline_phase_id: int
        status_reason_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ["-modified_at", "-pk"]
        indexes = opportunity_table.INDEXES
        constraints = opportunity_table.CONSTRAINTS

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("opportunity", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_won(self) -> bool:
        return self.status == self.Status.WON

    @property
    def is_lost(self) -> bool:
        return self.status == self.Status.LOST

    @property
    def has_disabled_owner(self) -> bool:
        """Whether it is open, so that a manager should give it to another person."""
        return self.is_open and not self.owner.is_active

    def days_in_stage(self, at: datetime.datetime) -> int:
        """Days in the active stage, by the organisation's calendar, without holds that have ended."""
        return max((timezone.localdate(at) - timezone.localdate(self.stage_counted_from)).days, 0)

    def is_over_target(self, at: datetime.datetime) -> bool:
        """Whether it has been in its stage for more days than the stage's target; never while it is on hold."""
        target = self.active_stage.target_days
        if target is None or not self.is_open or self.is_on_hold or self.is_finished:
            return False
        return self.days_in_stage(at) > target

    def closing_in_force(self) -> "Closing | None":
        """The closing that was not undone; None while the opportunity is open. One query if it is closed."""
        if self.is_open:
            return None
        named = self.closings.select_related("by", "status_reason", "stage", "competitor")
        return named.filter(reopened_at__isnull=True).first()

    def last_close_request(self) -> "CloseRequest | None":
        """The last request to close, also one that was answered. One query, none if it was read that there is none."""
        if not getattr(self, "has_close_requests", True):
            return None
        named = self.close_requests.select_related("by", "answered_by", "status_reason", "competitor")
        return named.order_by("-pk").first()


for _column in ("status", "active_stage"):
    is_of_many(Opportunity._meta.get_field(_column))

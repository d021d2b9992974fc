import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet

IN_ORDER = (F("due").asc(nulls_last=True), F("time").asc(nulls_last=True), "created_at", "pk")
"""The order of `Task.place`."""

OPEN_FIRST = (F("done_at").desc(nulls_first=True), F("dropped_at").desc(nulls_first=True), *IN_ORDER)
"""The open tasks in order, then the done and dropped ones, the last first."""


class TaskQuerySet(GuardedQuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(done_at__isnull=True, dropped_at__isnull=True)

    def in_order(self) -> Self:
        """The first open task is the next step."""
        return self.order_by(*IN_ORDER)


class Task(Guarded):
    """Something to do for an opportunity. The first open task is the next step.

    A task ends when it is done, or when its opportunity is closed: then it is dropped. A task that has ended does not
    change any more, also when the opportunity is reopened.
    """

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="tasks")
    text = models.CharField(_("task"), max_length=200)
    due = models.DateField(_("due date"), null=True, blank=True)
    time = models.TimeField(_("time"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks", verbose_name=pgettext_lazy("task", "owner")
    )
    created_at = models.DateTimeField(_("planned"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("planned by"), editable=False
    )
    done_at = models.DateTimeField(pgettext_lazy("task", "done"), null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("done by"), editable=False
    )
    dropped_at = models.DateTimeField(_("dropped with the deal"), null=True, editable=False)

    objects = TaskQuerySet.as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        owner_id: int
        created_by_id: int
        done_by_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_was_done_by_a_person",
                violation_error_message=_("A task that is done says who did it."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(dropped_at__isnull=True),
                name="task_is_done_or_dropped",
                violation_error_message=_("A task is done or dropped, not both."),
            ),
            models.CheckConstraint(
                condition=Q(time__isnull=True) | Q(due__isnull=False),
                name="task_with_a_time_has_a_date",
                violation_error_message=_("A time needs a date."),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return not self.has_ended

    @property
    def has_ended(self) -> bool:
        return self.done_at is not None or self.dropped_at is not None

    @property
    def place(self) -> tuple[Any, ...]:
        """The sort key: by date, then by time, each with missing values last, then by age."""
        return (
            self.due is None,
            self.due or datetime.date.min,
            self.time is None,
            self.time or datetime.time.min,
            self.created_at,
            self.pk,
        )


def with_next_task(opportunities: "QuerySet[Opportunity]") -> "QuerySet[Opportunity]":
    """Reads the id and the time of the next step with each opportunity, which has its text and date."""
    first = Task.objects.filter(opportunity=OuterRef("pk")).open().in_order()[:1]
    return opportunities.annotate(
        next_task_id=Subquery(first.values("pk")), next_task_time=Subquery(first.values("time"))
    )


def next_task(opportunity: Opportunity) -> Task | None:
    """The next step of an opportunity that was read `with_next_task`, with the columns that a page shows. No query."""
    annotated: Any = opportunity
    if annotated.next_task_id is None:
        return None
    return Task(
        pk=annotated.next_task_id,
        text=opportunity.next_step,
        due=opportunity.next_step_due,
        time=annotated.next_task_time,
    )


def first_open(tasks: Iterable[Task]) -> Task | None:
    """The task that is the next step, of these of one opportunity. No query."""
    return min((task for task in tasks if task.is_open), key=lambda task: task.place, default=None)

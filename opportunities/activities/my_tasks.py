"""The open tasks of one user, of all opportunities that the user may see."""

import datetime
import enum
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models import Opportunity, Task
from opportunities.models.tasks import IN_ORDER
from salesflow.users.models import User

_LONG_TEXTS = ("description", "customer_need", "proposed_solution")


class When(enum.StrEnum):
    """The group of an open task."""

    LATE = "late"
    TODAY = "today"
    LATER = "later"
    UNDATED = "undated"


WHEN_NAMES: dict[When, str | Promise] = {
    When.LATE: _("Late"),
    When.TODAY: _("Today"),
    When.LATER: pgettext_lazy("tasks", "Later"),
    When.UNDATED: _("No date"),
}


@dataclass(frozen=True)
class TaskGroup:
    """The tasks of a page that belong together, and how many there are on all pages."""

    when: When
    tasks: list[Task]
    count: int

    @property
    def title(self) -> str:
        return str(WHEN_NAMES[self.when])


def of(user: User) -> QuerySet[Task]:
    """The open tasks of the user in the order of their dates, each with its opportunity and account."""
    visible = Opportunity.objects.open().filter(tasks__owner=user).visible_to(user).order_by().values("pk")
    tasks = Task.objects.open().filter(owner=user, opportunity__in=visible)
    rows = tasks.select_related("opportunity__account").defer(*(f"opportunity__{name}" for name in _LONG_TEXTS))
    return rows.order_by(*IN_ORDER)


def when_of(task: Task, today: datetime.date) -> When:
    if task.due is None:
        return When.UNDATED
    if task.due == today:
        return When.TODAY
    return When.LATE if task.due < today else When.LATER


def counts(user: User, today: datetime.date) -> dict[When, int]:
    """How many open tasks the user has in each group. One query."""
    conditions = {
        When.LATE: Q(due__lt=today),
        When.TODAY: Q(due=today),
        When.LATER: Q(due__gt=today),
        When.UNDATED: Q(due=None),
    }
    figures: Any = {when.value: Count(F("pk"), filter=condition) for when, condition in conditions.items()}
    found = of(user).order_by().aggregate(**figures)
    return {when: found[when.value] for when in When}


def grouped(tasks: "list[Task]", today: datetime.date, counted: dict[When, int]) -> list[TaskGroup]:
    """The tasks of one page in their groups. They are in the order of `of`. No query."""
    groups = groupby(tasks, key=lambda task: when_of(task, today))
    return [TaskGroup(when, list(members), counted[when]) for when, members in groups]

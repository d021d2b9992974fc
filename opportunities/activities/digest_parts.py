"""What a digest says about one person: the reader, or a person who is away and has the reader as deputy."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import access, formats
from opportunities.activities import my_tasks, unanswered
from opportunities.activities.my_tasks import When
from opportunities.models import CloseRequest, Opportunity, Task, WaiverRequest
from salesflow.users.models import User

MOST_TASKS = 30
"""The most tasks that a part lists."""
MOST_UNPLANNED = 10
"""The most opportunities without a next step that a part lists."""
MOST_REQUESTS = 10
"""The most requests of one kind that a part lists."""


def without_next_step() -> QuerySet[Opportunity]:
    """The open opportunities with nothing planned, as My day and the list count them: not those on hold."""
    return Opportunity.objects.open().filter(next_step="", next_step_due=None, is_on_hold=False)


@dataclass(frozen=True)
class Requests:
    """The requests of one kind that wait for an answer: how many, and the oldest."""

    count: int
    rows: list[Any]


@dataclass(frozen=True)
class DigestPart:
    """The work of one person: tasks that are due, opportunities without a next step, requests to answer."""

    person: User
    owner: str
    """The person in the address of the list: `me`, or the id."""
    due: list[Task]
    counted: dict[When, int]
    unplanned: QuerySet[Opportunity]
    unplanned_count: int
    requests: list[Requests]

    @property
    def request_count(self) -> int:
        return sum(each.count for each in self.requests)

    @property
    def is_empty(self) -> bool:
        return not (self.due or self.unplanned_count or self.request_count)


def of(person: User, today: datetime.date, *, deputy: User | None = None) -> DigestPart:
    """At most eight queries. A `deputy` is spared the requests that are in the own part as well."""
    unplanned = without_next_step().filter(owner=person.pk)
    return DigestPart(
        person=person,
        owner=str(person.pk) if deputy else "me",
        due=list(my_tasks.of(person).filter(due__lte=today)[:MOST_TASKS]),
        counted=my_tasks.counts(person, today),
        unplanned=unplanned,
        unplanned_count=unplanned.count() if person.has_role else 0,
        requests=requests(person, deputy),
    )


def requests(person: User, deputy: User | None = None) -> list[Requests]:
    """The requests that the person may answer without acting for another; none for one who may answer none."""
    if not access.may_answer_requests(access.alone(person)):
        return []
    named: list[QuerySet[Any]] = [
        CloseRequest.objects.select_related("by", "opportunity"),
        WaiverRequest.objects.select_related("by", "step", "opportunity"),
    ]
    found = []
    for kind in named:
        waiting = unanswered.for_reader(kind, access.alone(person))
        if deputy is not None and access.may_answer_requests(access.alone(deputy)):
            listed = unanswered.for_reader(kind, access.alone(deputy)).order_by().values("pk")
            waiting = waiting.exclude(pk__in=listed)
        found.append(Requests(waiting.count(), list(waiting[:MOST_REQUESTS])))
    return found


def figures(part: DigestPart) -> str:
    """`1 task late, 2 tasks today, 1 request`: for the subject of the mail."""
    late, due = part.counted[When.LATE], part.counted[When.TODAY]
    said = [
        (ngettext("%(count)d task late", "%(count)d tasks late", late), late),
        (ngettext("%(count)d task today", "%(count)d tasks today", due), due),
        (
            ngettext("%(count)d without a next step", "%(count)d without a next step", part.unplanned_count),
            part.unplanned_count,
        ),
        (ngettext("%(count)d request", "%(count)d requests", part.request_count), part.request_count),
    ]
    return ", ".join(text % {"count": count} for text, count in said if count)


def lines(part: DigestPart, today: datetime.date) -> list[str]:
    return [*_requests(part), *_tasks(part, today), *_unplanned(part)]


def _requests(part: DigestPart) -> list[str]:
    if not part.request_count:
        return []
    found = [_("Requests that wait for an answer (%(count)d)") % {"count": part.request_count}]
    listed = [row for kind in part.requests for row in kind.rows]
    for row in sorted(listed, key=lambda each: each.at):
        found += [f"- {_request(row)}", f"  {settings.BASE_URL}{_address(row)}"]
    if len(listed) < part.request_count:
        said = {"listed": len(listed), "total": part.request_count}
        found.append(_("The first %(listed)d of %(total)d are listed.") % said)
    return [*found, ""]


def _request(row: Any) -> str:
    """“Kari asks to close Ferries as lost”, “Kari asks to waive Purchase process – Ferries”."""
    said = {"person": row.by, "opportunity": row.opportunity.name}
    if isinstance(row, WaiverRequest):
        return _("%(person)s asks to waive “%(step)s” – %(opportunity)s") % {**said, "step": row.step}
    return _("%(person)s asks to close as lost – %(opportunity)s") % said


def _address(row: Any) -> str:
    if isinstance(row, WaiverRequest):
        return str(row.opportunity.get_absolute_url())
    return reverse("close_request", args=[row.opportunity.pk])


def _tasks(part: DigestPart, today: datetime.date) -> list[str]:
    found: list[str] = []
    for group in my_tasks.grouped(part.due, today, part.counted):
        found += [f"{group.title} ({group.count})", *(_line(task, today) for task in group.tasks), ""]
    listed, total = len(part.due), part.counted[When.LATE] + part.counted[When.TODAY]
    if listed < total:
        found += [_("The first %(listed)d of %(total)d are listed.") % {"listed": listed, "total": total}, ""]
    return found


def _line(task: Task, today: datetime.date) -> str:
    """One task: when it is due if that is not today, its text, its opportunity, and the address of that."""
    when = [formats.short_day(task.due, today)] if task.due and task.due != today else []
    when += [formats.time_of_day(task.time)] if task.time else []
    named = f"{task} – {task.opportunity.name}"
    return f"- {' '.join([*when, named])}\n  {settings.BASE_URL}{task.opportunity.get_absolute_url()}"


def _unplanned(part: DigestPart) -> list[str]:
    """The opportunities without a next step, the last changed first, and a link to the list of all. One query."""
    if not part.unplanned_count:
        return []
    found = [_("Without a next step (%(count)d)") % {"count": part.unplanned_count}]
    for opportunity in part.unplanned.order_by("-modified_at", "pk").only("name")[:MOST_UNPLANNED]:
        found += [f"- {opportunity.name}", f"  {settings.BASE_URL}{opportunity.get_absolute_url()}"]
    if part.unplanned_count > MOST_UNPLANNED:
        address = f"{settings.BASE_URL}{reverse('opportunity_list')}?owner={part.owner}&due=none"
        found.append(_("All of them: %(address)s") % {"address": address})
    return [*found, ""]

"""The calendar of a user: the open tasks with a date, as a feed that calendar programs read (RFC 5545)."""

import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from opportunities.activities import my_tasks
from opportunities.models import Task
from salesflow.users.models import User

MOST_TASKS = 1000
LENGTH = datetime.timedelta(minutes=30)
"""How long a task with a time takes in the calendar."""


def feed(user: User) -> bytes:
    """The calendar in the language that is active. One query."""
    calendar = Calendar()
    calendar.add("prodid", "-//Salesflow//Tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Salesflow: tasks of %(person)s") % {"person": user})
    for task in my_tasks.of(user).filter(due__isnull=False)[:MOST_TASKS]:
        calendar.add_component(_entry(task))
    return calendar.to_ical()


def _entry(task: Task) -> Event:
    """A task with a time at that time, in UTC; any other for the whole day."""
    entry = Event()
    entry.add("uid", f"task-{task.pk}@{urlsplit(settings.BASE_URL).hostname}")
    entry.add("dtstamp", task.created_at.astimezone(datetime.UTC))
    entry.add("summary", f"{task} – {task.opportunity.name}")
    entry.add("url", f"{settings.BASE_URL}{task.opportunity.get_absolute_url()}")
    if task.opportunity.account:
        entry.add("description", str(task.opportunity.account))
    assert task.due is not None, "The feed reads tasks with a date."  # noqa: S101
    if task.time is None:
        entry.add("dtstart", task.due)
        entry.add("transp", "TRANSPARENT")
    else:
        start = timezone.make_aware(datetime.datetime.combine(task.due, task.time)).astimezone(datetime.UTC)
        entry.add("dtstart", start)
        entry.add("dtend", start + LENGTH)
    return entry

"""The digest: a mail each morning with the tasks that are late or due today, and what has no next step.

`manage.py send_digest` runs every hour. It asks for one mail for each user and day, from seven o'clock on in the time
zone of the organisation; the outbox sends it. The mail is written when it is sent, in the language of its reader.
"""

import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import formats
from opportunities.activities import my_tasks
from opportunities.activities.my_tasks import When
from opportunities.models import Opportunity, Reminders, Task
from salesflow.mail import outbox
from salesflow.mail.models import OutboxMail
from salesflow.users.models import User, able_to_own

KIND = "digest"
FROM_HOUR = 7
MOST_TASKS = 30
"""The most tasks that a mail lists."""
MOST_UNPLANNED = 10
"""The most opportunities without a next step that a mail lists."""


def ask_for_mails(at: datetime.datetime) -> int:
    """Asks for the digest of every user who gets one today and has not got it. Returns how many."""
    if timezone.localtime(at).hour < FROM_HOUR:
        return 0
    today = timezone.localdate(at)
    return sum(_ask_for_mail(user, today, at) for user in _waiting(today).iterator())


def _waiting(today: datetime.date) -> QuerySet[User]:
    """The users with a mail address and something to list, who have not got the digest of the day."""
    due = Task.objects.open().filter(owner=OuterRef("pk"), due__lte=today)
    unplanned = _without_next_step().filter(owner=OuterRef("pk"))
    had = Reminders.objects.filter(Q(wants_digest=False) | Q(digest_sent_on__gte=today), user=OuterRef("pk"))
    users: QuerySet[User] = able_to_own(User.objects.exclude(email=""))
    return users.filter(Exists(due) | Exists(unplanned), ~Exists(had)).order_by("pk")


def _without_next_step() -> QuerySet[Opportunity]:
    """The open opportunities with nothing planned, as My day and the list count them: not those on hold."""
    return Opportunity.objects.open().filter(next_step="", next_step_due=None, is_on_hold=False)


def _ask_for_mail(user: User, today: datetime.date, at: datetime.datetime) -> bool:
    """Asks for one mail, and remembers it in the same transaction. False if another run was faster."""
    Reminders.objects.get_or_create(user=user)
    with transaction.atomic():
        waiting = Reminders.objects.filter(Q(digest_sent_on=None) | Q(digest_sent_on__lt=today), user=user)
        if not waiting.filter(wants_digest=True).update(digest_sent_on=today):
            return False
        outbox.send(kind=KIND, at=at, user=user.pk)
    return True


def compose(mail: OutboxMail) -> EmailMessage | None:
    """The mail for the user with the id `user`; None if there is nothing to list any more, or the user gets no mail."""
    user = able_to_own(User.objects.exclude(email="")).filter(pk=mail.ids["user"]).first()
    if user is None:
        return None
    today = timezone.localdate()
    due = list(my_tasks.of(user).filter(due__lte=today)[:MOST_TASKS])
    unplanned = _without_next_step().filter(owner=user)
    count = unplanned.count()
    if not due and not count:
        return None
    counted = my_tasks.counts(user, today)
    with translation.override(user.language):
        lines = [*_hello(user), *_tasks(due, counted, today), *_unplanned(unplanned, count), _links()]
        return EmailMessage(_subject(counted, count, today), "\n".join(lines) + "\n", to=[user.email])


def _subject(counted: dict[When, int], unplanned: int, today: datetime.date) -> str:
    late, due = counted[When.LATE], counted[When.TODAY]
    parts = [
        ngettext("%(count)d task late", "%(count)d tasks late", late) % {"count": late} if late else "",
        ngettext("%(count)d task today", "%(count)d tasks today", due) % {"count": due} if due else "",
        ngettext("%(count)d without a next step", "%(count)d without a next step", unplanned) % {"count": unplanned}
        if unplanned
        else "",
    ]
    return f"{formats.weekday(today)}: {', '.join(part for part in parts if part)}"


def _hello(user: User) -> list[str]:
    return [_("Hello %(person)s,") % {"person": user}, ""]


def _tasks(due: list[Task], counted: dict[When, int], today: datetime.date) -> list[str]:
    lines: list[str] = []
    for group in my_tasks.grouped(due, today, counted):
        lines += [f"{group.title} ({group.count})", *(_line(task, today) for task in group.tasks), ""]
    listed, total = len(due), counted[When.LATE] + counted[When.TODAY]
    if listed < total:
        lines += [_("The first %(listed)d of %(total)d are listed.") % {"listed": listed, "total": total}, ""]
    return lines


def _unplanned(unplanned: QuerySet[Opportunity], count: int) -> list[str]:
    """The opportunities without a next step, the last changed first, and a link to the list of all. One query."""
    if not count:
        return []
    lines = [_("Without a next step (%(count)d)") % {"count": count}]
    for opportunity in unplanned.order_by("-modified_at", "pk").only("name")[:MOST_UNPLANNED]:
        lines += [f"- {opportunity.name}", f"  {settings.BASE_URL}{opportunity.get_absolute_url()}"]
    if count > MOST_UNPLANNED:
        address = f"{settings.BASE_URL}{reverse('opportunity_list')}?owner=me&due=none"
        lines.append(_("All of them: %(address)s") % {"address": address})
    return [*lines, ""]


def _links() -> str:
    tasks = f"{settings.BASE_URL}{reverse('my_tasks')}"
    return _("All your tasks, and how to turn this mail off: %(address)s") % {"address": tasks}


def _line(task: Task, today: datetime.date) -> str:
    """One task: when it is due if that is not today, its text, its opportunity, and the address of that."""
    when = [formats.short_day(task.due, today)] if task.due and task.due != today else []
    when += [formats.time_of_day(task.time)] if task.time else []
    named = f"{task} – {task.opportunity.name}"
    return f"- {' '.join([*when, named])}\n  {settings.BASE_URL}{task.opportunity.get_absolute_url()}"

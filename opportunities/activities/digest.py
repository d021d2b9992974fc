"""The digest: a mail each morning with the tasks that are late or due today, what has no next step, and requests.

`manage.py send_digest` runs every hour. It asks for one mail for each user and day, from seven o'clock on in the time
zone of the organisation; the outbox sends it. The mail is written when it is sent, in the language of its reader.
The digest of a deputy has a part for each person who is away on that day, with what that person may see and no more.
"""

import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from opportunities import access, formats
from opportunities.activities import digest_parts
from opportunities.activities.digest_parts import DigestPart
from opportunities.models import CloseRequest, Reminders, Task, WaiverRequest
from salesflow.mail import outbox
from salesflow.mail.models import OutboxMail
from salesflow.users.models import SALES_MANAGER, Absence, User, able_to_own, with_role

KIND = "digest"
FROM_HOUR = 7


def ask_for_mails(at: datetime.datetime) -> int:
    """Asks for the digest of every user who gets one today and has not got it. Returns how many."""
    if timezone.localtime(at).hour < FROM_HOUR:
        return 0
    today = timezone.localdate(at)
    return sum(_ask_for_mail(user, today, at) for user in _waiting(today))


def _waiting(today: datetime.date) -> list[User]:
    """The users with a mail address and something to list, who have not got the digest of the day."""
    had = Reminders.objects.filter(Q(wants_digest=False) | Q(digest_sent_on__gte=today), user=OuterRef("pk"))
    users: QuerySet[User] = able_to_own(User.objects.exclude(email="")).filter(~Exists(had)).order_by("pk")
    found = {user.pk: user for user in users.filter(_has_work(today))}
    if _is_any_request_waiting():
        acts = Q(Exists(Absence.objects.on(today).filter(deputy=OuterRef("pk"))))
        answers = users.filter(acts | Q(pk__in=with_role(User.objects.all(), (SALES_MANAGER,)).values("pk")))
        found |= {user.pk: user for user in answers.exclude(pk__in=found) if _has_requests(user)}
    return list(found.values())


def _has_work(today: datetime.date) -> Q:
    """Whether the user, or a person for whom the user acts on the day, has a task due or nothing planned."""
    mine = OuterRef("pk")
    away = Absence.objects.on(today).filter(deputy=OuterRef(OuterRef("pk"))).values("person")
    due = Task.objects.open().filter(due__lte=today)
    unplanned = digest_parts.without_next_step()
    return (
        Q(Exists(due.filter(owner=mine)))
        | Q(Exists(unplanned.filter(owner=mine)))
        | Q(Exists(due.filter(owner__in=away)))
        | Q(Exists(unplanned.filter(owner__in=away)))
    )


def _is_any_request_waiting() -> bool:
    return any(kind.objects.filter(answered_at__isnull=True).exists() for kind in (CloseRequest, WaiverRequest))


def _has_requests(user: User) -> bool:
    """Whether a request waits for the user, or for a person for whom the user acts. Few people answer requests."""
    people = [user, *access.away(user)]
    return any(kind.count for person in people for kind in digest_parts.requests(person))


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
    own = digest_parts.of(user, today)
    of_others = [digest_parts.of(person, today, deputy=user) for person in access.away(user)]
    parts = [part for part in (own, *of_others) if not part.is_empty]
    if not parts:
        return None
    with translation.override(user.language):
        lines = [_("Hello %(person)s,") % {"person": user}, ""]
        for part in parts:
            lines += [*([] if part is own else _heading(part, today)), *digest_parts.lines(part, today)]
        return EmailMessage(_subject(parts, own, today), "\n".join([*lines, _links()]) + "\n", to=[user.email])


def _subject(parts: list[DigestPart], own: DigestPart, today: datetime.date) -> str:
    said = []
    for part in parts:
        figures = digest_parts.figures(part)
        values = {"person": part.person, "figures": figures}
        said.append(figures if part is own else _("for %(person)s: %(figures)s") % values)
    return f"{formats.weekday(today)}: {'; '.join(said)}"


def _heading(part: DigestPart, today: datetime.date) -> list[str]:
    """Of a person who is away: until when, and the address of their day."""
    until = part.person.away_until
    values = {"person": part.person, "day": formats.short_day(until, today) if until else formats.NOTHING}
    said = _("For %(person)s, who is away until %(day)s") % values
    return [said, "=" * len(said), f"{settings.BASE_URL}{reverse('my_day')}?person={part.person.pk}", ""]


def _links() -> str:
    tasks = f"{settings.BASE_URL}{reverse('my_tasks')}"
    return _("All your tasks, and how to turn this mail off: %(address)s") % {"address": tasks}

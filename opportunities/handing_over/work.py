"""What a person would leave behind: open opportunities, open tasks on those of others, and accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from opportunities import access
from opportunities.customers.models import Account
from opportunities.models import Opportunity, Task
from opportunities.models.hand_overs import ACCOUNT, OPPORTUNITY, TASK
from salesflow.users.left_behind import LeftBehind
from salesflow.users.models import User

MOST = 1000
"""The rows of one hand-over. Its page names each of them, and must stay light."""


@dataclass(frozen=True)
class WorkRow:
    """One row that would go to another person, as a page lists it. `about_address`: the page of what it is `about`."""

    kind: str
    pk: int
    version: int
    name: str
    about: str
    address: str
    about_address: str = ""

    @property
    def mark(self) -> str:
        """How a form names it, with the version that its page showed."""
        return f"{self.kind[0]}{self.pk}.{self.version}"


@dataclass(frozen=True)
class Counts:
    opportunities: int
    tasks: int
    accounts: int

    @property
    def total(self) -> int:
        return self.opportunities + self.tasks + self.accounts


def opportunities_of(giver: User) -> QuerySet[Opportunity]:
    return Opportunity.objects.open().filter(owner=giver)


def tasks_of(giver: User) -> QuerySet[Task]:
    """The open tasks on opportunities of others. Those on the person's own go along with the opportunity."""
    return Task.objects.open().filter(owner=giver).exclude(opportunity__owner=giver)


def accounts_of(giver: User) -> QuerySet[Account]:
    return Account.objects.filter(owner=giver)


def counts(giver: User, reader: User | None = None) -> Counts:
    """What the person has, of what the reader may see; without a reader, all of it. Three queries."""
    tasks = tasks_of(giver)
    if reader is not None:
        tasks = tasks.filter(opportunity__in=Opportunity.objects.visible_to(reader).values("pk"))
    return Counts(opportunities_of(giver).count(), tasks.count(), accounts_of(giver).count())


def left_behind(person: User) -> LeftBehind | None:
    """What a person who is disabled would leave behind, for the admin. Three queries."""
    found = counts(person)
    if not found.total:
        return None
    named = (
        (
            ngettext("%(count)d open opportunity", "%(count)d open opportunities", found.opportunities),
            found.opportunities,
        ),
        (ngettext("%(count)d task", "%(count)d tasks", found.tasks), found.tasks),
        (ngettext("%(count)d account", "%(count)d accounts", found.accounts), found.accounts),
    )
    listed = get_text_list([text % {"count": count} for text, count in named if count], gettext("and"))
    said = gettext("%(person)s has %(work)s, which a disabled person leaves behind.")
    return LeftBehind(said % {"person": person, "work": listed}, reverse("hand_over_from", args=[person.pk]))


def pieces(giver: User, reader: User) -> list[WorkRow]:
    """The first MOST of what the reader may give away, opportunities first. Three queries."""
    seen = Opportunity.objects.visible_to(reader)
    found = [
        *_opportunities(opportunities_of(giver).filter(pk__in=seen.filter(owner=giver).values("pk"))),
        *_tasks(tasks_of(giver).filter(opportunity__in=seen.filter(tasks__owner=giver).values("pk"))),
        *_accounts(accounts_of(giver)),
    ]
    return found[:MOST]


def _opportunities(rows: QuerySet[Opportunity]) -> Iterator[WorkRow]:
    named = rows.select_related("account").only("name", "version", "account__name").order_by("sort_text", "pk")
    for row in named[:MOST]:
        account = (str(row.account), row.account.get_absolute_url()) if row.account else ("", "")
        yield WorkRow(OPPORTUNITY, row.pk, row.version, row.name, account[0], row.get_absolute_url(), account[1])


def _tasks(rows: QuerySet[Task]) -> Iterator[WorkRow]:
    named = rows.select_related("opportunity").only("text", "opportunity__name", "opportunity__version")
    for row in named.order_by("opportunity__sort_text", "pk")[:MOST]:
        opportunity = row.opportunity
        yield WorkRow(TASK, row.pk, opportunity.version, row.text, opportunity.name, opportunity.get_absolute_url())


def _accounts(rows: QuerySet[Account]) -> Iterator[WorkRow]:
    for row in rows.only("name", "city", "version").order_by("sort_text", "pk")[:MOST]:
        yield WorkRow(ACCOUNT, row.pk, row.version, row.name, row.city, row.get_absolute_url())


def givers(reader: User) -> QuerySet[Any]:
    """The people who have something that this manager may give away, the disabled ones first; with what they have."""
    tasks = Task.objects.open().filter(owner=OuterRef("pk")).exclude(opportunity__owner=F("owner"))
    seen = Opportunity.objects.visible_to(reader).values("pk")
    have = {
        "opportunity_count": _counted(Opportunity.objects.open().filter(owner=OuterRef("pk"))),
        "task_count": _counted(tasks.filter(opportunity__in=seen)),
        "account_count": _counted(Account.objects.filter(owner=OuterRef("pk"))),
    }
    people: QuerySet[Any] = access.people_whose_work_may_be_handed_over(reader).annotate(**have)
    some = Q(opportunity_count__gt=0) | Q(task_count__gt=0) | Q(account_count__gt=0)
    return people.filter(some).order_by("is_active", "sort_text", "pk")


def _counted(rows: QuerySet[Any]) -> Coalesce:
    of_one = rows.order_by().values("owner").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(of_one, output_field=IntegerField()), 0)

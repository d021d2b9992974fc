"""The opportunities of accounts: how many in which stage, how they ended and what they brought.

Reads only what the reader may see.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce

from opportunities.customer_pages.status_counts import Status, StatusCounts
from opportunities.customers.models import Account
from opportunities.models import Note, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from salesflow.users.models import User
from stages.models import Stage

NOTHING = Decimal(0)


@dataclass(frozen=True)
class StageFigures:
    """The open opportunities in one stage, and their estimated revenue."""

    stage: Stage
    number: int
    revenue: Decimal


@dataclass(frozen=True)
class AccountFigures:
    """`revenue` is the estimated revenue of the open ones, `won_revenue` the actual revenue of those that were won."""

    counts: StatusCounts
    stages: list[StageFigures]
    revenue: Decimal
    won_revenue: Decimal


@dataclass
class RowFigures:
    """What the list shows of one account."""

    open: int = 0
    won: Decimal = field(default=NOTHING)


def opportunities(account: Account, reader: User) -> OpportunityQuerySet:
    found: OpportunityQuerySet = Opportunity.objects.filter(account=account)
    return found.visible_to(reader)


def of(account: Account, reader: User) -> AccountFigures:
    """Two queries: the figures by status and stage, and the stages."""
    sums = {"number": Count("pk"), "estimated": Sum("estimated_revenue"), "actual": Sum("actual_revenue")}
    by_stage: list[Any] = list(
        opportunities(account, reader).order_by().values("status", "active_stage").annotate(**sums)
    )
    numbers = {status.value: sum(row["number"] for row in by_stage if row["status"] == status) for status in Status}
    is_open = [row for row in by_stage if row["status"] == Status.OPEN]
    won = [row for row in by_stage if row["status"] == Status.WON]
    return AccountFigures(
        counts=StatusCounts(**numbers),
        stages=_in_order(is_open),
        revenue=sum((row["estimated"] or NOTHING for row in is_open), NOTHING),
        won_revenue=sum((row["actual"] or NOTHING for row in won), NOTHING),
    )


def _in_order(rows: list[Any]) -> list[StageFigures]:
    stages = Stage.objects.select_related("process").in_bulk([row["active_stage"] for row in rows])
    found = [StageFigures(stages[row["active_stage"]], row["number"], row["estimated"] or NOTHING) for row in rows]
    return sorted(found, key=lambda each: each.stage.place)


def of_rows(accounts: Iterable[Account], reader: User) -> dict[int, RowFigures]:
    """The figures by the id of the account. One query."""
    seen = Opportunity.objects.filter(account__in=[account.pk for account in accounts]).visible_to(reader)
    sums = {"number": Count("pk"), "actual": Sum("actual_revenue")}
    found: dict[int, RowFigures] = {}
    by_status: Any = seen.exclude(status=Status.LOST).order_by().values("account", "status").annotate(**sums)
    for row in by_status:
        figures = found.setdefault(row["account"], RowFigures())
        if row["status"] == Status.OPEN:
            figures.open = row["number"]
        else:
            figures.won = row["actual"] or NOTHING
    return found


def as_column(name: str, reader: User) -> BaseExpression:
    """The number of open opportunities, or the won revenue, as a column of accounts, to sort by."""
    status = {"open": Status.OPEN, "won": Status.WON}[name]
    seen = Opportunity.objects.filter(
        account=OuterRef("pk"), status=status, pk__in=Opportunity.objects.visible_to(reader).values("pk")
    )
    figure = Count("pk") if name == "open" else Sum("actual_revenue")
    counted = Subquery(seen.order_by().values("account").annotate(figure=figure).values("figure"))
    return Coalesce(counted, Value(0), output_field=DecimalField())


def notes(account: Account, reader: User) -> QuerySet[Note]:
    """The notes of its opportunities, the newest first."""
    found = Note.objects.filter(opportunity__in=opportunities(account, reader).values("pk"))
    return found.select_related("created_by", "opportunity").order_by("-created_at", "-pk")

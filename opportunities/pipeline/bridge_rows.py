"""The opportunities of each part of the bridge, read from the database. `bridge_parts` has the rule."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db.models import BigIntegerField, Case, Count, DateField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Sign
from django.db.models.lookups import GreaterThan, LessThan, Range

from opportunities.models import Closing, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import past_values, totals
from opportunities.pipeline.bridge_parts import PARTS, Flags, Group, Part, PipelineChange

_ALWAYS, _NEVER = ~Q(pk__in=[]), Q(pk__in=[])
_WHOLE: Any = BigIntegerField()


def condition(part: Part, change: PipelineChange) -> Q:
    """The opportunities of a part, as a condition of the database."""
    return _may_count(change) & PARTS[part](_conditions(change))


def groups(opportunities: OpportunityQuerySet, change: PipelineChange) -> list[Group]:
    """The opportunities that may have a part, by their flags. One query."""
    found = totals.each_once(opportunities).filter(_may_count(change))
    asked = _asked(change)
    before, after = _cents(change)
    counted = found.annotate(**asked).values(*asked)
    rows = counted.annotate(count=Count("pk"), before=Sum(before), after=Sum(after)).order_by()
    return [Group(_flags(row, change), row["count"], int(row["before"] or 0), int(row["after"] or 0)) for row in rows]


def _cents(change: PipelineChange) -> tuple[Case, Coalesce]:
    """The estimated revenue before and after, in cents. Of what was created later nothing is looked up."""
    is_later = Q(created_at__gte=change.begins)
    before = Case(When(is_later, then=Value(0)), default=past_values.cents_at(change.begins), output_field=_WHOLE)
    return before, past_values.cents_at(change.ends)


def _asked(change: PipelineChange) -> dict[str, Case]:
    """What a row of `groups` has; the other flags follow from it."""
    found = _conditions(change)
    names = ["absent_before", "closed_before", "open_after", "lost", "won"]
    names += ["dated_before", "dated_after"] if change.horizon else []
    bits = {f"has_{name}": _as_number(getattr(found, name), Value(1)) for name in names}
    before, after = past_values.cents_at(change.begins), past_values.cents_at(change.ends)
    may_grow = past_values.changed_since(past_values.REVENUE, change.begins) & Q(created_at__lt=change.begins)
    return {**bits, "growth": _as_number(may_grow, Sign(after - before))}


def _as_number(condition: Q, value: Any) -> Case:
    """The value where the condition is true, otherwise 0."""
    return Case(When(condition, then=value), default=Value(0), output_field=_WHOLE)


def _flags(row: Mapping[str, int], change: PipelineChange) -> Flags:
    absent, closed = bool(row["has_absent_before"]), bool(row["has_closed_before"])
    dated_before = bool(row["has_dated_before"]) if change.horizon else True
    dated_after = bool(row["has_dated_after"]) if change.horizon else True
    return Flags(
        absent_before=absent,
        closed_before=closed,
        open_before=not (absent or closed),
        dated_before=dated_before,
        undated_before=not dated_before,
        open_after=bool(row["has_open_after"]),
        lost=bool(row["has_lost"]),
        won=bool(row["has_won"]),
        dated_after=dated_after,
        undated_after=not dated_after,
        grew=row["growth"] > 0,
        shrank=row["growth"] < 0,
    )


def _may_count(change: PipelineChange) -> Q:
    """Open now, or closed after the beginning. No other opportunity was open in between."""
    closed = Closing.objects.filter(reopened_at__isnull=True, at__gte=change.begins)
    return Q(status=Opportunity.Status.OPEN) | _is_of(closed)


def _conditions(change: PipelineChange) -> Flags:
    """The flags as conditions, of opportunities of which `_may_count` is true."""
    begins, ends = change.begins, change.ends
    reopened_later = Closing.objects.filter(at__lt=begins, reopened_at__gte=begins)
    during = Closing.objects.filter(Q(reopened_at__isnull=True) | Q(reopened_at__gte=ends), at__gte=begins, at__lt=ends)
    throughout = Closing.objects.filter(at__lt=begins, reopened_at__gte=ends)
    absent, closed = Q(created_at__gte=begins), _is_of(reopened_later)
    closed_after = _is_of(during) | _is_of(throughout)
    before, after = past_values.cents_at(begins), past_values.cents_at(ends)
    is_changed = past_values.changed_since(past_values.REVENUE, begins)
    return Flags(
        absent_before=absent,
        closed_before=closed,
        open_before=~absent & ~closed,
        dated_before=_is_dated(change, begins),
        undated_before=~_is_dated(change, begins) if change.horizon else _NEVER,
        open_after=Q(created_at__lt=ends) & ~closed_after,
        lost=_is_of(during.filter(outcome=Opportunity.Status.LOST)),
        won=_is_of(during.filter(outcome=Opportunity.Status.WON)),
        dated_after=_is_dated(change, ends),
        undated_after=~_is_dated(change, ends) if change.horizon else _NEVER,
        grew=is_changed & Q(GreaterThan(after, before)),
        shrank=is_changed & Q(LessThan(after, before)),
    )


def _is_dated(change: PipelineChange, moment: datetime.datetime) -> Q:
    """The estimated close date of that moment is in the horizon. Without a date it is not; so this can be negated."""
    if change.horizon_days is None:
        return _ALWAYS
    no_date = Value(datetime.date.min, output_field=DateField())
    return Q(Range(Coalesce(past_values.close_date_at(moment), no_date), change.horizon_days))


def _is_of(closings: QuerySet[Closing]) -> Q:
    return Q(pk__in=closings.order_by().values("opportunity"))

"""The opportunities of each part of the bridge, read from the database. `bridge_parts` has the rule."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, DateField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan, Range

from opportunities.models import Closing, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import past_values, totals
from opportunities.pipeline.bridge_parts import PARTS, ChangeGroup, Flags, Part, PipelineChange

FLAGS = ("absent_before", "closed_before", "open_after", "lost", "won", "dated_before", "dated_after")
"""The flags from which the others follow."""
COLUMNS = (*FLAGS, "before", "after")

_ALWAYS, _NEVER = ~Q(pk__in=[]), Q(pk__in=[])
_WHOLE: Any = BigIntegerField()


def condition(part: Part, change: PipelineChange) -> Q:
    """The opportunities of a part, as a condition of the database."""
    return _may_count(change) & PARTS[part](_conditions(change))


def compared(opportunities: OpportunityQuerySet, change: PipelineChange) -> QuerySet[Any]:
    """A row of the columns COLUMNS for each opportunity that may have a part: numbers, of flags 0 or 1."""
    flags = _conditions(change)
    columns: dict[str, Any] = {name: _as_number(getattr(flags, name)) for name in FLAGS}
    before, after = past_values.cents_at(change.begins), past_values.cents_at(change.ends)
    is_later = When(flags.absent_before, then=Value(0))  # nothing is looked up
    columns["before"] = Case(is_later, default=before, output_field=_WHOLE)
    columns["after"] = after
    found = totals.each_once(opportunities).filter(_may_count(change))
    return found.annotate(**{f"compared_{name}": columns[name] for name in COLUMNS}).values_list(
        *(f"compared_{name}" for name in COLUMNS)
    )


def group(row: Sequence[int]) -> ChangeGroup:
    """The values of FLAGS, the sign of the growth, how many, and their cents before and after."""
    found = dict(zip(FLAGS, map(bool, row), strict=False))
    growth, count, before, after = row[len(FLAGS) :]
    absent, closed = found["absent_before"], found["closed_before"]
    flags = Flags(
        **found,
        open_before=not (absent or closed),
        undated_before=not found["dated_before"],
        undated_after=not found["dated_after"],
        grew=growth > 0,
        shrank=growth < 0,
    )
    return ChangeGroup(flags, count, int(before), int(after))


def _as_number(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=_WHOLE)


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

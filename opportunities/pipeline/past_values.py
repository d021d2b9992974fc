"""What an opportunity had at a moment in the past: estimated revenue, close date, probability and stage.

An event has the old value of what it changed. So the value at a moment is the old value of the first change from that
moment on or, if there is none, the value of now. Only the events from the moment on are read. The stage is that of the
visit.
"""

import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    DateField,
    DecimalField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from opportunities.models import Event, StageVisit
from opportunities.pipeline import totals

REVENUE, CLOSE_DATE, PROBABILITY = "estimated_revenue", "estimated_close_date", "probability"

_AMOUNT: Any = DecimalField(max_digits=14, decimal_places=2)


class _Changed(Func):
    """Whether an event changed the field. Its SQL is that of the index `event_of_…` (migration 0029)."""

    output_field = BooleanField()

    def __init__(self, field: str) -> None:
        super().__init__(F("changes"), field=field)

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        """A text may have the name of the field, too: so the second condition."""
        one = f"SELECT 1 FROM json_each(%(expressions)s) WHERE json_extract(value, '$.field') = '{self.extra['field']}'"  # noqa: S608
        template = f"(instr(%(expressions)s, '\"{self.extra['field']}\"') > 0 AND EXISTS ({one}))"
        return self._twice(compiler, connection, template)

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        template = f"""%(expressions)s @> '[{{"field": "{self.extra["field"]}"}}]'::jsonb"""
        return super().as_sql(compiler, connection, template=template)

    def _twice(self, compiler: Any, connection: Any, template: str) -> Any:
        sql, params = super().as_sql(compiler, connection, template=template)
        return sql, [*params, *params]


class _OldValue(Func):
    """The old value of the field in an event that changed it, as the text of the log; null for none."""

    output_field = TextField()

    def __init__(self, field: str) -> None:
        super().__init__(F("changes"), field=field)

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        found = f"json_extract(value, '$.field') = '{self.extra['field']}'"
        template = f"(SELECT json_extract(value, '$.old') FROM json_each(%(expressions)s) WHERE {found} LIMIT 1)"  # noqa: S608
        return super().as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        path = f'$[*] ? (@.field == "{self.extra["field"]}").old'
        template = f"(jsonb_path_query_first(%(expressions)s, '{path}') #>> '{{}}')"
        return super().as_sql(compiler, connection, template=template)


def changed_since(field: str, moment: datetime.datetime) -> Q:
    """The field has been changed from that moment on."""
    return Q(pk__in=_changes(field, moment).values("opportunity"))


def cents_at(moment: datetime.datetime) -> Coalesce:
    """The estimated revenue just before that moment, in whole cents; 0 without one."""
    old = totals.cents(Cast(_old(REVENUE, moment), _AMOUNT))
    now = totals.cents(F(REVENUE))
    value: Any = Case(When(changed_since(REVENUE, moment), then=old), default=now, output_field=BigIntegerField())
    return Coalesce(value, Value(0), output_field=BigIntegerField())


def close_date_at(moment: datetime.datetime) -> Case:
    """The estimated close date just before that moment; null without one."""
    old = Cast(_old(CLOSE_DATE, moment), DateField())
    return Case(When(changed_since(CLOSE_DATE, moment), then=old), default=F(CLOSE_DATE), output_field=DateField())


def probability_at(moment: datetime.datetime) -> Case:
    """The probability of its own just before that moment, in percent; null without one."""
    old, now = Cast(_old(PROBABILITY, moment), SmallIntegerField()), F(PROBABILITY)
    return Case(When(changed_since(PROBABILITY, moment), then=old), default=now, output_field=SmallIntegerField())


def stage_at(moment: datetime.datetime) -> Subquery:
    """The id of the stage in which the primary process was just before that moment; null if it had not begun."""
    visits = StageVisit.objects.filter(opportunity=OuterRef("pk"), instance__is_primary=True, entered_at__lt=moment)
    return Subquery(visits.order_by("-entered_at", "-pk").values("stage")[:1])


def _changes(field: str, moment: datetime.datetime) -> QuerySet[Event]:
    return Event.objects.filter(_Changed(field), at__gte=moment).order_by()


def _old(field: str, moment: datetime.datetime) -> Subquery:
    first = _changes(field, moment).filter(opportunity=OuterRef("pk")).order_by("version")
    return Subquery(first.values(old=_OldValue(field))[:1])

from typing import Any

from django.db import connection
from django.db.models import Aggregate, BooleanField, Expression, Func, JSONField, Value


class ListContains(Func):
    """Whether a JSON column that is a list of whole numbers contains the number, on both databases."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: Expression | Any, number: int) -> None:
        super().__init__(column, Value(number))

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        template, joiner = "(%(expressions)s)::bigint))", " @> to_jsonb(("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner)

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        template, joiner = "EXISTS (SELECT 1 FROM json_each(%(expressions)s))", ") WHERE json_each.value = ("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner)


def each_of(column: str) -> str:
    """SQL of a table with the numbers of a list in the column `value`, to be joined to the table of the column."""
    if connection.vendor == "postgresql":
        return f"jsonb_array_elements_text({column})"
    return f"json_each({column})"


class ListOf(Aggregate):
    """The values of a column in a list, in no order, on both databases; None for no rows."""

    output_field = JSONField()
    function = "JSONB_AGG"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **extra)

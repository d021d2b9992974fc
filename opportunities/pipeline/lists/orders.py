"""The orders of a list of opportunities."""

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import OrderBy

from opportunities.models import Opportunity


def _by_place(column: str, values: list[str]) -> Case:
    """Sorts a column of choices in the order of the choices."""
    return Case(*(When(Q(**{column: value}), then=Value(place)) for place, value in enumerate(values)))


SORTED_BY: dict[str, tuple[F | Case, ...]] = {
    "name": (F("sort_text"),),
    "account": (F("account__sort_text"),),
    "stage": (F("active_stage__order"), F("active_stage_id"), F("steps_met")),
    "revenue": (F("estimated_revenue"),),
    "close": (F("estimated_close_date"),),
    "closed": (F("closed_on"),),
    "due": (F("next_step_due"),),
    "age": (F("stage_counted_from"),),
    "owner": (F("owner__sort_text"),),
    "status": (_by_place("status", Opportunity.Status.values), F("status_reason__order")),
    "rating": (_by_place("rating", Opportunity.Rating.values),),
    "forecast": (_by_place("forecast_category", Opportunity.ForecastCategory.values),),
    "created": (F("created_at"),),
}
"""By the word of an address. Names are sorted by `sort_text`. Days in stage descend as the date ascends."""

_NEVER_NULL = {"name", "age", "created"}  # sorted without NULLS LAST, so that an index is used


def order(sort: str) -> list[OrderBy]:
    """A total order, with missing values last. `sort` is a key of SORTED_BY; a minus reverses it."""
    name = sort.removeprefix("-")
    nulls_last = None if name in _NEVER_NULL else True
    columns = [OrderBy(column, descending=sort.startswith("-"), nulls_last=nulls_last) for column in SORTED_BY[name]]
    return [*columns, F("pk").asc()]

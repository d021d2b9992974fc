"""What uses an account, a contact or a competitor. The row is not deleted while anything does.

A log that forgets a deleted row, such as that of imports, does not use it.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from opportunities.customers import references
from opportunities.customers.models import Account, Competitor, Contact, Customer
from opportunities.editing import replacing_customers
from opportunities.editing.database import written_or_refused
from opportunities.models import Opportunity
from opportunities.models.write_guard import Guarded
from opportunities.refusals import Refused

MOST_NAMED = 20

_CUSTOMERS: tuple[type[Any], ...] = (Account, Contact, Competitor)


class InUse(Refused):
    """Something uses the customer."""

    code = "in_use"


@dataclass(frozen=True)
class Uses:
    """The rows that use the customer, and how many more there are."""

    rows: list[Any]
    more: int


def of(row: Customer) -> Uses:
    """The opportunities that name it anywhere, a presentation too; then other rows. At most `MOST_NAMED` are read."""
    ids = sorted(replacing_customers.opportunities_of(type(row), row.pk), reverse=True)
    found: list[Any] = list(Opportunity.objects.filter(pk__in=ids[:MOST_NAMED]).order_by("-pk"))
    count = len(ids)
    for field in references.to(type(row)):
        if not issubclass(field.model, Guarded) and field.remote_field.on_delete is not models.SET_NULL:
            others = field.model._base_manager.filter(**{field.name: row.pk}).order_by("pk")
            count += others.count()
            found += others[: MOST_NAMED - len(found)]
    return Uses(found, count - len(found))


def named_by(row: Any) -> list[Any]:
    """What an opportunity or a customer refers to: accounts, contacts and competitors. A presentation does not count.

    Two or three queries, and one for each foreign key of a child row.
    """
    if not isinstance(row, Opportunity):
        columns = [field for field in row._meta.concrete_fields if field.related_model in _CUSTOMERS]
        return [each for field in columns if (each := getattr(row, field.name)) is not None]
    found = list[Any]()
    for model in _CUSTOMERS:
        ids = set[int | None]()
        for field in replacing_customers.fields_of(model):
            rows = field.model._base_manager.filter(**{field.model.opportunity_column: row.pk})
            ids |= set(rows.values_list(field.attname, flat=True))
        found += model._base_manager.filter(pk__in=ids - {None}).order_by("pk")
    return found


def delete(row: Customer) -> None:
    """Deletes the customer if nothing uses it. A presentation has no foreign key to it. Refusals: InUse, Busy."""
    with written_or_refused(is_new=True):
        locked: Any = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
        if locked is None:
            return
        if of(locked).rows:
            raise InUse(_("“%(name)s” is in use. Archive it instead.") % {"name": locked})
        locked.delete()

"""The log of a copied opportunity: that of the original, with the names, the ids and the dates of the copy."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from opportunities.customers.models import Contact
from opportunities.demo.copied_rows import ATTENDEES, OF_FILES, CopiedRows
from opportunities.editing import children
from opportunities.models import Event, Opportunity
from opportunities.models.event import log_value
from salesflow.users.models import User

Made = dict[tuple[Any, Any], Any]
"""The copies of customers and opportunities, and the ids of those of other rows, by model and id of the original."""


@dataclass
class CopiedLog:
    """Reads what a round has copied so far; its dictionaries are those of the `CopyRound`, which describes them."""

    source: CopiedRows
    made: Made
    of_files: dict[str, str]
    earlier: dict[int, datetime.timedelta]
    people: dict[int, dict[int, User]]

    def change(self, event: Event, change: dict[str, Any], model: type[models.Model] = Opportunity) -> dict[str, Any]:
        column = model._meta.get_field(change["field"])
        return change | {side: self._logged(event, column, change[side]) for side in ("old", "new")}

    def _logged(self, event: Event, column: Any, value: Any) -> Any:
        """The value that the log of the copy has in place of this one."""
        if value is None:
            return None
        if column.name == "name" and column.model is Opportunity:
            return self.made[Opportunity, event.opportunity_id].name
        if column.name == ATTENDEES:
            return self.attendees(value)
        if column.name in OF_FILES:
            return self.of_files.get(value, value)
        if isinstance(column, models.DateField):
            return self._logged_date(event, column, value)
        return self._logged_row(event, column, value) if column.is_relation else value

    def _logged_date(self, event: Event, column: Any, value: str) -> str:
        read: Callable[[str], datetime.date] = (
            datetime.datetime.fromisoformat if isinstance(column, models.DateTimeField) else datetime.date.fromisoformat
        )
        return (read(value) - self.earlier[event.opportunity_id]).isoformat()

    def _logged_row(self, event: Event, column: Any, value: dict[str, Any]) -> dict[str, Any]:
        copy = self._row_of(event, column.related_model, value["id"])
        if copy is None:
            return value
        if isinstance(copy, int):
            return value | {"id": copy}
        return {"id": copy.pk} | ({"name": str(copy)} if "name" in value else {})

    def _row_of(self, event: Event, model: Any, pk: int) -> Any:
        """What takes the place of this row in the copy; None if it stays."""
        return self.people[event.opportunity_id].get(pk) if model is User else self.made.get((model, pk))

    def child_row(self, event: Event, logged: dict[str, Any]) -> dict[str, Any]:
        """The log entry of a child row, changed to name its copy."""
        table = children.CHILDREN[logged["table"]]
        pk = self.made.get((table.model, logged["id"]))
        if pk is None:
            return logged
        changes = [self.change(event, change, table.model) for change in logged["changes"]]
        return logged | {"id": pk, "name": self._name_of_child(event, table, logged), "changes": changes}

    def _name_of_child(self, event: Event, table: Any, logged: dict[str, Any]) -> str:
        """The name of the subject, where a row is named after it and the copy has another one."""
        original = self.source.child_by_pk[table.model].get(logged["id"])
        subject = original and table.subject_model and getattr(original, f"{table.subject}_id")
        named = self._row_of(event, table.subject_model, subject) if subject else None
        return str(named) if named is not None else str(logged["name"])

    def attendees(self, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The copies of these contacts."""
        return [log_value(self.made[Contact, each["id"]]) for each in named]

"""Copies of the opportunities of a demo, for measuring.

Making a copy takes a hundredth of the time of making an original. A copy has another account with other people, and all
its dates are some weeks earlier. It equals its original in everything else, so its history is just as consistent.
"""

import datetime
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from opportunities.customers.models import Account, Contact
from opportunities.demo import customers
from opportunities.editing import children, found_by
from opportunities.models import (
    Attachment,
    AttachmentPreview,
    Event,
    LastLook,
    Opportunity,
    OpportunityMail,
    write_guard,
)
from opportunities.models.attachments import PREVIEW
from opportunities.models.event import log_value
from opportunities.models.last_looks import LOOKING
from salesflow import folding, private_files
from salesflow.write_guard import EVERY

CUSTOMERS: tuple[type[models.Model], ...] = (Account, Contact)
CHILD_MODELS: list[type[models.Model]] = [
    *(table.model for table in children.TABLES if table.model is not OpportunityMail),
    LastLook,
]
"""Each after the models that its rows point to. A mail is not copied, because it was sent once."""

TOWNS = [  # one for each round
    *("Halden", "Moss", "Askim", "Jessheim", "Kongsvinger", "Gjøvik", "Otta", "Fagernes", "Hønefoss", "Geilo"),
    *("Notodden", "Larvik", "Porsgrunn", "Risør", "Arendal", "Mandal", "Egersund", "Sandnes", "Odda", "Leirvik"),
    *("Førde", "Måløy", "Volda", "Ørsta", "Kristiansund", "Røros", "Oppdal", "Steinkjer", "Namsos", "Brønnøysund"),
    *("Mosjøen", "Fauske", "Narvik", "Harstad", "Finnsnes", "Hammerfest", "Vadsø", "Vardø", "Kirkenes", "Røst"),
]
OF_FILES = ("storage_name", "series")
"""The columns of a file in which no two files, or no two opportunities, have the same value."""
WEEK = datetime.timedelta(weeks=1)
CUSTOMER_FOR = 150 * WEEK
"""How much earlier a copied account was entered: before the first event of any copy."""


def make(count: int, *, done: int, progress: Callable[[int], None]) -> None:
    """Copies the first `done` opportunities, again and again, until there are `count` more."""
    originals = list(Opportunity.objects.order_by("pk"))
    copied: list[type[models.Model]] = [*CUSTOMERS, *CHILD_MODELS, AttachmentPreview]
    rows = {model: list(model._base_manager.order_by("pk")) for model in copied}
    made = 0
    while made < count:
        chosen = originals[: count - made]
        number = made // len(originals)
        with write_guard.guarded_every(), LOOKING.allow(EVERY, True):
            CopyRound(number, rows, chosen).make()
            found_by.fill(Opportunity.objects.filter(found_by=""))
        made += len(chosen)
        progress(done + made)


@dataclass
class CopyRound:
    """One copy of each of these opportunities, and of the customers."""

    number: int
    rows: dict[type[models.Model], list[Any]]
    chosen: list[Opportunity]
    made: dict[tuple[Any, int], Any] = field(default_factory=dict)
    """The copy, by model and id of the original."""
    of_files: dict[str, str] = field(default_factory=dict)
    """The `storage_name` or `series` of the copy of a file, by that of the original."""
    earlier: dict[int, datetime.timedelta] = field(default_factory=dict)
    """How much earlier the dates of the copy are, by id of the original opportunity."""

    def __post_init__(self) -> None:
        self.rng = random.Random(self.number)  # noqa: S311 -- nothing secret, and the same each time

    def make(self) -> None:
        for model in CUSTOMERS:
            self._copy(model, self.rows[model])
            self._keep_creation(model, self.rows[model])
        for original in self.chosen:
            self.earlier[original.pk] = self.rng.randrange(5 if original.is_open else 105) * WEEK
        for is_copy in (False, True):  # a copy after its source, which it points to
            self._copy(Opportunity, [each for each in self.chosen if (each.source_id is not None) == is_copy])
        for model in CHILD_MODELS:
            self._copy(model, [row for row in self.rows[model] if row.opportunity_id in self.earlier])
        previews = self.rows[AttachmentPreview]
        self._copy(AttachmentPreview, [row for row in previews if (Attachment, row.attachment_id) in self.made])

    def _copy(self, model: type[models.Model], originals: list[Any]) -> None:
        copies = [self._copied(row) for row in originals]
        model._default_manager.bulk_create(copies)
        self.made |= {(model, row.pk): copy for row, copy in zip(originals, copies, strict=True)}

    def _keep_creation(self, model: type[models.Model], originals: list[Any]) -> None:
        """Moves the creation and history of the customers into the past. `bulk_create` sets neither."""
        copies = [self.made[model, row.pk] for row in originals]
        entered = originals[0].created_at - CUSTOMER_FOR  # they were all entered at once
        for copy in copies:
            copy.created_at = copy._history_date = entered
        model._default_manager.filter(pk__in=[copy.pk for copy in copies]).update(created_at=entered)
        model.history.bulk_history_create(copies)  # type: ignore[attr-defined]

    def _copied(self, row: Any) -> Any:
        columns = [each for each in row._meta.concrete_fields if each.is_relation or not each.primary_key]
        copy = type(row)(**dict(self._value(row, each) for each in columns))
        if isinstance(row, Account | Contact | Opportunity):
            self._rename(row, copy)
        if isinstance(row, Event):
            copy.changes = [self._change(row, change) for change in row.changes]
            copy.children = [self._child_row(row, child) for child in row.children]
        return copy

    def _value(self, row: Any, column: Any) -> tuple[str, Any]:
        value = getattr(row, column.attname)
        if column.is_relation and (column.related_model, value) in self.made:
            return column.name, self.made[column.related_model, value]
        if column.name == "storage_name":
            self.of_files[value] = _copied_file(value)
        elif column.name == "series":
            self.of_files.setdefault(value, secrets.token_hex(16))
        if column.name in OF_FILES:
            return column.attname, self.of_files[value]
        if isinstance(column, models.JSONField) and column.name == "attendees":
            return column.attname, self._people(value)
        if isinstance(value, datetime.date):
            return column.attname, value - self._earlier(row)
        return column.attname, value

    def _people(self, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The copies of these contacts."""
        return [log_value(self.made[Contact, each["id"]]) for each in named]

    def _earlier(self, row: Any) -> datetime.timedelta:
        if isinstance(row, Account | Contact):
            return CUSTOMER_FOR
        return self.earlier[row.pk if isinstance(row, Opportunity) else row.opportunity_id]

    def _rename(self, row: Any, copy: Any) -> None:
        if isinstance(row, Account):
            copy.name = self._name_in_another_town(row.name)
        elif isinstance(row, Contact):
            copy.name = self._other_name(row.name)
            copy.email = customers.address(copy.name, copy.account.name, copy.account.country)
        else:
            copy.name = row.name.replace(customers.short(row.account.name), customers.short(copy.account.name))
        copy.search_text = folding.folded(copy.name)[:400]
        if isinstance(row, Opportunity):
            copy.found_by = ""

    def _name_in_another_town(self, name: str) -> str:
        """The name of a company in another town, with a number when all towns are used."""
        again, town = divmod(self.number, len(TOWNS))
        place = f"{TOWNS[town]} {again + 1}" if again else TOWNS[town]
        short = customers.short(name)
        return f"{short} {place}{name.removeprefix(short)}"

    def _other_name(self, name: str) -> str:
        """The same first name, with the family name of another contact."""
        first, _, _family = name.partition(" ")
        others = self.rows[Contact]
        family = others[self.rng.randrange(len(others))].name.rpartition(" ")[2]
        return f"{first} {family}"

    def _change(self, event: Event, change: dict[str, Any], model: type[models.Model] = Opportunity) -> dict[str, Any]:
        column = model._meta.get_field(change["field"])
        return change | {side: self._logged(event, column, change[side]) for side in ("old", "new")}

    def _logged(self, event: Event, column: Any, value: Any) -> Any:
        if value is None:
            return None
        if column.name == "name" and column.model is Opportunity:
            return self.made[Opportunity, event.opportunity_id].name
        if column.name == "attendees":
            return self._people(value)
        if column.name in OF_FILES:
            return self.of_files.get(value, value)
        if isinstance(column, models.DateTimeField):
            return (datetime.datetime.fromisoformat(value) - self.earlier[event.opportunity_id]).isoformat()
        if isinstance(column, models.DateField):
            return (datetime.date.fromisoformat(value) - self.earlier[event.opportunity_id]).isoformat()
        if column.is_relation and (column.related_model, value["id"]) in self.made:
            copy = self.made[column.related_model, value["id"]]
            return {"id": copy.pk} | ({"name": str(copy)} if "name" in value else {})
        return value

    def _child_row(self, event: Event, logged: dict[str, Any]) -> dict[str, Any]:
        """The log entry of a child row, changed to name its copy."""
        table = children.CHILDREN[logged["table"]]
        copy = self.made.get((table.model, logged["id"]))
        if copy is None:
            return logged
        name = str(copy) if table.subject_model in CUSTOMERS else logged["name"]
        changes = [self._change(event, change, table.model) for change in logged["changes"]]
        return logged | {"id": copy.pk, "name": name, "changes": changes}


def _copied_file(name: str) -> str:
    """Copies a private file and the picture of its preview. Returns the name of the copy."""
    storage, copy = private_files.storage(), private_files.new_name()
    for ending in ("", PREVIEW) if storage.exists(f"{name}{PREVIEW}") else ("",):
        with storage.open(f"{name}{ending}") as content:
            storage.save(f"{copy}{ending}", content)
    return copy

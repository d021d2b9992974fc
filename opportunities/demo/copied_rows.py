"""The rows of a demo that are copied, and the columns in which a copy differs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models

from opportunities.customers.models import Account, Contact
from opportunities.demo.child_rows import CopiedChildRows
from opportunities.demo.staff import Staff
from opportunities.editing import children
from opportunities.models import Attachment, AttachmentPreview, LastLook, Opportunity, OpportunityMail
from salesflow.users.models import SALESPERSON, User

CUSTOMERS: tuple[type[models.Model], ...] = (Account, Contact)
CHILD_MODELS: list[type[models.Model]] = [
    *(table.model for table in children.TABLES if table.model is not OpportunityMail),
    LastLook,
]
"""Each after the models that its rows point to. A mail is not copied, because it was sent once."""

OF_FILES = ("storage_name", "series")
"""The columns of a file in which no two files, or no two opportunities, have the same value."""
ATTENDEES = "attendees"
"""The column of a presentation that names contacts."""


@dataclass
class CopiedRows:
    """The rows of the demo that are copied, and how many files have been copied."""

    rows: dict[type[models.Model], list[Any]]
    salespeople: set[int]
    """The ids of the salespeople of the demo."""
    child_rows: CopiedChildRows
    files_copied: int = 0

    @classmethod
    def read(cls, staff: Staff) -> "CopiedRows":
        copied: list[type[models.Model]] = [*CUSTOMERS, Opportunity, *CHILD_MODELS, AttachmentPreview]
        rows = {model: list(model._base_manager.order_by("pk")) for model in copied}
        salespeople = User.objects.filter(groups__name=SALESPERSON).values_list("pk", flat=True)
        return cls(rows, set(salespeople) - {person.pk for person in staff.people}, CopiedChildRows())

    def of(self, model: type[models.Model]) -> list[Any]:
        return self.rows[model]

    @cached_property
    def with_files(self) -> set[int]:
        """The ids of the opportunities with files."""
        return {row.opportunity_id for row in self.rows[Attachment]}

    @cached_property
    def by_opportunity(self) -> dict[type[models.Model], dict[int, list[Any]]]:
        """The child rows by model and by the id of their opportunity."""
        found: dict[type[models.Model], dict[int, list[Any]]] = {model: {} for model in CHILD_MODELS}
        for model in CHILD_MODELS:
            for row in self.rows[model]:
                found[model].setdefault(row.opportunity_id, []).append(row)
        return found

    @cached_property
    def child_by_pk(self) -> dict[type[models.Model], dict[int, Any]]:
        return {model: {row.pk: row for row in self.rows[model]} for model in CHILD_MODELS}


@dataclass(frozen=True)
class Columns:
    """The columns of a model in which a copy differs from its original."""

    relations: list[Any]
    dates: list[str]
    of_files: list[str]
    has_attendees: bool

    @classmethod
    def of(cls, model: type[models.Model]) -> "Columns":
        columns = model._meta.concrete_fields
        return cls(
            relations=[column for column in columns if column.is_relation],
            dates=[column.attname for column in columns if isinstance(column, models.DateField)],
            of_files=[column.attname for column in columns if column.name in OF_FILES],
            has_attendees=any(column.name == ATTENDEES for column in columns),
        )


def opportunity_of(row: Any) -> int:
    """The id of the opportunity of this row; 0 if it has none."""
    return row.pk if isinstance(row, Opportunity) else getattr(row, "opportunity_id", 0)

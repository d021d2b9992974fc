"""Makes admin lists sort names by `sort_text`, and offer no order for texts without one."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest

from salesflow.folding import SortTextField


class NamesInOrder:
    """Base of an admin page. Databases differ in how they sort Æ, Ø, Å and capitals."""

    model: type[models.Model]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _ListInOrder

    def get_sortable_by(self, request: HttpRequest) -> Any:
        columns = self.get_list_display(request)  # type: ignore[attr-defined]
        return [each for each in columns if not _is_text(self.model, each) or sort_column(self.model, each)]


class _ListInOrder(ChangeList):
    def get_ordering_field(self, field_name: Any) -> Any:
        return sort_column(self.model, field_name) or super().get_ordering_field(field_name)


def sort_column(model: type[models.Model], name: str) -> str | None:
    """The `SortTextField` that sorts this column; None without one."""
    columns = (each for each in model._meta.concrete_fields if isinstance(each, SortTextField) and each.of == name)
    return next((each.name for each in columns), None)


def _is_text(model: type[models.Model], name: str) -> bool:
    """Whether the column has free text. Mail addresses and the like have only plain letters."""
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return type(column) in (models.CharField, models.TextField) and not column.choices  # type: ignore[union-attr]

"""Admin lists sort a name by its `sort_text`, and offer no order for texts that have none."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest

from salesflow.folding import SortTextField


class NamesInOrder:
    """For the page of a model: databases sort Æ, Ø, Å and capitals each in their own way."""

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
    """The column that sorts this one; None when it has none of its own."""
    columns = (each for each in model._meta.concrete_fields if isinstance(each, SortTextField) and each.of == name)
    return next((each.name for each in columns), None)


def _is_text(model: type[models.Model], name: str) -> bool:
    """Whether people type it freely. Addresses and the like are in plain letters."""
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return type(column) in (models.CharField, models.TextField) and not column.choices  # type: ignore[union-attr]

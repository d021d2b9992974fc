"""Whether a row can still be deleted, or is only disabled or archived because others hold on to it."""

from typing import Any

from django.db import models


def is_referred_to(row: models.Model, *, by: Any = None) -> bool:
    """Whether a row of another table holds on to this one (PROTECT); `by` chooses the tables, default all."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
        and relation.on_delete is models.PROTECT
        and (by is None or by(relation.related_model))
    )

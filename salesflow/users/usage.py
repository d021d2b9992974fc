"""Whether a row is in use. Such a row is disabled or archived, not deleted."""

from typing import Any

from django.db import models


def is_referred_to(row: models.Model, *, by: Any = None) -> bool:
    """Whether a row of another table refers to this one with PROTECT. `by` chooses the tables; default all."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
        and relation.on_delete is models.PROTECT
        and (by is None or by(relation.related_model))
    )

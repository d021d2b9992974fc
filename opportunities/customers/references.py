"""Every foreign key to a model, from any table. A new one is found by itself."""

import functools
from typing import Any

from django.apps import apps
from django.db import models


@functools.cache
def to(model: type[models.Model]) -> "tuple[models.ForeignKey[Any, Any], ...]":
    """The foreign keys to the model, without those of histories, which keep what was."""
    tables = [each for each in apps.get_models() if not hasattr(each, "instance_type")]
    fields = [field for each in tables for field in each._meta.concrete_fields if field.related_model is model]
    return tuple(field for field in fields if isinstance(field, models.ForeignKey))

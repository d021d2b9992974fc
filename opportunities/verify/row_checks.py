"""Checks the rows beside opportunities, and the columns with a list of choices of every table."""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from opportunities.models import Reminders
from opportunities.models.columns import ChoicesField
from salesflow.users.models import User

OURS = ("opportunities", "stages", "salesflow")
"""The packages with our tables."""

_NONCE = re.compile("(?:[0-9a-f]{32})?")


def our_models() -> list[type[models.Model]]:
    """The models of this project, with those of their histories."""
    return [model for model in apps.get_models() if model.__module__.partition(".")[0] in OURS]


def choices() -> Iterator[tuple[Any, str]]:
    """A sentence for each value that its column does not offer. Histories keep what was offered once.

    One query for each table. The database checks the roles of stakeholders itself.
    """
    for model in our_models():
        columns = [column for column in model._meta.fields if column.choices and not isinstance(column, ChoicesField)]
        if columns and not hasattr(model, "instance_type"):
            yield from _unknown_choices(model, {column.attname: _offered(column) for column in columns})


def _offered(column: Any) -> set[Any]:
    names = {name for name, _label in column.flatchoices}
    return names | ({""} if column.blank else set()) | ({None} if column.null else set())


def _unknown_choices(model: type[models.Model], offered: dict[str, set[Any]]) -> Iterator[tuple[Any, str]]:
    known = Q(*(Q(**{f"{name}__in": names}) for name, names in offered.items()))
    for row in model._default_manager.exclude(known).order_by("pk").iterator():
        for name, names in offered.items():
            if getattr(row, name) not in names:
                yield row, f"has an unknown {name}: “{getattr(row, name)}”"


def reminders() -> Iterator[tuple[User, str]]:
    """Nobody has got a digest of a day that is to come, and the secret of each calendar is as it was made."""
    today = timezone.localdate()
    for row in Reminders.objects.select_related("user").order_by("pk").iterator():
        if row.digest_sent_on and row.digest_sent_on > today:
            yield row.user, f"has got the digest of {row.digest_sent_on}, which is to come, and gets none until then"
        if not _NONCE.fullmatch(row.calendar_nonce):
            yield row.user, "has a calendar whose secret is malformed"

"""Turns errors of the database into refusals with a sentence for the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, models, transaction
from django.utils.translation import gettext as _

from opportunities.editing import children
from opportunities.models import Opportunity
from opportunities.refusals import BrokenConstraint, Busy, Gone
from salesflow.database_errors import is_busy


@contextmanager
def written_or_refused(*, is_new: bool = False) -> Iterator[None]:
    """Runs the block in one transaction, and turns errors of the database into refusals with a sentence.

    `is_new`: the block creates the opportunity, so no other person can be changing it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise BrokenConstraint(_constraint_sentence(error)) from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        nothing_saved = _("The database is busy. Nothing was saved. Try again in a moment.")
        another = _("Another person is changing this opportunity right now. Try again in a moment.")
        raise Busy(nothing_saved if is_new else another) from error
    except DatabaseError as error:  # `force_update` raises no class of its own before Django 6
        if "did not affect any rows" not in str(error):
            raise
        raise Gone(_("What you changed is not on this opportunity any more.")) from error


def _constraint_sentence(error: IntegrityError) -> str:
    """The sentence of the violated constraint. The error has its name or, for UNIQUE on SQLite, its columns."""
    if isinstance(error, models.RestrictedError):
        return _("This file was presented. Change or remove the presentation before you remove the file.")
    text = str(error)
    models_written: list[type[models.Model]] = [Opportunity, *(table.model for table in children.TABLES)]
    for model in models_written:
        for constraint in model._meta.constraints:
            unique: list[Any] = [model._meta.get_field(name) for name in getattr(constraint, "fields", ())]
            columns = [f"{model._meta.db_table}.{each.column}" for each in unique]
            if constraint.name in text or (columns and all(column in text for column in columns)):
                return str(constraint.get_violation_error_message())
    return _("Something else changed at the same time. Look at the opportunity again and repeat what you did.")

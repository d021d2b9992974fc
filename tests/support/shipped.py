"""What the migrations bring, and how a database gets back to exactly that."""

from django.apps import apps
from django.db import connection, models, transaction

from stages import write_guard


class Shipped:
    """The rows that are there now, by model. Made once, after the migrations.

    `restore` takes the place of Django's flush after a test that commits. A flush empties every table, on PostgreSQL
    with a new file for each, and then creates the permissions again under other ids, and nothing else that shipped.
    """

    def __init__(self):
        every = [model for model in apps.get_models(include_auto_created=True) if model._meta.can_migrate(connection)]
        self.rows = {model: list(_all(model)) for model in every}
        self.stored = {model: _stored(model) for model in every if self.rows[model]}

    def restore(self):
        """Delete all rows but these, and put back those of them that a test changed or deleted."""
        changed = [model for model in self.rows if model not in self.stored or _stored(model) != self.stored[model]]
        with transaction.atomic(), connection.cursor() as cursor, write_guard.changing_every():
            for model in changed:  # in any order: keys are checked at the end of the transaction
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
            for model in changed:
                _all(model).bulk_create(self.rows[model])


def _all(model):
    """The rows of a model, past its managers and their guards."""
    return models.QuerySet(model).order_by("pk")


def _stored(model):
    """The rows as the database has them, in which a test may have left what no field can read."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(model._meta.db_table)} ORDER BY {quote(model._meta.pk.column)}")
        return cursor.fetchall()

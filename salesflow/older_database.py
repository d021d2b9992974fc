"""Recognises a database whose tables were made by other migrations than those in this source tree.

The migrations were made anew before the first release, so such a database cannot be updated.
"""

from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader

PACKAGES = {"salesflow", "stages", "opportunities"}


def is_older(connection: BaseDatabaseWrapper) -> bool:
    """Whether the recorded migrations of this database do not fit the present ones. Reads only.

    A recorded migration has no file, was applied before one that it depends on, or made other columns than it does now.
    """
    loader = MigrationLoader(connection)
    ours = {config.label for config in apps.get_app_configs() if config.name.partition(".")[0] in PACKAGES}
    recorded = [key for key in loader.applied_migrations if key[0] in ours]
    if any(key not in loader.graph.nodes for key in recorded):
        return True
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory:
        return True
    return bool(recorded) and _lacks_columns(connection, _tables(loader, recorded, ours))


def sentence(connection: BaseDatabaseWrapper) -> str:
    """Says what to do about an older database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        what, remedy = f"The database in the file {name}", "move that file away"
    else:
        what, remedy = f"The database {name}", "let DATABASE_URL name an empty database"
    return (
        f"{what} was made by a version of Salesflow from before these migrations, of which none was released, so it "
        f"cannot be brought up to date and was left as it is: {remedy}, and run the same command again."
    )


def _tables(loader: MigrationLoader, recorded: list[Any], ours: set[str]) -> dict[str, set[str]]:
    """The columns that the recorded migrations make, by table."""
    state = loader.graph.make_state(nodes=recorded, at_end=True, real_apps=loader.unmigrated_apps)
    return {
        model._meta.db_table: {field.column for field in model._meta.local_concrete_fields}
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.app_label in ours and model._meta.managed and not model._meta.proxy
    }


def _lacks_columns(connection: BaseDatabaseWrapper, expected: dict[str, set[str]]) -> bool:
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        return any(
            table not in present
            or columns - {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for table, columns in expected.items()
        )

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections

from salesflow import older_database


class Command(migrate.Command):
    """Django's command, but stops with one sentence at a database that other migrations made."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if older_database.is_older(connection):
            raise CommandError(older_database.sentence(connection))
        super().handle(*args, **options)

"""The database of the tests, migrated once. Each worker of pytest-xdist gets a copy, which is made in no time."""

import fcntl
from contextlib import contextmanager

from django.conf import settings


class Copies:
    """What the migrations make, in a database that no test uses, and the copy of it that this worker uses.

    `folder` is one of this run, which the workers share.
    """

    def __init__(self, connection, folder, worker):
        self.connection, self.folder, self.worker = connection, folder, worker
        self.creation = connection.creation
        self.migrated = folder / "migrated"  # this file says that the original is there
        self.is_maker = False
        is_file = connection.vendor == "sqlite"
        name = folder / "salesflow.sqlite3" if is_file else f"test_{connection.settings_dict['NAME']}"
        connection.settings_dict["TEST"]["NAME"] = str(name)

    def open(self):
        """Give the connection the copy of this worker. The first worker migrates, and the others wait for it."""
        self.before = self.connection.settings_dict["NAME"]
        with self._alone():
            if self.migrated.exists():
                self._name(self.creation._get_test_db_name())
            else:
                self.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                self.connection.close()
                self.migrated.touch()
                self.is_maker = True
            self.original = self.connection.settings_dict["NAME"]
            self.creation.clone_test_db(self.worker, verbosity=0, autoclobber=True)
        self._name(self.creation.get_test_db_clone_settings(self.worker)["NAME"])

    def close(self):
        """Delete the copy. Who made the original deletes it too; a worker that needs it later makes it anew."""
        self.creation.destroy_test_db(self.before, verbosity=0)
        if self.is_maker:
            with self._alone():
                self.migrated.unlink()
                self._name(self.original)
                self.creation.destroy_test_db(self.before, verbosity=0)

    def _name(self, name):
        """Change the name in place: a thread makes its connection of the same settings."""
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = self.connection.settings_dict["NAME"] = name

    @contextmanager
    def _alone(self):
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

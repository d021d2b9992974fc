"""The private files: outside every web root, under random names. `STORAGES["attachments"]` says where they are.

A file is there whole or not at all: it is written beside its name, flushed to the disk, and renamed. A writer that is
killed leaves a part, which no row names: `manage.py verify --sweep` removes it.
"""

import datetime
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage, storages

STORAGE = "attachments"
PART = ".part"
NAME_LENGTH = 40  # characters at most of a name that `new_name` returns, with room for an ending


def storage() -> Storage:
    return storages[STORAGE]


def new_name() -> str:
    """A random name in one of 256 folders."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def every_name(folder: str = "") -> Iterator[str]:
    """The names of all files. A folder that does not exist yet has none."""
    try:
        folders, names = storage().listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}{name}"
    for each in sorted(folders):
        yield from every_name(f"{folder}{each}/")


def changed_at(name: str) -> datetime.datetime:
    return storage().get_modified_time(name)


class PrivateFiles(FileSystemStorage):
    """A folder that only the user of the server may read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700} | options)

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}{PART}")
        try:
            with part.open("xb") as file:
                part.chmod(0o600)
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        for folder in (path.parent, path.parent.parent):  # the folder may be new, too
            _flush(folder)
        return name


def _flush(folder: Path) -> None:
    """Writes the entries of the folder to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

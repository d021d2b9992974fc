"""Reads spreadsheets in another process, because a hostile one may take all memory of the process that reads it."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from opportunities.imports.reading import cells, read_workbook
from opportunities.imports.reading.cells import Cell
from opportunities.imports.reading.refusing import CannotBeRead, too_many_columns


class OpenedSheet:
    """A sheet whose rows are read while another process writes them. Use it in a `with` statement."""

    def __init__(self, file: IO[bytes], sheet: str = "") -> None:
        file.seek(0)
        content = file.read()
        command = [sys.executable, "-I", "-W", "ignore", str(Path(read_workbook.__file__)), sheet]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
        with contextlib.suppress(BrokenPipeError):  # it ended early, and `_line` says so
            self._to_program.write(content)
        with contextlib.suppress(BrokenPipeError):
            self._to_program.close()
        try:
            self._read_head()
        except BaseException:
            self.close()
            raise

    @property
    def _to_program(self) -> IO[bytes]:
        assert self._process.stdin  # noqa: S101 - for the type checker
        return self._process.stdin

    def _read_head(self) -> None:
        head = self._line()
        if not isinstance(head, dict) or not isinstance(head.get("sheets"), list):
            raise CannotBeRead(_unreadable())
        self.sheets = tuple(str(each) for each in head["sheets"])
        self.sheet = str(head.get("sheet", ""))

    def __enter__(self) -> "OpenedSheet":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe:
                    pipe.close()

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The number and the cells of each row that is not blank."""
        while (line := self._line()) is not None:
            if not isinstance(line, list) or not line or type(line[0]) is not int:
                raise CannotBeRead(_unreadable())
            yield line[0], _cells(line[1:])

    def _line(self) -> Any:
        """What the program wrote next; None at the end. Raises CannotBeRead if the program failed."""
        assert self._process.stdout  # noqa: S101 - for the type checker
        written = self._process.stdout.readline()
        if not written:
            if self._process.wait():
                raise CannotBeRead(_unreadable())
            return None
        try:
            line = json.loads(written)
        except ValueError as error:
            raise CannotBeRead(_unreadable()) from error
        if isinstance(line, dict) and "refused" in line:
            raise _refused(line["refused"])
        return line


def _cells(line: list[Any]) -> list[Cell]:
    try:
        return [cells.from_json(each) for each in line]
    except ValueError as error:
        raise CannotBeRead(_unreadable()) from error


def _refused(why: Any) -> CannotBeRead:
    if why == read_workbook.TOO_MANY_COLUMNS:
        return too_many_columns()
    return CannotBeRead(_("The file has no sheet of this name. Choose one of its sheets."))


def _unreadable() -> str:
    return _("The spreadsheet cannot be read: it is damaged, or too large when unpacked. Save it again, or as CSV.")

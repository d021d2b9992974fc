"""What an import does and did, in figures and sentences."""

from dataclasses import dataclass

from opportunities.imports.typed_rows import Problem
from opportunities.models import Import, ImportRow


@dataclass(frozen=True)
class Counts:
    """The rows of a run that has been started, by what became of them."""

    created: int = 0
    updated: int = 0
    same: int = 0
    skipped: int = 0
    refused: int = 0
    undone: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        raise NotImplementedError

    @property
    def done(self) -> int:
        """All but those that wait."""
        raise NotImplementedError


def counts(run: Import) -> Counts:
    """One query."""
    raise NotImplementedError


def problems(row: ImportRow) -> list[Problem]:
    """Why the row is refused or left out, with the cells that cause it. In the language of the person who imports."""
    raise NotImplementedError


def waits_for_its_stage(run: Import) -> int:
    """How many open opportunities that this import created are not in the stage of the file. One query."""
    raise NotImplementedError

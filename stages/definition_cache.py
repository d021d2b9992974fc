"""The stages and steps of each process, kept in memory between requests.

A definition is read on every page and in every write, and seldom changes. Each change of a process gives it a new
random `revision` in the same transaction (`designing.changing`). The cache holds a definition under its revision, so it
is right in each process of the server without any message between them. A revision of a transaction that was rolled
back never comes again.
"""

import uuid

from stages import models, write_guard

_stages: dict[int, tuple[uuid.UUID, list[models.Stage]]] = {}
"""The stages of each process, archived ones too, with the revision that they were read under."""


def stages_of(process: models.Process, *, including: int | None = None) -> list[models.Stage]:
    """As `models.stages_of`, for a process that was just read. No query if its definition is in memory.

    The stages are shared by all requests: a caller does not change them.
    """
    return [stage for stage in _all_stages_of(process) if stage.is_in(process.pk, including=including)]


def _all_stages_of(process: models.Process) -> list[models.Stage]:
    if write_guard.is_changing():  # the revision comes at the end of the block
        return models.all_stages_of([process.pk])
    revision, stages = _stages.get(process.pk, (None, []))
    if revision != process.revision:
        stages = models.all_stages_of([process.pk])
        _stages[process.pk] = process.revision, stages
    return stages

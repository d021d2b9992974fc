"""Changes definitions: every change of a process, a stage or a step happens inside `changing`.

A definition that opportunities have used is archived, not deleted. Opportunities in an archived stage go on from there,
and no other enters it. A process in use always has a stage in use.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, models, transaction
from django.utils.translation import gettext as _

from salesflow.database_errors import is_busy
from salesflow.users.usage import is_referred_to
from stages import vocabulary, write_guard
from stages.models import Process, Stage, Step

Definition = Process | Stage | Step


class DesignRefused(Exception):
    """Nothing was written. The text is a sentence for the user."""


class DefaultChanged(DesignRefused):
    """Another process is used for new opportunities since the page was opened."""


class DesignBusy(DesignRefused):
    """Another person locks the process, or the database is busy, for too long."""


@dataclass
class Effect:
    """The effect of a change, complete when its block has ended."""

    no_longer_ready: int = 0
    """How many open opportunities were ready for the next stage and are not any more."""


@contextmanager
def changing(process_id: int | None) -> Iterator[Effect]:
    """Locks the process while the block changes it, then recomputes its open opportunities, in one transaction.

    None: the block creates a process. Refusals: DesignRefused.
    """
    effect = Effect()
    with _written_or_refused():
        if process_id is None:
            with write_guard.changing(None):
                yield effect
            return
        list(Process.objects.select_for_update(no_key=True).filter(pk=process_id))
        before = _gate_columns(process_id)
        with write_guard.changing(process_id):
            yield effect
        Process.objects.filter(pk=process_id).update(revision=uuid.uuid4())
        refuse_no_stages(process_id)
        if _gate_columns(process_id) != before:
            effect.no_longer_ready = vocabulary.definition_changed([process_id])


@contextmanager
def _written_or_refused() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except (IntegrityError, models.ProtectedError) as error:
        raise DesignRefused(
            _("Another person changed or used this at the same time. Nothing was saved. Open the page again.")
        ) from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise DesignBusy(_("The database is busy. Nothing was saved. Try again in a moment.")) from error


def _gate_columns(process_id: int) -> tuple[list[Any], list[Any]]:
    """The columns that gates depend on. A change of names or guidance needs no recomputing."""
    stages = Stage.objects.filter(process_id=process_id).order_by("order", "pk")
    steps = Step.objects.filter(stage__process_id=process_id).order_by("pk")
    return (
        list(stages.values_list("pk", "is_archived")),
        list(steps.values_list("pk", "stage_id", "field", "evidence", "required", "is_archived")),
    )


def refuse_no_stages(process_id: int) -> None:
    """Raises DesignRefused for a process in use without a stage in use: no opportunity could start in it."""
    is_in_use = Process.objects.filter(pk=process_id, is_archived=False).exists()
    if is_in_use and not Stage.objects.filter(process_id=process_id, is_archived=False).exists():
        raise DesignRefused(_("A process needs at least one stage that is not archived."))


def process_of(definition: Definition) -> int:
    """The id of the process of a definition."""
    if isinstance(definition, Process):
        return definition.pk
    return definition.process_id if isinstance(definition, Stage) else definition.stage.process_id


def is_used(definition: Definition) -> bool:
    """Whether an opportunity ever used it. A step counts as used when its stage is."""
    parts: list[Definition] = [definition]
    if isinstance(definition, Process):
        parts += definition.stages.all()
    if isinstance(definition, Step):
        parts.append(definition.stage)
    return any(is_referred_to(part, by=_is_no_definition) for part in parts)


def _is_no_definition(model: type[models.Model]) -> bool:
    return model._meta.app_label != Process._meta.app_label


def delete(definition: Definition) -> None:
    """Deletes a definition that was never used, with its stages and steps. Refusals: DesignRefused."""
    with changing(process_of(definition)):
        if is_used(definition):
            raise DesignRefused(_("“%(name)s” is in use. Archive it instead.") % {"name": definition.name})
        if isinstance(definition, Process) and definition.is_default:
            raise DesignRefused(_("“%(name)s” is used for new opportunities.") % {"name": definition.name})
        for part in parts_of(definition):
            part.delete()


def parts_of(definition: Definition) -> list[Definition]:
    """The definition and what belongs to it, the smallest parts first."""
    stages: list[Stage] = []
    if isinstance(definition, Process):
        stages = list(definition.stages.prefetch_related("steps"))
    elif isinstance(definition, Stage):
        stages = [definition]
    parts: list[Definition] = []
    for stage in stages:
        parts += [*stage.steps.all(), stage]
    return parts if isinstance(definition, Stage) else [*parts, definition]


def make_default(process: Process, *, instead_of: int | None) -> None:
    """Makes this the process for new opportunities, instead of the one with that id (None: of none).

    Refusals: DefaultChanged, if another one than `instead_of` is used now; DesignRefused.
    """
    with _written_or_refused():
        processes = {each.pk: each for each in Process.objects.select_for_update(no_key=True).order_by("pk")}
        chosen = processes[process.pk]
        _refuse_changed_default(processes.values(), instead_of)
        if chosen.is_archived:
            raise DesignRefused(_("“%(name)s” is archived.") % {"name": chosen.name})
        refuse_no_stages(chosen.pk)
        for other in processes.values():
            if other.is_default and other != chosen:
                other.is_default = False
                other.save()
        chosen.is_default = True
        chosen.save()


def _refuse_changed_default(processes: Iterable[Process], instead_of: int | None) -> None:
    used = next((process for process in processes if process.is_default), None)
    if (used.pk if used else None) == instead_of:
        return
    name = used.name if used else "–"
    sentence = _("New opportunities start in “%(name)s” since this page was opened. Look at the list and choose again.")
    raise DefaultChanged(sentence % {"name": name})

"""The process definitions and status reasons, now and in the past, for `manage.py verify`."""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from opportunities.models import ProcessInstance, StatusReason
from stages import gates
from stages.models import Stage, Step, stages_of
from stages.versions import in_force_since

BEFORE = datetime.timedelta(minutes=1)
"""A move may read a definition while it is changed, so its moment may be just before or just after the change."""

SETTLED = datetime.timedelta(seconds=2)
"""One change of a definition saves several rows, each at its own moment. The states in between were never in force."""


class Definitions:
    """The processes and the reasons, with all their versions, read once."""

    def __init__(self) -> None:
        self.stages = Stage.objects.in_bulk()
        self.steps = Step.objects.in_bulk()
        self.reasons = StatusReason.objects.in_bulk()
        self._in_order: dict[tuple[int, int], list[Stage]] = {}
        self._versions: dict[tuple[type[Any], int], list[Any]] = defaultdict(list)
        for model in (Stage, Step, StatusReason):
            for version in model.history.order_by("history_date", "history_id"):
                self._versions[model, version.id].append(version)
        self._steps_of: dict[int, list[Step]] = defaultdict(list)
        for step in self.steps.values():
            self._steps_of[step.stage_id].append(step)

    def stages_of(self, instance: ProcessInstance) -> list[Stage]:
        """As `stages.models.stages_of`, but reads each process once."""
        key = instance.process_id, instance.active_stage_id
        if key not in self._in_order:
            self._in_order[key] = stages_of(instance.process_id, including=instance.active_stage_id)
        return self._in_order[key]

    def name_of(self, stage_id: int | None) -> str:
        if stage_id is None:
            return "no stage"
        return self.stages[stage_id].name if stage_id in self.stages else f"a stage that is gone ({stage_id})"

    def place_of(self, stage_id: int | None) -> tuple[int, int]:
        """Sorts the stages of a process."""
        stage = self.stages.get(stage_id or 0)
        return (stage.order, stage.pk) if stage else (0, stage_id or 0)

    def always(self, since: datetime.datetime, condition: Callable[..., bool], *rows: Any) -> bool:
        """Whether the condition holds for the rows now, and has held at all times since that moment."""
        if not condition(*rows):
            return False
        versions = [in_force_since(self._versions[type(row), row.pk], since - BEFORE) for row in rows]
        if any(found is None for found in versions):
            return False
        changed = sorted({version.history_date for found in versions for version in (found or [])[1:]})
        later = [at for at, following in itertools.pairwise([*changed, None]) if not _is_same_change(at, following)]
        moments = [since - BEFORE, *later]
        return all(condition(*(_at(moment, row, versions[i]) for i, row in enumerate(rows))) for moment in moments)

    def has_always_asked(self, missing: gates.Unmet, active: Stage, *, since: datetime.datetime) -> bool:
        """Whether the active stage could not be entered without the step, at all times since that moment."""
        step, stage = missing.step, missing.stage
        is_same = ["field", "stage_id"] + (["evidence"] if missing.why is gates.UnmetReason.NO_EVIDENCE else [])

        def asks(version: Any) -> bool:
            return _is_asked(version) and all(getattr(version, name) == getattr(step, name) for name in is_same)

        def is_passed(stage: Any, active: Any) -> bool:
            is_in_use = not stage.is_archived or stage.id == active.id
            return is_in_use and (stage.order, stage.id) <= (active.order, active.id)

        return self.always(since, asks, step) and self.always(since, is_passed, stage, active)

    def required_since(self, stage_id: int, since: datetime.datetime) -> list[Step]:
        """The steps that the stage required at all times since that moment."""
        return [
            step
            for step in self._steps_of[stage_id]
            if self.always(since, lambda version: _is_asked(version) and version.stage_id == stage_id, step)
        ]

    def has_kept_order(self, process_id: int) -> bool:
        """Whether no stage of the process was ever added, moved or archived."""
        stages = [stage for stage in self.stages.values() if stage.process_id == process_id]
        return all(
            (version.order, version.is_archived, version.history_type) == (stage.order, stage.is_archived, "~")
            for stage in stages
            for version in self._versions[Stage, stage.pk]
        )

    def stages_between(self, left: int | None, entered: int | None) -> list[Stage]:
        """The stages in use between two stages of a process."""
        first, last, process_id = self.place_of(left), self.place_of(entered), self.stages[left or 0].process_id
        stages = [stage for stage in self.stages.values() if stage.process_id == process_id and not stage.is_archived]
        return [stage for stage in stages if first < self.place_of(stage.pk) < last]


def _is_same_change(at: datetime.datetime, following: datetime.datetime | None) -> bool:
    return following is not None and following - at <= SETTLED


def _at(moment: datetime.datetime, row: Any, versions: list[Any] | None) -> Any:
    """The version in force at that moment; before the first of these, the first."""
    earlier = [version for version in versions or [] if version.history_date <= moment]
    return earlier[-1] if earlier else (versions or [row])[0]


def _is_asked(step: Any) -> bool:
    return bool(step.required and not step.is_archived)

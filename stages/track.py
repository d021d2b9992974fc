"""The track: the stages of a process, one segment for each step, and the gate that keeps the record in its stage.

Nothing here queries or writes. `Track` is drawn on the page of a record; `SmallTrack` in a line of a list, from figures
that the record stores.
"""

import enum
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from stages import gates
from stages.models import Stage, Step


class Mark(enum.StrEnum):
    """What one segment shows of its step."""

    MET = "met"
    WAIVED = "waived"
    MISSING = "missing"
    """Required in a stage that is passed, and not met any more."""
    LEFT = "left"


class StagePosition(enum.StrEnum):
    """Where a stage is, seen from the active one."""

    PASSED = "passed"
    SKIPPED = "skipped"
    CURRENT = "current"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Segment:
    """One step of a stage."""

    mark: Mark
    is_optional: bool
    is_imported: bool = False
    """Whether it is waived because it was missing when the record was imported."""


@dataclass(frozen=True)
class Age:
    """How long the record has been in the active stage, in words; `is_late` when that is longer than the target."""

    text: str
    is_late: bool = False


@dataclass(frozen=True)
class TrackStage:
    """One stage of a track."""

    stage: Stage
    place: StagePosition
    segments: tuple[Segment, ...]
    url: str
    is_viewed: bool
    notes: tuple[str, ...]
    """What the stage says beside its count."""
    age: Age | None

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def met(self) -> int:
        """Required steps that are met; a waived step is not."""
        return self._required(Mark.MET)

    @property
    def required(self) -> int:
        return sum(not segment.is_optional for segment in self.segments)

    @property
    def waived(self) -> int:
        """Required steps that are waived, but for those that were missing at an import."""
        return self._required(Mark.WAIVED) - self.imported

    @property
    def imported(self) -> int:
        """Required steps that are waived because they were missing at an import."""
        return sum(segment.is_imported and not segment.is_optional for segment in self.segments)

    @property
    def missing(self) -> int:
        return self._required(Mark.MISSING)

    @property
    def is_current(self) -> bool:
        return self.place is StagePosition.CURRENT

    def _required(self, mark: Mark) -> int:
        return sum(segment.mark is mark and not segment.is_optional for segment in self.segments)


@dataclass(frozen=True)
class Track:
    """The track of one record: its stages in order, the active one, and the one whose panel is shown.

    `visited` has the ids of the stages that were ever entered, `waived` those of the steps that are waived, `imported`
    those of them that were missing at an import.
    """

    record: Any
    stages: Sequence[Stage]
    active: Stage
    viewed: Stage
    waived: Collection[int]
    visited: Collection[int]
    address: str
    is_finished: bool = False
    is_closed: bool = False
    is_lost: bool = False
    age: Age | None = None
    imported: Collection[int] = ()

    def __iter__(self) -> Iterator[TrackStage]:
        return iter(self.drawn)

    @cached_property
    def drawn(self) -> list[TrackStage]:
        """The stages as they are drawn."""
        return [self._drawn(stage) for stage in self.stages]

    @property
    def current(self) -> TrackStage:
        return next(stage for stage in self.drawn if stage.is_current)

    @cached_property
    def is_open(self) -> bool:
        """Whether the gate is lifted: every required step up to and including the active stage is met or waived."""
        reached = self.stages[: self.stages.index(self.active) + 1]
        return not self.is_closed and not gates.unmet(reached, self.record, self.waived)

    def _drawn(self, stage: Stage) -> TrackStage:
        place = self._place(stage)
        return TrackStage(
            stage=stage,
            place=place,
            segments=tuple(self._segment(step, place) for step in gates.steps_in_use(stage)),
            url=f"{self.address}?stage={stage.pk}",
            is_viewed=stage == self.viewed and stage != self.active,
            notes=self._notes(place),
            age=self.age if place is StagePosition.CURRENT and not self.is_closed else None,
        )

    def _place(self, stage: Stage) -> StagePosition:
        here, there = self.stages.index(stage), self.stages.index(self.active)
        if here == there:
            return StagePosition.CURRENT
        if here > there:
            return StagePosition.AHEAD
        return StagePosition.PASSED if stage.pk in self.visited else StagePosition.SKIPPED

    def _segment(self, step: Step, place: StagePosition) -> Segment:
        is_passed = place in (StagePosition.PASSED, StagePosition.SKIPPED) or (
            place is StagePosition.CURRENT and self.is_finished
        )
        mark = Mark.MET
        if gates.why_unmet(step, self.record) is not None:
            is_missing = is_passed and step.required
            mark = Mark.WAIVED if step.pk in self.waived else Mark.MISSING if is_missing else Mark.LEFT
        is_imported = mark is Mark.WAIVED and step.pk in self.imported
        return Segment(mark, is_optional=not step.required, is_imported=is_imported)

    def _notes(self, place: StagePosition) -> tuple[str, ...]:
        if place is StagePosition.SKIPPED:
            return (_("skipped"),)
        if place is not StagePosition.CURRENT:
            return ()
        if self.is_lost:
            return (_("lost here"),)
        if self.is_finished:
            return (_("finished"),)
        return (_("ready"),) if self.is_open else ()


@dataclass(frozen=True)
class SmallTrack:
    """The track in a line of a list: each passed stage one block, the active stage its required steps, then the gate.

    `position` counts the stages that are passed, of `stages` in all; `met`, `waived` and `required` count the steps of
    the active stage. `is_missing_behind`: a passed stage lacks a step.
    """

    position: int
    stages: int
    met: int
    waived: int
    required: int
    is_open: bool
    is_missing_behind: bool = False
    is_closed: bool = False

    @property
    def passed(self) -> range:
        return range(self.position)

    @property
    def ahead(self) -> range:
        return range(self.stages - self.position - bool(self.required))

    @property
    def marks(self) -> list[Mark]:
        """The steps of the active stage: met, then waived, then left. None when the process is finished."""
        if not self.required:
            return []
        left = max(0, self.required - self.met - self.waived)
        return [Mark.MET] * self.met + [Mark.WAIVED] * self.waived + [Mark.LEFT] * left

"""Decides whether a gate is open: which steps are met, and which are missing. Nothing here queries or writes."""

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from salesflow import safe_text
from stages import vocabulary
from stages.models import Stage, Step


class UnmetReason(enum.Enum):
    """Why a step is not met."""

    EMPTY = _("not filled in")
    NOT_TICKED = _("not marked complete")
    NO_EVIDENCE = _("marked complete, but its evidence is missing")
    UNKNOWN = _("asks for something this installation does not know")


@dataclass(frozen=True)
class Unmet:
    """A required step that is missing, with its stage and the reason."""

    stage: Stage
    step: Step
    why: UnmetReason

    @property
    def sentence(self) -> str:
        """The reason in the reader's language, naming the evidence that is missing."""
        if self.why is UnmetReason.NO_EVIDENCE:
            return str(vocabulary.evidence()[self.step.evidence].missing)
        return str(self.why.value)


@dataclass(frozen=True)
class Readiness:
    """How many of the required steps of a stage are met (or waived)."""

    met: int
    required: int
    waived: int = 0


def is_filled(value: Any) -> bool:
    """Whether an answer was given. 0 is an answer; False and a text without a visible character are not."""
    if value is None or value is False:
        return False
    if isinstance(value, str):
        return safe_text.is_seen(value)
    return True


def why_unmet(step: Step, record: vocabulary.Record) -> UnmetReason | None:
    """Why the step is not met on this record, without regard to waivers; None if it is met."""
    field = vocabulary.fields().get(step.field)
    if field is None or (step.evidence and step.evidence not in vocabulary.evidence()):
        return UnmetReason.UNKNOWN
    if not is_filled(getattr(record, field.attribute or step.field)):
        return UnmetReason.NOT_TICKED if field.kind is vocabulary.FieldKind.TICK else UnmetReason.EMPTY
    if not has_evidence(step, record):
        return UnmetReason.NO_EVIDENCE
    return None


def has_evidence(step: Step, record: vocabulary.Record) -> bool:
    if not step.evidence:
        return True
    evidence = vocabulary.evidence().get(step.evidence)
    return evidence is not None and evidence.is_there(record)


def unmet(stages: Iterable[Stage], record: vocabulary.Record, waived: Collection[int] = ()) -> list[Unmet]:
    """Each required step of these stages that is neither met nor waived, in order. Empty: the gate is open."""
    return [
        Unmet(stage, step, why)
        for stage in stages
        for step in required_steps(stage)
        if step.pk not in waived and (why := why_unmet(step, record)) is not None
    ]


def required_steps(stage: Stage) -> list[Step]:
    return [step for step in steps_in_use(stage) if step.required]


def steps_in_use(stage: Stage) -> list[Step]:
    """The steps of the stage that are not archived. No query if `models.stages_of` has read the stage."""
    return [step for step in stage.steps.all() if not step.is_archived]


def readiness(stages: Iterable[Stage], record: vocabulary.Record, waived: Collection[int] = ()) -> dict[int, Readiness]:
    """The readiness of each stage, by its id."""
    answer = {}
    for stage in stages:
        required = required_steps(stage)
        missing = len(unmet([stage], record, waived))
        answer[stage.pk] = Readiness(
            met=len(required) - missing,
            required=len(required),
            waived=sum(step.pk in waived for step in required),
        )
    return answer

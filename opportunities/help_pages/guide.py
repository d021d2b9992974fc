"""What the help pages say about a process: its stages, their steps, and what counts as done. Made from the rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _

from opportunities.models import Opportunity, ProcessInstance
from stages import gates, vocabulary
from stages.models import Process, Stage, Step
from stages.vocabulary import FieldKind


@dataclass(frozen=True)
class StepGuide:
    """A step, and what counts as done, in sentences."""

    step: Step
    done: list[str]


@dataclass(frozen=True)
class StagePage:
    """A stage among the stages of its process."""

    process: Process
    stages: list[Stage]
    stage: Stage
    steps: list[StepGuide]

    @property
    def previous(self) -> Stage | None:
        position = self.stages.index(self.stage)
        return self.stages[position - 1] if position else None

    @property
    def next(self) -> Stage | None:
        return next(iter(self.stages[self.stages.index(self.stage) + 1 :]), None)


def processes() -> list[Process]:
    """The processes in use, in the reader's order, each with its stages. Two queries."""
    found = _in_use(Process.objects.order_by(), "process").prefetch_related(Prefetch("stages", _stages()))
    return sorted(found, key=lambda process: process.place)


def stage_page(process_id: int, stage_id: int) -> StagePage | None:
    """The page of a stage; None when the process or the stage is not in use. Three queries."""
    process = _in_use(Process.objects.all(), "process").filter(pk=process_id).first()
    stages = list(_stages().filter(process=process).prefetch_related("steps")) if process else []
    stage = next((stage for stage in stages if stage.pk == stage_id), None)
    if process is None or stage is None:
        return None
    return StagePage(process, stages, stage, [StepGuide(step, _done(step)) for step in gates.steps_in_use(stage)])


def _stages() -> Any:
    return _in_use(Stage.objects.order_by("order", "pk"), "active_stage")


def _in_use(definitions: Any, named_by: str) -> Any:
    """Those that are not archived, and those that open opportunities are still in."""
    places = ProcessInstance.objects.filter(opportunity__status=Opportunity.Status.OPEN)
    return definitions.filter(Q(is_archived=False) | Exists(places.filter(**{named_by: OuterRef("pk")})))


def _done(step: Step) -> list[str]:
    return list(_sentences(step))


def _sentences(step: Step) -> Iterator[str]:
    field, evidence = vocabulary.fields().get(step.field), vocabulary.evidence().get(step.evidence)
    if field is None or (step.evidence and evidence is None):
        yield _("The step %(unknown)s. Nothing counts as done.") % {"unknown": gates.UnmetReason.UNKNOWN.value}
    elif evidence:
        yield str(evidence.tick_when)
        yield _("If that is no longer so, the step is open again.")
    else:
        yield _answer(field.kind, step.field)


def _answer(kind: FieldKind, field: str) -> str:
    """The answer that a step without evidence takes."""
    match kind:
        case FieldKind.TICK:
            return _("Tick it when it is done.")
        case FieldKind.CHOICE:
            return _("One of these: %(choices)s.") % {"choices": ", ".join(_choices(field))}
        case FieldKind.MONEY:
            return _("An amount. 0 is an answer.")
        case FieldKind.DATE:
            return _("A date.")
        case FieldKind.ACCOUNT:
            return _("An account, chosen or created.")
        case FieldKind.CONTACT:
            return _("A contact, chosen or created.")
        case FieldKind.TEXT:
            return _("Any text.")


def _choices(field: str) -> Iterable[str]:
    column: Any = Opportunity._meta.get_field(field)
    return (str(label) for _value, label in column.flatchoices)

"""Checks the definitions: processes, the words that steps name, and the status reasons."""

from collections.abc import Callable, Iterator

from opportunities.models import StatusReason
from opportunities.models.status_reasons import SET_BY_MOVES
from opportunities.verify.faults import Fault
from stages import vocabulary
from stages.models import Process, Step


def unknown_words() -> Iterator[Fault]:
    """The steps in use that name a field or evidence that this installation does not know."""
    fields, evidence = vocabulary.fields(), vocabulary.evidence()
    in_use = Step.objects.filter(is_archived=False, stage__is_archived=False, stage__process__is_archived=False)
    for step in in_use.select_related("stage__process"):
        name = f"{step.stage.process} › {step.stage} › {step}"
        if step.field not in fields:
            yield Fault(name, f"asks for a field that is not known: {step.field}")
        if step.evidence and step.evidence not in evidence:
            yield Fault(name, f"asks for evidence that is not known: {step.evidence}")


def processes() -> Iterator[Fault]:
    """One process is used for new opportunities, and every process in use has a stage in use."""
    in_use = Process.objects.filter(is_archived=False)
    if not in_use.filter(is_default=True).exists():
        yield Fault("processes", "none is used for new opportunities")
    for process in in_use.exclude(stages__is_archived=False):
        yield Fault(str(process), "has no stage in use")


def reasons() -> Iterator[Fault]:
    """The reasons that moves set exist."""
    there = set(StatusReason.objects.values_list("key", flat=True))
    for key in sorted(SET_BY_MOVES - there):
        yield Fault("status reasons", f"the one that moves set as “{key}” is missing")


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (unknown_words, processes, reasons)

"""Whether what a database holds is what the rules of the process allow. Reads only, and prints nothing.

`faults()` goes through all opportunities in batches: neither memory nor queries per batch grow with their number.
What is looked for stands in `invariants`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, connection

from opportunities import dossier, invariants
from opportunities.dossier import Definitions, Dossier
from stages import subject
from stages.models import Step

BATCH = 500


@dataclass(frozen=True)
class Fault:
    """Something that is not as it should be, in an opportunity or (without an id) elsewhere."""

    name: str
    what: str
    opportunity_id: int | None = None
    is_stricter_later: bool = False
    """Good to know, and no fault: the process came to ask for something after the opportunity had passed."""


def faults(*, count: int = BATCH) -> Iterator[Fault]:
    """All that is wrong: in the database, in the processes, and by opportunity in the order of their ids."""
    yield from _broken_references()
    yield from _unknown_words()
    definitions = Definitions()
    last = 0
    while batch := dossier.read(definitions, after=last, count=count):
        last = batch[-1].record.pk
        for it in batch:
            yield from _faults_of(it)


def _broken_references() -> Iterator[Fault]:
    """A row that points to one that is gone: SQLite lets a tool or a restore write such a thing."""
    try:
        connection.check_constraints()
    except IntegrityError as error:
        yield Fault("database", str(error))


def _unknown_words() -> Iterator[Fault]:
    """The steps in use that ask for what this installation does not know."""
    words = subject.vocabulary
    in_use = Step.objects.filter(is_archived=False, stage__is_archived=False, stage__process__is_archived=False)
    for step in in_use.select_related("stage__process"):
        name = f"{step.stage.process} › {step.stage} › {step}"
        if step.field not in words.fields:
            yield Fault(name, f"asks for a field that is not known: {step.field}")
        if step.evidence and step.evidence not in words.evidence:
            yield Fault(name, f"asks for evidence that is not known: {step.evidence}")


def _faults_of(it: Dossier) -> Iterator[Fault]:
    for check in invariants.CHECKS:
        for what in check(it):
            yield Fault(it.record.name, what, it.record.pk)
    for what in invariants.stricter_later(it):
        yield Fault(it.record.name, what, it.record.pk, is_stricter_later=True)

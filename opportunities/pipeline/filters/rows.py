"""The rows that filters choose from: people, units, processes, stages, steps, reasons and customers.

Archived rows are not offered. One that an address names is still a value, because opportunities have it.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from opportunities import access
from opportunities.customers.models import Account, Competitor
from opportunities.forms import fields
from opportunities.models import StatusReason, Waiver, WaiverRequest
from opportunities.pipeline import owners
from opportunities.pipeline.conditions import DISABLED, ME, NONE
from opportunities.pipeline.filters.about import About
from opportunities.pipeline.filters.kinds import FilterRows, Options, Past
from opportunities.pipeline.visit_conditions import NO_PHASE
from salesflow.users.models import User
from stages.models import PipelinePhase, Process, Stage, Step

MOST_INDUSTRIES = 200
NO_INDUSTRY, IN_NO_UNIT = _("No industry"), _("In no team")


def _named(model: type[Any], *related: str, label: Callable[[Any], Any] = str) -> Callable[[str, About], Any]:
    def found(value: str, about: About) -> Any:
        pk = fields.clean_id(value)
        row = model._default_manager.select_related(*related).filter(pk=pk).first() if pk is not None else None
        return None if row is None else _label(row, label(row))

    return found


def _label(row: Any, label: str) -> str:
    """The label, which says that the row is archived or the person disabled."""
    if getattr(row, "is_archived", False):
        return Past(pgettext("row", "%(name)s (archived)") % {"name": label})
    if not getattr(row, "is_active", True):
        return Past(pgettext("person", "%(name)s (disabled)") % {"name": label})
    return label


def _step_label(step: Step) -> str:
    return f"{step.stage.name}: {step.name}"


def _processes(about: About) -> Options:
    processes = sorted(Process.objects.filter(is_archived=False).order_by(), key=lambda process: process.place)
    return [(str(process.pk), process.name) for process in processes]


def _stages(about: About) -> Options:
    return [(str(stage.pk), stage.name) for stage in about.tracks.in_use]


def _phase(value: str, about: About) -> Any:
    return _("Without a phase") if value == NO_PHASE else _named(PipelinePhase)(value, about)


def _phases(about: About) -> Options:
    phases = [(str(phase.pk), phase.name) for phase in PipelinePhase.objects.all()]
    return [*phases, (NO_PHASE, _("Without a phase"))]


def _steps(about: About) -> Options:
    in_use = Q(is_archived=False, stage__is_archived=False, stage__process__is_archived=False, required=True)
    steps = Step.objects.filter(in_use).select_related("stage__process")
    in_order = sorted(steps, key=lambda step: (step.stage.place, step.order, step.pk))
    return [(str(step.pk), _step_label(step)) for step in in_order]


def _reasons(about: About) -> Options:
    reasons = StatusReason.objects.filter(is_archived=False).order_by("status", "order", "pk")
    return [(str(reason.pk), reason.name) for reason in reasons]


def _industry(value: str, about: About) -> Any:
    if value == NONE:
        return NO_INDUSTRY
    return value if Account.objects.filter(industry=value).exists() else None


def _industries(about: About) -> Options:
    used = Account.objects.exclude(industry="").order_by("industry").values_list("industry", flat=True).distinct()
    return [(NONE, NO_INDUSTRY), *((industry, industry) for industry in used.exclude(industry=NONE)[:MOST_INDUSTRIES])]


def _person(value: str, about: About) -> Any:
    found = owners.asked(value, about.reader)
    return None if found is None else _("Me") if found.is_me else _label(found.person, str(found.person))


def _people(about: About) -> Options:
    return [(ME, _("Me")), *owners.offered(about.reader)]


def _owner(value: str, about: About) -> Any:
    if value == DISABLED:
        return _("Disabled owners") if access.sees_others(about.reader) else None
    return _person(value, about)


def _owners(about: About) -> Options:
    disabled: Options = [(DISABLED, _("Disabled owners"))] if access.sees_others(about.reader) else []
    return [(ME, _("Me")), *disabled, *owners.offered(about.reader)]


def _unit(value: str, about: About) -> Any:
    if value == NONE:
        return IN_NO_UNIT if access.units(about.reader).exists() else None
    pk = fields.clean_id(value)
    unit = access.units(about.reader).filter(pk=pk).first() if pk is not None else None
    return None if unit is None else unit.name


def _units(about: About) -> Options:
    units = [(str(unit.pk), unit.name) for unit in access.units(about.reader)]
    return [*units, (NONE, IN_NO_UNIT)] if units else []


def _waiver_person(value: str, about: About) -> Any:
    """A person who asked for, gave or withdrew a waiver of an opportunity that the reader sees."""
    if value == ME:
        return _("Me")
    person = _named(User)(value, about)
    if person is None:
        return None
    asked = WaiverRequest.objects.filter(by=int(value))
    given = Waiver.objects.filter(Q(by=int(value)) | Q(withdrawn_by=int(value)))
    acts = (access.of_visible(rows, about.reader) for rows in (given, asked))
    return person if any(rows.exists() for rows in acts) else None


def _refused(about: About) -> str:
    return owners.refused(about.reader)


OWNERS = FilterRows(_owner, _owners, _refused)
PEOPLE = FilterRows(_person, _people, _refused)
UNITS = FilterRows(_unit, _units)
PROCESSES = FilterRows(_named(Process), _processes)
WAIVER_PEOPLE = FilterRows(_waiver_person, _people)
STAGES = FilterRows(_named(Stage), _stages)
PHASES = FilterRows(_phase, _phases)
STEPS = FilterRows(_named(Step, "stage", label=_step_label), _steps)
REASONS = FilterRows(_named(StatusReason), _reasons)
ACCOUNTS = FilterRows(_named(Account), lambda about: [])
INDUSTRIES = FilterRows(_industry, _industries)
COMPETITORS = FilterRows(_named(Competitor), lambda about: [])

"""The conditions of asking for a waiver of one step, of answering, and of withdrawing a waiver; see `conditions`."""

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.models import Opportunity
from opportunities.refusals import NotAllowed
from opportunities.transitions._about_a_step import asked_already
from opportunities.transitions.conditions import MoveContext, MoveKind, refuse_no_right_to_waive
from stages.gates import Unmet
from stages.models import Step


def to_ask_for_waiver(context: MoveContext) -> list[Unmet]:
    """The missing steps of all stages for which no request waits."""
    editing.refuse_closed(context.record)
    missing = context.progress.unmet(context.progress.stages, context.record)
    return [unmet for unmet in missing if unmet.step.pk not in context.record.asked_steps]


def to_take_back_waiver_request(context: MoveContext) -> list[Step]:
    """The steps with a request that waits. Anyone who may edit the opportunity may take a request back."""
    editing.refuse_closed(context.record)
    return [step for step in _steps(context) if step.pk in context.record.asked_steps]


def to_approve_waiver(context: MoveContext) -> list[Unmet]:
    """The missing steps with a request that waits."""
    editing.refuse_closed(context.record)
    refuse_no_right_to_waive(context)
    missing = context.progress.unmet(context.progress.stages, context.record)
    return [unmet for unmet in missing if unmet.step.pk in context.record.asked_steps]


def to_decline_waiver(context: MoveContext) -> list[Step]:
    """The steps with a request that waits, also those that are no longer required."""
    editing.refuse_closed(context.record)
    if not context.may_waive:
        raise NotAllowed(_("Only managers may answer."))
    return to_take_back_waiver_request(context)


def to_withdraw_waiver(context: MoveContext) -> list[Step]:
    """The steps whose waiver counts."""
    editing.refuse_closed(context.record)
    if not context.may_waive:
        raise NotAllowed(_("Only managers may withdraw a waiver."))
    return [step for step in _steps(context) if step.pk in context.progress.waived]


def why_not(kind: MoveKind, step: Step, record: Opportunity) -> str:
    """The sentence of the refusal to ask for a waiver of this step, to waive it, or to withdraw its waiver."""
    if kind is MoveKind.ASK_FOR_WAIVER and step.pk in record.asked_steps:
        return asked_already()
    if kind is MoveKind.WITHDRAW_WAIVER:
        return _("“%(step)s” is not waived.") % {"step": step.name}
    return _("“%(step)s” is not missing.") % {"step": step.name}


def _steps(context: MoveContext) -> list[Step]:
    """All steps of the stages, also archived ones. No query."""
    return [step for stage in context.progress.stages for step in stage.steps.all()]

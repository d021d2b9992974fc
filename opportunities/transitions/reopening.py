"""Opens a closed opportunity again."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.utils.translation import gettext as _

from opportunities import editing
from opportunities.editing import Edit, children
from opportunities.models import Event, Opportunity, StageVisit
from opportunities.progress import waived_by_kind
from opportunities.transitions import conditions
from opportunities.transitions._move import begin_visit, enter, locked_for_move, refuse_blank, shipped_reason
from salesflow.users.models import User
from stages.models import Process, Stage


def reopen(
    *,
    opportunity: Opportunity,
    by: User,
    at: datetime.datetime,
    reason: str,
    to_stage: Stage | None = None,
    from_stage: Stage | None = None,
    version: int | None = None,
) -> StageVisit:
    """Opens a closed opportunity again, in the stage in which it was closed or an earlier one. Owner and managers only.

    The closing is kept, and dropped tasks stay dropped. Refusals: NotAllowed, AlreadyMoved, EntryMissing, NoSuchMove.
    """
    opportunity_locked = locked_for_move(opportunity, by=by, at=at, from_stage=from_stage, version=version)
    with _definition_locked(opportunity), opportunity_locked as edit:
        return reopen_locked(edit, to_stage, reason)


def reopen_locked(edit: Edit, to_stage: Stage | None, reason: str) -> StageVisit:
    """Opens a locked opportunity again. Refusals: NotAllowed, EntryMissing, NoSuchMove."""
    record, progress = edit.record, edit.progress
    target = cast(Stage, conditions.to_reopen(edit, to_stage).target)
    refuse_blank(reason, _("Say why it is reopened."), field="reason")
    closing = record.closings.select_related("stage").get(reopened_at__isnull=True)
    closing.reopened_at, closing.reopened_by, closing.reopen_reason = edit.at, edit.by, reason
    closing.save()
    progress.waived = frozenset(waived_by_kind(record))  # without the waivers of this closing
    _set_open(record)
    edit.child_rows.present(children.TASK)  # counts the tasks again, without those that were dropped
    edit.event.kind, edit.event.reason = Event.Kind.REOPENED, reason
    edit.event.from_stage, edit.event.to_stage = closing.stage, target
    _reenter_other_processes(edit)
    return enter(edit, progress.instance, target)


@contextmanager
def _definition_locked(opportunity: Opportunity) -> Iterator[None]:
    """Locks the processes before the opportunity, in the same order as a change of a definition does.

    A change of a definition recomputes only open opportunities, and would miss one that is being reopened.
    """
    with editing.written_or_refused():
        processes = Process.objects.filter(pk__in=opportunity.instances.values("process_id"))
        list(processes.select_for_update(no_key=True).order_by("pk"))
        yield


def _set_open(record: Opportunity) -> None:
    record.status = Opportunity.Status.OPEN
    record.status_reason = shipped_reason("in_progress")
    record.forecast_category = Opportunity.ForecastCategory.PIPELINE
    record.actual_revenue = record.closed_on = None


def _reenter_other_processes(edit: Edit) -> None:
    for instance in edit.record.instances.filter(is_primary=False, finished_at__isnull=True):
        begin_visit(edit, instance, instance.active_stage)

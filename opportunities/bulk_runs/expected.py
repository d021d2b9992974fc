"""What a bulk run would do now, before it is started: how many rows it would do, and which it would refuse and why."""

from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from opportunities import access, refusals
from opportunities.bulk_runs.reasons import ChangedSinceCounted
from opportunities.models import BulkRun, Opportunity
from opportunities.transitions import GateClosed, NoSuchMove
from stages.models import Stage

DONE = "done"


def counts(run: BulkRun) -> dict[str, int]:
    """How many rows have each outcome that is expected: `DONE`, or the code of a refusal. One query."""
    found = expected(run).order_by().values("expected").annotate(count=Count("pk"))
    return dict(found.values_list("expected", "count"))


def expected(run: BulkRun) -> QuerySet[Any]:
    """The rows of the run, each with what is expected of it."""
    conditions = [
        When(Q(opportunity__isnull=True) | _is_unseen(run), then=Value(refusals.Gone.code)),
        When(~Q(version=F("opportunity__version")), then=Value(ChangedSinceCounted.code)),
        When(~Q(opportunity__status=Opportunity.Status.OPEN), then=Value(refusals.OpportunityClosed.code)),
        *(When(condition, then=Value(code)) for code, condition in _of_act(run)),
    ]
    return run.rows.annotate(expected=Case(*conditions, default=Value(DONE), output_field=CharField()))


def _is_unseen(run: BulkRun) -> Q:
    """The person no longer sees the opportunity. The page then shows neither its state nor its name."""
    if access.sees_everything(run.by):
        return Q(pk__in=[])
    return ~Q(opportunity__in=Opportunity.objects.visible_to(run.by).order_by().values("pk"))


def _of_act(run: BulkRun) -> list[tuple[str, Q]]:
    """The refusals that only this act has, the first that fits first."""
    if run.act == BulkRun.Act.OWNER:
        may_lead = access.leading(Opportunity.objects.all(), run.by)
        return [(refusals.NotAllowed.code, ~Q(opportunity__in=may_lead.values("pk")))]
    if run.act == BulkRun.Act.ADVANCE:
        later = Stage.objects.filter(
            process=OuterRef("opportunity__active_stage__process"),
            order__gt=OuterRef("opportunity__active_stage__order"),
            is_archived=False,
        )
        is_last = Q(opportunity__is_finished=True) | ~Q(Exists(later))
        return [(NoSuchMove.code, is_last), (GateClosed.code, Q(opportunity__is_ready=False))]
    if run.act == BulkRun.Act.HOLD:
        is_paused = Q(opportunity__is_on_hold=True) | Q(opportunity__is_finished=True)
        return [(NoSuchMove.code, is_paused)]
    return []

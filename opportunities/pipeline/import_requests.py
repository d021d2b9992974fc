"""The imports whose person asks a manager to keep the stages of the file, as My day of the manager shows them."""

from typing import Any

from django.db.models import Count, Window

from opportunities import access
from opportunities.imports import approvals, outcomes
from opportunities.models import Import
from opportunities.pipeline.waiting import ROWS, Waiting
from salesflow.users.models import User


def import_requests_for(user: User) -> Waiting[Import] | None:
    """The imports that this user may answer, the oldest first; None if they may answer none. At most four queries.

    Each has `asked`: the opportunities whose stages are to be kept.
    """
    if not access.may_answer_requests(user):
        return None
    waiting = approvals.waiting_for(user).select_related("by").annotate(of_all=Window(Count("pk")))
    found: list[Any] = list(waiting.order_by("asked_at", "pk")[:ROWS])
    asked = outcomes.stages_asked(found, user)
    for run in found:
        run.asked = asked[run.pk]
    return Waiting(found[0].of_all if found else 0, found)

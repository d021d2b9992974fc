"""The moves as actions of the list: each opportunity is moved, or refused with its reason, by itself."""

import copy
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opportunities import transitions
from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.rules import MoveRefused
from salesflow import plain
from salesflow.users.models import User
from stages.models import Stage

REASON = fields.LineField(required=False, max_length=1000)


class MoveForm(ActionForm):
    """Beside the choice of the move, why: what putting on hold asks for."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (to put on hold or go back):"),
        required=False,
        widget=forms.TextInput({"size": 30}),
    )


@dataclass(frozen=True)
class Asked:
    """A move that was asked of one opportunity, for the stage that the list showed it in."""

    opportunity: Opportunity
    by: User
    at: datetime.datetime
    from_stage: Stage
    reason: str

    @property
    def of_whom(self) -> dict[str, Any]:
        return {"opportunity": self.opportunity, "by": self.by, "at": self.at}

    @property
    def step(self) -> dict[str, Any]:
        return {**self.of_whom, "from_stage": self.from_stage}


Move = Callable[[Asked], object]


def stage_key(opportunity_id: int) -> str:
    """Under which name the list posts the stage that it showed an opportunity in."""
    return f"stage-{opportunity_id}"


def move_each(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity], move: Move) -> None:
    try:
        reason = REASON.clean(request.POST.get("reason"))
    except ValidationError as error:
        page.message_user(request, " ".join(error.messages), messages.ERROR)
        return
    moved = 0
    for opportunity, from_stage in _drawn(request, chosen):
        try:
            if from_stage is None:
                raise MoveRefused(_("This list is out of date. Open it again."))
            move(Asked(opportunity, request.user, timezone.now(), from_stage, reason))  # type: ignore[arg-type]
            moved += 1
        except MoveRefused as refusal:
            page.message_user(request, f"{opportunity}: {refusal}", messages.ERROR)
    if moved:
        said = ngettext("Done for %(count)d opportunity.", "Done for %(count)d opportunities.", moved)
        page.message_user(request, said % {"count": moved}, messages.SUCCESS)


def refused_reason(page: Any, request: HttpRequest) -> Any:
    """The list with the reason as it was typed, and why it cannot be used; None for a good one."""
    try:
        REASON.clean(request.POST.get("reason"))
    except ValidationError as error:
        page.message_user(request, " ".join(error.messages), messages.ERROR)
        shown = copy.copy(request)
        shown.method = "GET"
        answer = page.changelist_view(shown)
        typed = {name: plain.unsafe_replaced(request.POST.get(name, "")) for name in ("action", "reason")}
        answer.context_data["action_form"].initial = typed
        answer.status_code = 422
        return answer
    return None


def _drawn(request: HttpRequest, chosen: QuerySet[Opportunity]) -> list[tuple[Opportunity, Stage | None]]:
    """Each opportunity chosen, with the stage it was shown in."""
    opportunities = list(chosen)
    ids = {each.pk: fields.posted_id(request.POST, stage_key(each.pk)) for each in opportunities}
    stages = Stage.objects.in_bulk([stage_id for stage_id in ids.values() if stage_id is not None])
    return [(each, stages.get(ids[each.pk] or 0)) for each in opportunities]


@admin.action(description=gettext_lazy("Next Stage"), permissions=["change"])
def advance(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> None:
    move_each(page, request, chosen, lambda asked: transitions.advance(**asked.step))


@admin.action(description=gettext_lazy("Back"), permissions=["change"])
def go_back(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> None:
    move_each(page, request, chosen, lambda asked: transitions.go_back(**asked.step, reason=asked.reason))


@admin.action(description=gettext_lazy("Finish"), permissions=["change"])
def finish(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> None:
    move_each(page, request, chosen, lambda asked: transitions.finish(**asked.step))


@admin.action(description=gettext_lazy("Put on hold"), permissions=["change"])
def hold(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> None:
    move_each(page, request, chosen, lambda asked: transitions.hold(**asked.of_whom, reason=asked.reason))


@admin.action(description=gettext_lazy("Resume"), permissions=["change"])
def resume(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> None:
    move_each(page, request, chosen, lambda asked: transitions.resume(**asked.of_whom))


ACTIONS = (advance, go_back, finish, hold, resume)

"""The moves as actions of the list. Each opportunity is moved or refused on its own."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from opportunities import changed_by, transitions
from opportunities.forms import fields
from opportunities.forms.rendered_for import RenderedFor, posted_id
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.refusals import Refused
from opportunities.transitions import StaleMove
from salesflow import once
from salesflow.users.models import User

REASON = fields.LineField(required=False, max_length=1000)


class MoveActionForm(ActionForm):
    """The fields beside the choice of the action: the token of the page, and the reason, which a hold needs."""

    token = forms.CharField(label="", required=False, initial=once.new_token, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason (to put on hold or go back):"),
        required=False,
        widget=forms.TextInput({"size": 30}),
    )


@dataclass(frozen=True)
class RequestedMove:
    """A move of one opportunity, with the stage and the version that the list showed."""

    opportunity: Opportunity
    by: User
    at: datetime.datetime
    rendered_for: RenderedFor
    reason: str

    @property
    def move(self) -> dict[str, Any]:
        return {"opportunity": self.opportunity, "by": self.by, "at": self.at, **self.rendered_for.move}


Move = Callable[[RequestedMove], object]


def stage_key(opportunity_id: int) -> str:
    """The name under which the list posts the stage of an opportunity that it showed."""
    return f"stage-{opportunity_id}"


def version_key(opportunity_id: int) -> str:
    """The name under which the list posts the version of an opportunity that it showed."""
    return f"version-{opportunity_id}"


def move_each(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity], move: Move) -> HttpResponse | None:
    """Moves each opportunity or shows its refusal. Returns the list with 409 if it was out of date for one.

    A form that is sent again moves nothing and gets its first response. Raises BadRequest, and moves nothing, if the
    stage or version of one is missing.
    """
    if done := once.done(request):
        return once.respond(request, done)
    listed = [(each, _rendered_for(request, each.pk)) for each in chosen]
    reason = REASON.clean(request.POST.get("reason"))
    refusals = []
    for opportunity, rendered_for in listed:
        try:
            move(RequestedMove(opportunity, request.user, timezone.now(), rendered_for, reason))  # type: ignore[arg-type]
        except Refused as refusal:
            refusals.append(refusal)
            said = f"{opportunity}: {refusal} {_changed_by(refusal, request.user)}".strip()  # type: ignore[arg-type]
            page.message_user(request, said, messages.ERROR)
    if moved := len(listed) - len(refusals):
        said = ngettext("Done for %(count)d opportunity.", "Done for %(count)d opportunities.", moved)
        page.message_user(request, said % {"count": moved}, messages.SUCCESS)
        once.remember(request, request.get_full_path(), said % {"count": moved})
    is_stale = any(status_of(refusal) == 409 for refusal in refusals)
    return page.list_again(request, status=409) if is_stale else None


def refused_reason(page: Any, request: HttpRequest) -> Any:
    """The list with the typed reason and its error; None if the reason is valid."""
    try:
        REASON.clean(request.POST.get("reason"))
    except ValidationError as error:
        page.message_user(request, " ".join(error.messages), messages.ERROR)
        return page.list_again(request, status=422)
    return None


def _rendered_for(request: HttpRequest, pk: int) -> RenderedFor:
    return RenderedFor(posted_id(request.POST, stage_key(pk)), posted_id(request.POST, version_key(pk)))


def _changed_by(refusal: Refused, reader: User) -> str:
    event = refusal.event if isinstance(refusal, StaleMove) else None
    return changed_by.sentence(event, reader) if event else ""


@admin.action(description=gettext_lazy("Next Stage"), permissions=["change"])
def advance(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> HttpResponse | None:
    return move_each(page, request, chosen, lambda to_do: transitions.advance(**to_do.move))


@admin.action(description=gettext_lazy("Back"), permissions=["change"])
def go_back(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> HttpResponse | None:
    return move_each(page, request, chosen, lambda to_do: transitions.go_back(**to_do.move, reason=to_do.reason))


@admin.action(description=gettext_lazy("Finish"), permissions=["change"])
def finish(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> HttpResponse | None:
    return move_each(page, request, chosen, lambda to_do: transitions.finish(**to_do.move))


@admin.action(description=gettext_lazy("Put on hold"), permissions=["change"])
def hold(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> HttpResponse | None:
    return move_each(page, request, chosen, lambda to_do: transitions.hold(**to_do.move, reason=to_do.reason))


@admin.action(description=gettext_lazy("Resume"), permissions=["change"])
def resume(page: Any, request: HttpRequest, chosen: QuerySet[Opportunity]) -> HttpResponse | None:
    return move_each(page, request, chosen, lambda to_do: transitions.resume(**to_do.move))


ACTIONS = (advance, go_back, finish, hold, resume)

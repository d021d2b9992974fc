"""The page of a move with a form, and the button of a move without one."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import toasts
from opportunities.forms.closing import MoveForm
from opportunities.forms.rendered_for import RenderedFor, shown_again
from opportunities.http_status import status_of
from opportunities.models import Opportunity, Task
from opportunities.transitions import MoveKind, Refused
from opportunities.views.opportunity import page as opportunity_page
from opportunities.views.request import opportunity_context, opportunity_now, see_other
from salesflow.users.requests import SignedInRequest

FROM_MY_DAY = "my_day"  # the value of `back` in a form on My day
CLOSES = (MoveKind.CLOSE_AS_WON, MoveKind.CLOSE_AS_LOST)


@dataclass(frozen=True)
class MovePage:
    """The page of one move. `name` is that of its view and template.

    `lists` is the move whose missing steps the page lists, if it lists any. `done` is the message after the move, `to`
    the address that follows, if it is not that of the opportunity. `about` is more for the template.
    """

    name: str
    make: Callable[..., Any]
    done: Promise
    lists: MoveKind | None = None
    to: str = ""
    about: dict[str, Any] = field(default_factory=dict)


def respond(
    request: SignedInRequest,
    move_page: MovePage,
    form: MoveForm,
    context: dict[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """Makes the move of a valid form and redirects to the opportunity. Otherwise shows the form, with its errors.

    `context` is what `opportunity_context` returned, if it was called already; `more` is added to it for the page.
    """
    rendered_for = RenderedFor.posted(request, lists=form.lists) if form.is_bound else None
    if rendered_for is None or not form.is_valid():
        status = 422 if rendered_for else 200
        return page(request, move_page, form, context=context, rendered_for=rendered_for, status=status, **more)
    named = rendered_for.move | ({"listed_steps": rendered_for.missing} if form.waives else {})
    at = timezone.now()
    try:
        move_page.make(opportunity=form.record, by=request.user, at=at, **form.entries, **named)
    except Refused as refusal:
        form.refuse(refusal)
        refused: dict[str, Any] = {"refusal": refusal, "status": status_of(refusal)}
        return page(request, move_page, form, rendered_for=rendered_for, **refused, **more)
    said = what_was_done(move_page, form.record, at)
    if move_page.to == reverse("my_day"):
        toasts.say_elsewhere(request, said, form.record)
    else:
        messages.success(request, said)
    return see_other(move_page.to or form.record)


def my_day_if_from_there(request: SignedInRequest) -> str:
    """The address of My day if the form was sent from there, else nothing."""
    return reverse("my_day") if request.POST.get("back") == FROM_MY_DAY else ""


def what_was_done(move_page: MovePage, opportunity: Opportunity, at: datetime.datetime) -> str:
    """The message after a move, with the number of tasks that a closing dropped. One query, if it closes."""
    dropped = opportunity.tasks.filter(dropped_at=at).count() if move_page.lists in CLOSES else 0
    if not dropped:
        return str(move_page.done)
    said = ngettext("%(count)d open task was dropped.", "%(count)d open tasks were dropped.", dropped)
    return f"{move_page.done} {said % {'count': dropped}}"


def respond_to_button(
    request: SignedInRequest,
    opportunity: Opportunity,
    make: Callable[..., Any],
    *,
    done: Promise,
    to: str = "",
) -> HttpResponse:
    """Makes a move that has a button and no form, and redirects to the opportunity or to `to`; so does a GET.

    A refusal shows the page of the opportunity.
    """
    if request.method != "POST":
        return see_other(to or opportunity)
    rendered_for = RenderedFor.posted(request)
    try:
        make(opportunity=opportunity, by=request.user, at=timezone.now(), **rendered_for.move)
    except Refused as refusal:
        now = opportunity_now(request, opportunity.pk)
        status, undone = status_of(refusal), _("Nothing was changed.")
        return opportunity_page(request, now, posted=rendered_for, refusal=refusal, undone=undone, status=status)
    messages.success(request, str(done))
    return see_other(to or opportunity)


def page(
    request: SignedInRequest,
    move_page: MovePage,
    form: MoveForm,
    *,
    context: dict[str, Any] | None = None,
    rendered_for: RenderedFor | None = None,
    refusal: Refused | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page with the form as typed, and with the present opportunity. `more` is added to its context."""
    opportunity = opportunity_now(request, form.record.pk) if refusal else form.record
    if refusal or context is None:
        context = opportunity_context(request, opportunity)
    listed = context["moves"].get(move_page.lists)
    needed, fills = listed[0].unmet if listed else [], more.get("fills")
    context |= move_page.about | {
        "form": form,
        "form_errors": status != 200 and not (fills and fills.comparisons),
        "refusal": refusal if refusal and refusal.field not in form.fields else None,
        "needed": needed,
        "to_drop": _to_drop(move_page, opportunity),
        "rendered_for": shown_again(rendered_for, refusal, RenderedFor.present(opportunity, needed)),
        **more,
    }
    return render(request, f"closing/{move_page.name}.html", context, status=status)


def _to_drop(move_page: MovePage, opportunity: Opportunity) -> list[Task]:
    """The open tasks that closing would drop. One query, if there is a next step."""
    if move_page.lists not in CLOSES or not opportunity.next_step:
        return []
    return list(opportunity.tasks.open().in_order())

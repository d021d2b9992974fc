"""The acts of a row of My day.

With htmx the response is the row as it is now, or nothing if the opportunity needs nothing more. Without htmx an act
with a form has a page of its own, and a write leads back to My day with a message. A form or a refusal of an
opportunity that has no row any more is on that page with htmx too.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from opportunities import toasts
from opportunities.activities import news
from opportunities.forms.close_date import CloseDateForm
from opportunities.forms.next_step import DoneForm, PlanForm, PostponeForm
from opportunities.forms.panel import AnswerForm
from opportunities.forms.rendered_for import RenderedFor
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.models.tasks import next_task
from opportunities.pipeline import my_day
from opportunities.pipeline.tracks import Tracks
from opportunities.transitions import Refused
from opportunities.views import moves, next_step, pausing
from opportunities.views.request import (
    answerable_step_of,
    editing_by,
    opportunity_for,
    opportunity_now,
    posted,
    role_required,
    see_other,
    sent_once,
)
from salesflow.users.requests import SignedInRequest

WRITING = require_http_methods(["GET", "HEAD", "POST"])


def _row_address(opportunity: Opportunity) -> str:
    return reverse("my_day_row", args=[opportunity.pk])


@require_safe
@role_required
def my_day_row(request: SignedInRequest, pk: int) -> HttpResponse:
    """The row after a write. Without htmx it leads to My day, to the row."""
    opportunity = opportunity_for(request, pk)
    if request.htmx:
        said = list(messages.get_messages(request))
        left = (toasts.stage_left(message, opportunity) for message in said)
        move = next((stage for stage in left if stage and stage != opportunity.active_stage_id), None)
        return _row(request, opportunity, said=" ".join(map(str, said)), move=move)
    person = my_day.person_of(request.user, opportunity.owner_id)
    query = "" if person == request.user else f"?person={person.pk}"
    return see_other(f"{reverse('my_day')}{query}#day-{pk}")


def _row(
    request: SignedInRequest, opportunity: Opportunity, *, said: str = "", status: int = 200, **shown: Any
) -> HttpResponse:
    """The row with the counts of the groups. `shown` has the form of an act, and why it was refused."""
    now, tracks = timezone.now(), Tracks()
    person = my_day.person_of(request.user, opportunity.owner_id)
    row = my_day.row_of(person, opportunity.pk, at=now, tracks=tracks)
    if row is None and (shown.get("form") or shown.get("refusal")):
        address = reverse(shown["act"], args=[opportunity.pk]) if "act" in shown else opportunity.get_absolute_url()
        return _as_page(_own_page(request, opportunity, status, **shown), address)
    context = {
        "opportunity": opportunity,
        "row": row,
        "news": news.among(request.user, [opportunity]),
        "day": my_day.counts(person, at=now, tracks=tracks),
        "tracks": tracks,
        "said": said,
        "rendered_for": RenderedFor.present(opportunity),
        **shown,
    }
    response = render(request, "my_day/_row_now.html", context, status=status)
    response["HX-Push-Url"] = "false"
    return response


def _as_page(response: HttpResponse, address: str) -> HttpResponse:
    """Shows the response to htmx as a whole page, with this address, and not in the row."""
    whole = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML", "HX-Push-Url": address}
    for name, value in whole.items():
        response[name] = value
    return response


def _form_page(request: SignedInRequest, opportunity: Opportunity, status: int = 200, **shown: Any) -> HttpResponse:
    """The form of an act: in its row for htmx, otherwise on a page of its own."""
    if request.htmx:
        return _row(request, opportunity, status=status, **shown)
    return _own_page(request, opportunity, status, **shown)


def _own_page(request: SignedInRequest, opportunity: Opportunity, status: int, **shown: Any) -> HttpResponse:
    context = {"opportunity": opportunity, "form_errors": status != 200, **shown}
    return render(request, "my_day/act.html", context, status=status)


class _InMyDay(next_step.CardPlace):
    """The forms of the next-step card, in a row of My day."""

    def address(self, request: SignedInRequest, opportunity: Opportunity) -> str:
        return _row_address(opportunity)

    def say(self, request: SignedInRequest, act: str) -> None:
        sentences = {"plan": _("Planned."), "done": _("Done."), "postpone": _("Postponed.")}
        messages.success(request, sentences[act])

    def page(self, request: SignedInRequest, shown: next_step.Card, status: int = 200) -> HttpResponse:
        form: Any = {"form": shown.form, "act": f"day_{shown.act}", "task": shown.task} if shown.form else {}
        return _form_page(request, shown.opportunity, status, refusal=shown.refusal, **form)


IN_MY_DAY = _InMyDay()


def _ids_of(pk: int) -> str:
    """The ids of the controls in one row, because several rows may show the same form."""
    return f"day-{pk}-%s"


@WRITING
@role_required
@sent_once
def day_plan(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    form = PlanForm(posted(request), record=opportunity, today=next_step.today(), auto_id=_ids_of(pk))
    return next_step.respond(request, opportunity, form, "plan", IN_MY_DAY)


@WRITING
@role_required
@sent_once
def day_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Completes the next step and plans another."""
    opportunity = opportunity_for(request, pk)
    task, today = next_task(opportunity), next_step.today()
    form = DoneForm(posted(request), record=opportunity, today=today, row=task, auto_id=_ids_of(pk))
    return next_step.respond(request, opportunity, form, "done", IN_MY_DAY)


@require_POST
@role_required
def day_postpone(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    form = PostponeForm(request.POST, record=opportunity, today=next_step.today(), row=None)
    return next_step.respond(request, opportunity, form, "postpone", IN_MY_DAY)


@WRITING
@role_required
def day_close_date(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sets a new estimated close date."""
    opportunity = opportunity_for(request, pk)
    form = CloseDateForm(posted(request), record=opportunity, auto_id=_ids_of(pk))
    if not form.is_bound and not opportunity.is_open:
        return see_other(_row_address(opportunity))
    return _write_or_show(request, opportunity, form)


@require_POST
@role_required
def day_answer(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """Gives the explicit answer to the only step that is left, by the form and the rules of the panel."""
    opportunity = opportunity_for(request, pk)
    found = answerable_step_of(opportunity, step)
    form = AnswerForm(request.POST, record=opportunity, step=found)
    return _write_or_show(request, opportunity, form)


def _write_or_show(
    request: SignedInRequest, opportunity: Opportunity, form: CloseDateForm | AnswerForm
) -> HttpResponse:
    form.refuse_unnamed()
    shown: dict[str, Any] = {"form": form, "act": "day_close_date"} if isinstance(form, CloseDateForm) else {}
    if not form.is_valid():
        errors = "" if shown else " ".join(str(error) for each in form.errors.values() for error in each)
        return _form_page(request, opportunity, 422 if form.is_bound else 200, refusal=errors, **shown)
    try:
        with editing_by(request, form) as record:
            form.write_to(record)
    except Refused as refusal:
        form.refuse(refusal)
        now, status = opportunity_now(request, opportunity.pk), status_of(refusal)
        return _form_page(request, now, status, refusal="" if shown else refusal, **shown)
    messages.success(request, _("Saved."))
    return see_other(_row_address(opportunity))


def _move(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of a move, with the way back to My day.

    A move that was refused shows the page of the opportunity, which says why. Finish leads to closing.
    """

    def moved(request: SignedInRequest, pk: int) -> HttpResponse:
        response = view(request, pk)
        page = reverse("opportunity", args=[pk])
        if response.status_code == 303:
            to = response["Location"]
            if to != page:
                return HttpResponseClientRedirect(to) if request.htmx else response
            return see_other(reverse("my_day_row", args=[pk]))
        is_refused = response.status_code in (409, 422)
        return _as_page(response, page) if request.htmx and is_refused else response

    return moved


day_advance = _move(moves.advance)
day_finish = _move(moves.finish)
day_resume = _move(pausing.resume)

"""The next-step card of the opportunity page, and its actions: plan, complete, change, postpone.

With htmx an action changes the card in place. Without htmx, each action has its own page with the same card.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities.forms.next_step import DoneForm, NextStepChangeForm, PlanForm, PostponeForm, postponement
from opportunities.http_status import status_of
from opportunities.models import Opportunity, Task
from opportunities.models.tasks import next_task
from opportunities.transitions import Refused, StaleTask, organisation_date
from opportunities.views.request import (
    editing_by,
    opportunity_for,
    opportunity_now,
    posted,
    role_required,
    see_other,
    sent_once,
    shown_query,
)
from salesflow import once
from salesflow.users.requests import SignedInRequest

CardForm = PlanForm | DoneForm | NextStepChangeForm | PostponeForm


class CardPlace:
    """Where the card is, and where its writes lead: on the page of the opportunity.

    A subclass shows the forms of the card in another place.
    """

    def address(self, request: SignedInRequest, opportunity: Opportunity) -> str:
        """The page after a write."""
        back = shown_query(request)
        return f"{opportunity.get_absolute_url()}?{back}" if back else opportunity.get_absolute_url()

    def say(self, request: SignedInRequest, act: str) -> None:
        """Says that it is written, where the page does not show it."""

    def page(self, request: SignedInRequest, shown: "Card", status: int = 200) -> HttpResponse:
        """The card for htmx, or a page with the card."""
        template = "opportunity/_next_step.html" if request.htmx else "opportunity/next_step.html"
        is_wrong = status != 200 and not shown.is_choice
        context = {"opportunity": shown.opportunity, "next_step": shown, "form_errors": is_wrong}
        return render(request, template, context, status=status)


ON_THE_PAGE = CardPlace()


@dataclass(frozen=True)
class Card:
    """What the card shows: the next step of an opportunity, or `form` in its place."""

    opportunity: Opportunity
    task: Task | None
    token: str
    back: str
    """The query of the page with the card: its stage and its tab."""
    form: CardForm | None = None
    act: str = ""
    refusal: Refused | None = None

    @property
    def is_choice(self) -> bool:
        """Whether the form asks to choose one of two values. Then nothing is wrong."""
        return bool(self.form and self.form.comparisons)

    @property
    def postponement(self) -> Any:
        """The label and the date of the button that postpones; None for no button."""
        return postponement(self.task.due, today()) if self.task else None


def card(request: SignedInRequest, opportunity: Opportunity, token: str) -> Card | None:
    """The card of an open opportunity. No query."""
    if not opportunity.is_open:
        return None
    return Card(opportunity, next_task(opportunity), token, shown_query(request))


@require_safe
@role_required
def next_step(request: SignedInRequest, pk: int) -> HttpResponse:
    """The card alone, for htmx. Without htmx it redirects to the opportunity."""
    opportunity = opportunity_for(request, pk)
    shown = card(request, opportunity, once.new_token())
    if shown is None or not request.htmx:
        return see_other(opportunity)
    return ON_THE_PAGE.page(request, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def next_step_plan(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    return respond(request, opportunity, PlanForm(posted(request), record=opportunity, today=today()), "plan")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def next_step_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Completes the next step and plans another."""
    opportunity = opportunity_for(request, pk)
    row = next_task(opportunity)
    return respond(request, opportunity, DoneForm(posted(request), record=opportunity, today=today(), row=row), "done")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def next_step_change(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    row = next_task(opportunity)
    form = NextStepChangeForm(posted(request), record=opportunity, today=today(), row=row)
    return respond(request, opportunity, form, "change")


@require_POST
@role_required
def next_step_postpone(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    form = PostponeForm(request.POST, record=opportunity, today=today(), row=None)
    return respond(request, opportunity, form, "postpone")


def today() -> datetime.date:
    return organisation_date(timezone.now())


def respond(
    request: SignedInRequest, opportunity: Opportunity, form: CardForm, act: str, place: CardPlace = ON_THE_PAGE
) -> HttpResponse:
    """Writes a valid form and redirects to the page with the card. Otherwise shows the card with the form."""
    form.refuse_unnamed()
    if not form.is_bound:
        if not opportunity.is_open or (act in ("done", "change") and next_task(opportunity) is None):
            return see_other(place.address(request, opportunity))  # another person was faster
        return place.page(request, _with_form(request, opportunity, form, act))
    if not form.is_valid():
        if isinstance(form, PostponeForm):
            raise BadRequest("The date is missing or is no date.")
        return place.page(request, _with_form(request, opportunity, form, act), status=422)
    try:
        _write(request, form, place)
    except Refused as refusal:
        return _refused(request, form, act, refusal, place)
    place.say(request, act)
    return see_other(place.address(request, opportunity))


def _write(request: SignedInRequest, form: CardForm, place: CardPlace) -> None:
    with editing_by(request, form) as record:
        if form.creates:
            once.claim(request)
        form.write_to(record)
        if form.creates:
            once.remember(request, place.address(request, form.record))


def _refused(request: SignedInRequest, form: CardForm, act: str, refusal: Refused, place: CardPlace) -> HttpResponse:
    """The present card with the refusal and the form with its entries.

    If the task has ended meanwhile, the entries are in a form that plans another.
    """
    now, status = opportunity_now(request, form.record.pk), status_of(refusal)
    if isinstance(form, PostponeForm):
        return place.page(request, Card(now, next_task(now), form.page, shown_query(request), refusal=refusal), status)
    if (
        isinstance(form, DoneForm | NextStepChangeForm)
        and not now.tasks.open().filter(pk=form.cleaned_data["task"]).exists()
    ):
        kept = PlanForm(record=now, today=today(), initial=form.typed, auto_id=form.auto_id)
        return place.page(request, _with_form(request, now, kept, "plan", refusal), status)
    form.refuse(refusal)
    if isinstance(refusal, StaleTask):
        form.look_again(now.version)
    return place.page(request, _with_form(request, now, form, act), status)


def _with_form(
    request: SignedInRequest, opportunity: Opportunity, form: CardForm, act: str, refusal: Refused | None = None
) -> Card:
    return Card(opportunity, next_task(opportunity), form.page, shown_query(request), form, act, refusal)

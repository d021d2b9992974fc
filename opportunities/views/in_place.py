"""A form that opens in place: below the step of the opportunity page that offers it (`forms/offers.py`).

It is the form of a page, without the page around it: the view of the page renders a template that extends
`opportunity/_place_form.html`. A refused form is shown again in the place, with what was typed. After a write the page
that the reader sees is drawn again, and htmx takes from it what the write may have changed.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone

from opportunities.forms.offers import SLOT
from opportunities.views.opportunity import page
from opportunities.views.request import opportunity_now, shown_address
from salesflow import once
from salesflow.users.requests import SignedInRequest
from stages.models import Step


@dataclass(frozen=True)
class Said:
    """What the place says after a write to `path`. `is_complete`: the same write marked the step complete."""

    place: str
    path: str
    text: str
    is_complete: bool


def place_of(request: SignedInRequest) -> str:
    """The id of the place in which the form is shown; empty for a page of its own."""
    target = str(request.htmx.target or "")
    return target if target.startswith(SLOT) else ""


def token_of(request: SignedInRequest) -> dict[str, str]:
    """The token of the page that the form is on, as first values of the form, so that the page knows its own writes."""
    token = once.clean_token(request.GET.get("token")) if place_of(request) else ""
    return {"token": token} if token else {}


def opens_in_place(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers a form in place, where the view of its page would lead back to the opportunity."""

    @functools.wraps(view)
    def opened(request: SignedInRequest, pk: int, **named: Any) -> HttpResponse:
        return answered(request, pk, view(request, pk, **named), place_of(request))

    return opened


def answered(
    request: SignedInRequest, pk: int, response: HttpResponse, place: str, step: Step | None = None
) -> HttpResponse:
    """The response of the page; after a write in place, the page that the reader sees, as it is now.

    A form that is sent twice leads back twice, so it has the same answer twice.
    """
    if not place or request.method != "POST" or response.status_code != 303:
        return response
    text = " ".join(str(message) for message in messages.get_messages(request))
    said = Said(place, request.path, text, "complete" in (*request.POST, request.POST.get("also")))
    request.GET = shown_address(request)
    stage = step.stage if step else None
    return page(request, opportunity_now(request, pk), stage=stage, is_saved=True, at=timezone.now(), said=said)

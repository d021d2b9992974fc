"""Messages about a move, which offer the way back, or lead to the opportunity."""

import re

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from opportunities.models import Opportunity
from stages.models import Stage

_ELSEWHERE = re.compile(r"about-([0-9]+)")
_DELETED_VIEW = re.compile(r"deleted-view-([0-9]+)-([0-9]+)")
_MOVED = re.compile(r"moved-([0-9]+)-from-([0-9]+)")


def say_moved(request: HttpRequest, text: str, opportunity: Opportunity, from_stage: Stage) -> None:
    """Adds the message about a move onward. The page of the opportunity then offers to go back to `from_stage`."""
    messages.success(request, text, extra_tags=f"moved-{opportunity.pk}-from-{from_stage.pk}")


def say_elsewhere(request: HttpRequest, text: str, opportunity: Opportunity) -> None:
    """Adds a message on a page of another kind: it names the opportunity and leads to it."""
    messages.success(request, f"{opportunity}: {text}", extra_tags=f"about-{opportunity.pk}")


def opportunity_of(message: Message) -> int | None:
    """The id of the opportunity that a message on another page is about."""
    found = _ELSEWHERE.fullmatch(message.extra_tags or "")
    return int(found[1]) if found else None


def stage_left(message: Message, opportunity: Opportunity) -> int | None:
    """The id of the stage that the opportunity left, if the message is about a move of this opportunity."""
    found = _MOVED.fullmatch(message.extra_tags or "")
    return int(found[2]) if found and int(found[1]) == opportunity.pk else None


def deleted_view(message: Message) -> tuple[int, int] | None:
    """The id and the version of the saved view that was deleted, if the message is about that."""
    found = _DELETED_VIEW.fullmatch(message.extra_tags or "")
    return (int(found[1]), int(found[2])) if found else None

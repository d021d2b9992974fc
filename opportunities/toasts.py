"""Messages about a move, which offer the way back."""

import re

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from opportunities.models import Opportunity
from stages.models import Stage

_MOVED = re.compile(r"moved-([0-9]+)-from-([0-9]+)")


def say_moved(request: HttpRequest, text: str, opportunity: Opportunity, from_stage: Stage) -> None:
    """Adds the message about a move onward. The page of the opportunity then offers to go back to `from_stage`."""
    messages.success(request, text, extra_tags=f"moved-{opportunity.pk}-from-{from_stage.pk}")


def stage_left(message: Message, opportunity: Opportunity) -> int | None:
    """The id of the stage that the opportunity left, if the message is about a move of this opportunity."""
    found = _MOVED.fullmatch(message.extra_tags or "")
    return int(found[2]) if found and int(found[1]) == opportunity.pk else None

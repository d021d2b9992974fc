"""`{{ message|way_back:opportunity }}`: the id of the stage that a message about a move offers to go back to."""

from typing import Any

from django import template
from django.contrib.messages.storage.base import Message

from opportunities import toasts
from opportunities.models import Opportunity

register = template.Library()


@register.filter
def way_back(message: Message, opportunity: Any) -> int | None:
    """None on a page of another opportunity, or of none, and when the opportunity is back in that stage."""
    if not isinstance(opportunity, Opportunity) or not opportunity.is_open:
        return None
    left = toasts.stage_left(message, opportunity)
    return None if left == opportunity.active_stage_id else left

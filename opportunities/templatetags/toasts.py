"""`{% stage_left message as move %}`: the id of the stage that a message about a move offers to go back to."""

from django import template
from django.contrib.messages.storage.base import Message
from django.template import Context

from opportunities import toasts
from opportunities.models import Opportunity

register = template.Library()


@register.simple_tag(takes_context=True)
def stage_left(context: Context, message: Message) -> int | None:
    """None on a page of another opportunity, or of none, and when the opportunity is back in that stage."""
    opportunity = context.get("opportunity")
    if not isinstance(opportunity, Opportunity) or not opportunity.is_open:
        return None
    left = toasts.stage_left(message, opportunity)
    return None if left == opportunity.active_stage_id else left


@register.simple_tag
def opportunity_of(message: Message) -> int | None:
    """The id of the opportunity that a message on My day is about."""
    return toasts.opportunity_of(message)


@register.simple_tag
def deleted_view(message: Message) -> tuple[int, int] | None:
    """The id and the version of the saved view that a message says is deleted."""
    return toasts.deleted_view(message)

"""`{% way_back %}`: the link from an opportunity to the list or to My day, as it was seen last.

From the list, also to the opportunities before and after it.
"""

from typing import Any

from django import template
from django.urls import reverse

from opportunities import way_back as ways

register = template.Library()


@register.inclusion_tag("includes/_way_back.html", takes_context=True)
def way_back(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "place": ways.place_of(context["request"]),
        "places": " ".join(reverse(name) for name in ways.PLACES),
        "opportunity": context.get("opportunity"),
    }


@register.simple_tag(takes_context=True)
def list_address(context: dict[str, Any]) -> str:
    """The list as it was filtered, sorted and paged, if the reader comes from it; otherwise the list."""
    place = ways.place_of(context["request"])
    return place.address if place.is_list else reverse(ways.LIST)

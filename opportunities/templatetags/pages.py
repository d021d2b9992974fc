"""The pages that the header leads to.

`{% pages "NAVIGATION" as links %}`: the pages of the navigation, or of the `MENU`, that the user may open.
`{% start_page as page %}`: the one that the user starts with.
"""

from typing import Any

from django import template

from opportunities import pages as known

register = template.Library()


@register.simple_tag(takes_context=True)
def pages(context: dict[str, Any], which: str) -> list[tuple[known.PageLink, str]]:
    """Each with its `aria-current` on the page that is shown."""
    request = context.get("request")  # an error page may have none
    if request is None or not request.user.is_authenticated:
        return []
    links: tuple[known.PageLink, ...] = getattr(known, which)
    return known.with_current(request.user, links, request.path)


@register.simple_tag(takes_context=True)
def start_page(context: dict[str, Any]) -> known.PageLink:
    """The page that the logo leads to: My day for a visitor, whom it asks to sign in."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return known.START[0]
    return known.start_of(request.user)

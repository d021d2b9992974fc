"""What the small track of an opportunity shows, in words."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from opportunities.models import Opportunity


def drawn(opportunity: Opportunity) -> SafeString:
    """The words as a tag."""
    return format_html('<span class="{}">{}</span>', _style(opportunity), words(opportunity))


def words(opportunity: Opportunity) -> str:
    """`Ready`, `2 left`: from the derived columns."""
    if opportunity.is_won:
        return gettext("Won")
    if opportunity.is_lost:
        return gettext("Lost")
    if opportunity.is_on_hold:
        return gettext("On hold")
    if opportunity.is_finished:
        return gettext("Finished")
    if opportunity.is_ready:
        return gettext("Ready")
    return gettext("%(left)s left") % {"left": len(opportunity.unmet_steps)}


def _style(opportunity: Opportunity) -> str:
    if opportunity.is_won:
        return "tag is-ready"
    if opportunity.is_lost:
        return "tag"
    if opportunity.is_on_hold:
        return "tag is-warn"
    return "tag is-accent" if opportunity.is_finished or opportunity.is_ready else "muted nowrap"

"""What the small track of an opportunity shows, in words."""

from django.utils.translation import gettext

from opportunities.models import Opportunity


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


def style(opportunity: Opportunity) -> str:
    """The classes of these words."""
    if opportunity.is_won:
        return "tag is-ready"
    if opportunity.is_lost:
        return "tag"
    if opportunity.is_on_hold:
        return "tag is-warn"
    return "tag is-accent" if opportunity.is_finished or opportunity.is_ready else "muted nowrap"

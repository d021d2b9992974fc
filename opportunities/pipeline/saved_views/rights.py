"""Who sees and who changes a saved view."""

from django.db.models import Q, QuerySet

from opportunities import access
from opportunities.models.saved_views import SavedView
from salesflow.users import units
from salesflow.users.models import User


def visible(user: User) -> QuerySet[SavedView]:
    """The saved views of the user, and those shared with everybody, with a unit above theirs or one that they lead."""
    found = SavedView.objects.filter(deleted_at__isnull=True).select_related("owner", "unit")
    shared = Q(sharing=SavedView.Sharing.EVERYBODY)
    if access.sees_everything(user):
        shared |= Q(sharing=SavedView.Sharing.UNIT, unit__isnull=False)
    else:
        of_units = {*units.with_those_above(user.unit_id), *user.standing.led_units}
        shared |= Q(sharing=SavedView.Sharing.UNIT, unit__in=sorted(of_units))
    return found.filter(Q(owner=user) | shared)


def may_change(user: User, view: SavedView) -> bool:
    """Its owner, and of a shared one every manager who sees all. Not the deputy of one, who acts on opportunities."""
    is_shared = view.sharing != SavedView.Sharing.NOBODY
    return view.owner_id == user.pk or (is_shared and user.sees_everything)

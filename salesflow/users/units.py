"""Writes units, and says what a unit is used for."""

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesflow import trees
from salesflow.users.models import SALES_MANAGER, Unit, User, with_role


def add(unit: Unit) -> Unit:
    """Saves a new unit.

    Until there is one, every manager sees all opportunities. So the first unit stores this right for each of them.
    """
    with transaction.atomic():
        if not Unit.objects.exists():
            with_role(User.objects.all(), (SALES_MANAGER,)).update(sees_all=True)
        unit.save()
    return unit


def seeing_all(users: QuerySet[User]) -> QuerySet[User]:
    """Those of the users who see all opportunities; `User.sees_everything` of one user."""
    is_granted = Q(is_superuser=True) | Q(sees_all=True) | ~Exists(Unit.objects.all())
    return with_role(users, (SALES_MANAGER,)).filter(is_granted)


def with_those_above(unit: int | None) -> list[int]:
    """The ids of the unit and of all units that it is part of. One query, none for no unit."""
    return [] if unit is None else [unit, *trees.above(Unit, unit)]


def why_in_use(unit: Unit) -> str:
    """Why the unit cannot be deleted; empty if nothing refers to it."""
    people, parts = unit.members.count(), unit.parts.count()
    used = [
        ngettext("%(count)d person", "%(count)d people", people) % {"count": people} if people else "",
        ngettext("%(count)d unit below it", "%(count)d units below it", parts) % {"count": parts} if parts else "",
    ]
    if not any(used):
        return ""
    named = {"unit": unit, "used": get_text_list([each for each in used if each], _("and"))}
    return _("“%(unit)s” has %(used)s. Move them to another unit first.") % named

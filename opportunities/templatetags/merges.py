from typing import Any

from django import template
from django.db.models import QuerySet

from opportunities import access
from opportunities.customers import erased
from opportunities.customers.models import Merge
from salesflow.users.models import User

register = template.Library()


erased_shown = register.filter("erased_shown", erased.shown)


@register.filter
def may_merge(user: User) -> bool:
    return access.may_merge(user)


@register.filter
def merged_into(row: Any) -> QuerySet[Merge]:
    """The merges in force into an account, contact or competitor, the last first."""
    return Merge.objects.filter(noun=row._meta.model_name, survivor_id=row.pk, undone_at__isnull=True)

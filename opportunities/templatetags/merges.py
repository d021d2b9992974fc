from typing import Any

from django import template
from django.db.models import QuerySet
from django.urls import reverse

from opportunities import access
from opportunities.customers import erased
from opportunities.customers.models import Contact, Merge
from salesflow.users.models import User

register = template.Library()


erased_shown = register.filter("erased_shown", erased.shown)


@register.filter
def contact_address(pk: int) -> str:
    return Contact.address_of(pk)


@register.filter
def may_merge(user: User) -> bool:
    return access.may_merge(user)


@register.filter
def merge_address(row: Any) -> str:
    """The page on which another row is merged into this one."""
    return reverse(f"{row._meta.model_name}_merge", args=[row.pk])


@register.filter
def merged_into(row: Any) -> QuerySet[Merge]:
    """The merges in force into an account, contact or competitor, the last first."""
    return Merge.objects.filter(noun=row._meta.model_name, survivor_id=row.pk, undone_at__isnull=True)

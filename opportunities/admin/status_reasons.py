from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from opportunities.admin.form_fields import OurFields
from opportunities.models import StatusReason
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import CheckedAgain, ManagedByManagersOfAll, WithHistory, by_manager_of_all, tags
from salesflow.users.page_state import LocksRow
from salesflow.users.sorting import NamesInOrder
from salesflow.users.usage import is_referred_to
from stages.naming import WarnsOfUnclearNames


@admin.register(StatusReason)
class StatusReasonAdmin(
    CheckedAgain, AddedOnce, LocksRow, WarnsOfUnclearNames, NamesInOrder, OurFields, ManagedByManagersOfAll, WithHistory
):
    """The page of a status reason. Its status never changes. `StatusReason.clean` decides what may be archived."""

    list_display = ("name_en", "name_nb", "status", "order", "marks")
    list_filter = ("status", "is_archived")
    fields = ("status", ("name_en", "name_nb"), "order", "asks_competitor", "is_archived")
    actions = None

    def rows_to_compare(self, row: StatusReason) -> QuerySet[StatusReason]:
        return StatusReason.objects.filter(status=row.status)

    def get_readonly_fields(self, request: HttpRequest, obj: StatusReason | None = None) -> tuple[str, ...]:
        return ("status",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return by_manager_of_all(request) and (obj is None or not (obj.key or is_referred_to(obj)))

    @admin.display(description=gettext_lazy("remarks"))
    def marks(self, reason: StatusReason) -> SafeString:
        return tags(
            (reason.asks_competitor, capfirst(StatusReason._meta.get_field("asks_competitor").verbose_name)),
            (bool(reason.key), gettext("Ships with Salesflow")),
            (reason.is_archived, gettext("Archived")),
        )

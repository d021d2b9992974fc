"""The log of exports: who downloaded how many opportunities, and when. Read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from opportunities.models import ListExport
from salesflow.users.admin_base import by_manager_of_all
from salesflow.users.sorting import NamesInOrder


@admin.register(ListExport)
class ListExportAdmin(NamesInOrder, admin.ModelAdmin):
    list_display = ("at", "by", "format", "has_all_columns", "rows")
    list_select_related = ("by",)
    list_per_page = 50
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return by_manager_of_all(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return by_manager_of_all(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

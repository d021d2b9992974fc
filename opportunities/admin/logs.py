from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from salesflow.users.admin_base import by_manager_of_all


class Log(admin.ModelAdmin):
    """The base of the pages of logs: managers who see all opportunities read them, and nobody changes them."""

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

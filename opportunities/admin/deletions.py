"""The log of deletions: what was deleted, by whom and when. `editing.deletion` and the admin write it. Read only."""

from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest

from opportunities.admin.logs import Log
from salesflow.users.sorting import NamesInOrder


@admin.register(LogEntry)
class DeletionAdmin(NamesInOrder, Log):
    """Lists deleted opportunities, customers and definitions, but not users: managers do not see superusers."""

    list_display = ("action_time", "object_repr", "content_type", "user")
    list_select_related = ("content_type", "user")
    search_fields = ("object_repr", "object_id")
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "change_message")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        ours = ("opportunities", "customers", "stages")
        return super().get_queryset(request).filter(action_flag=DELETION, content_type__app_label__in=ours)

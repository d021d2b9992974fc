"""The log of exports: who downloaded how many opportunities, and when. Read only."""

from django.contrib import admin

from opportunities.admin.logs import Log
from opportunities.models import ListExport
from salesflow.users.sorting import NamesInOrder


@admin.register(ListExport)
class ListExportAdmin(NamesInOrder, Log):
    list_display = ("at", "by", "format", "has_all_columns", "rows")
    list_select_related = ("by",)

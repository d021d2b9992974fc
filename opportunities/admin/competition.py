from django.contrib import admin

from opportunities.admin.entries import Found, OurFields
from opportunities.models import Competitor
from salesflow.users.added_once import AddedOnce
from salesflow.users.drawn import Held
from salesflow.users.managed import CheckedAgain, ManagedByManagers, WithHistory


@admin.register(Competitor)
class CompetitorAdmin(CheckedAgain, AddedOnce, Held, Found, OurFields, ManagedByManagers, WithHistory):
    list_display = ("name", "website", "created_at")
    fields = ("name", "website", "description", "created_at")
    readonly_fields = ("created_at",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

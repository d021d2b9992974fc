from django.contrib import admin

from opportunities.admin.entries import Found, OurFields
from opportunities.models import Account, Contact
from salesflow.users.added_once import AddedOnce
from salesflow.users.drawn import Held
from salesflow.users.managed import CheckedAgain, ManagedByManagers, WithHistory


@admin.register(Account)
class AccountAdmin(CheckedAgain, AddedOnce, Held, Found, OurFields, ManagedByManagers, WithHistory):
    list_display = ("name", "city", "country", "industry", "created_at")
    fields = ("name", ("city", "country"), "industry", ("website", "phone"), "description", "created_at")
    readonly_fields = ("created_at",)
    list_per_page = 50
    show_full_result_count = False
    actions = None


@admin.register(Contact)
class ContactAdmin(CheckedAgain, AddedOnce, Held, Found, OurFields, ManagedByManagers, WithHistory):
    list_display = ("name", "account", "job_title", "email", "phone")
    list_select_related = ("account",)
    search_fields = ("search_text", "account__search_text")
    fields = ("name", "account", "job_title", ("email", "phone"), "description", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("account",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opportunities.admin.form_fields import FoldedSearch, OurFields
from opportunities.customers import changing
from opportunities.customers.changing import PROFILE
from opportunities.customers.models import Account, Competitor, Contact
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import CheckedAgain, ManagedByManagers, WithHistory
from salesflow.users.page_state import LocksRow


class CustomerAdmin(CheckedAgain, AddedOnce, LocksRow, FoldedSearch, OurFields, ManagedByManagers, WithHistory):
    """The base of the pages of accounts, contacts and competitors."""

    readonly_fields = ("created_at",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Counts the change, so that a page that was opened before it finds it."""
        if change:
            changing.save_changed(obj)
        else:
            super().save_model(request, obj, form, change)


@admin.register(Account)
class AccountAdmin(CustomerAdmin):
    list_display = ("name", "city", "country", "industry", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "organisation_number", "parent", "owner", "industry", ("website", "phone"))}),
        (_("Address"), {"fields": ("street", ("postal_code", "city"), "country")}),
        (None, {"fields": ("description", "created_at")}),
    )
    autocomplete_fields = ("parent", "owner")


@admin.register(Contact)
class ContactAdmin(CustomerAdmin):
    list_display = ("name", "account", "job_title", "email", "phone")
    list_select_related = ("account",)
    search_fields = ("search_text", "account__search_text")
    fieldsets = (
        (None, {"fields": ("name", "job_title", "account", ("email", "phone"), "language", "description")}),
        (_("Personal data"), {"fields": ("do_not_contact", "data_source", "legal_basis")}),
        (None, {"fields": ("created_at",)}),
    )
    autocomplete_fields = ("account",)


@admin.register(Competitor)
class CompetitorAdmin(CustomerAdmin):
    list_display = ("name", "website", "created_at")
    fields = ("name", "website", *PROFILE, "created_at")

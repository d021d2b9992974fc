from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities.admin.form_fields import FoldedSearch, OurFields
from opportunities.customers import entered, saving
from opportunities.customers.models import PROFILE, Account, Competitor, Contact
from opportunities.editing import uses
from opportunities.refusals import Refused
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import CheckedAgain, ManagedByManagers, RefusableDelete, RefusableForm, WithHistory
from salesflow.users.page_state import LocksRow


class ReadEntries(RefusableForm):
    """Reads changed phone numbers and organisation numbers as the other pages do. What was stored before stays."""

    def clean(self) -> dict[str, Any]:
        entries = super().clean() or self.cleaned_data
        given = {name: entries[name] for name in entered.NUMBERS & entries.keys()}
        try:
            entries.update(entered.read(self._meta.model, given, before=self.initial))
        except ValidationError as error:
            self.add_error(None, error)
        return entries


class CustomerAdmin(
    CheckedAgain, AddedOnce, LocksRow, FoldedSearch, OurFields, ManagedByManagers, WithHistory, RefusableDelete
):
    """The base of the pages of accounts, contacts and competitors."""

    refusals = (Refused,)
    readonly_fields = ("created_at",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """Offers no archived row to the form of another one; the list has all."""
        offers = request.resolver_match is not None and request.resolver_match.url_name == "autocomplete"
        rows = queryset.filter(is_archived=False) if offers else queryset
        return super().get_search_results(request, rows, search_term)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Names the opportunities that use the row, not their child rows. `uses.delete` refuses then."""
        deleted, counts, lacking, _protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking, [line for row in objs for line in _lines_of(uses.of(row))]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        uses.delete(obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Counts the change, so that a page that was opened before it finds it."""
        if change:
            saving.save(obj, by=request.user, at=timezone.now())
        else:
            super().save_model(request, obj, form, change)


def _lines_of(found: uses.Uses) -> list[str]:
    """What uses a row, as the page that refuses to delete it lists it."""
    lines = [_line_of(row) for row in found.rows]
    return [*lines, gettext("%(count)d more") % {"count": found.more}] if found.more else lines


def _line_of(row: Any) -> str:
    noun = capfirst(str(row._meta.verbose_name))
    address = row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""
    return format_html('{}: <a href="{}">{}</a>', noun, address, row) if address else f"{noun}: {row}"


@admin.register(Account)
class AccountAdmin(CustomerAdmin):
    form = ReadEntries
    list_display = ("name", "city", "country", "industry", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "organisation_number", "parent", "owner", "industry", ("website", "phone"))}),
        (_("Address"), {"fields": ("street", ("postal_code", "city"), "country")}),
        (None, {"fields": ("description", "created_at")}),
    )
    autocomplete_fields = ("parent", "owner")


@admin.register(Contact)
class ContactAdmin(CustomerAdmin):
    form = ReadEntries
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

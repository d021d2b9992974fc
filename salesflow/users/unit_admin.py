"""The admin page of units. Managers who see all opportunities make the tree; people join a unit on their own pages."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salesflow import folding, word_search
from salesflow.users import units
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import (
    CheckedAgain,
    ManagedByManagersOfAll,
    RefusableForm,
    by_manager_of_all,
    tags,
    without_links,
)
from salesflow.users.models import SALES_MANAGER, Unit, User, with_role
from salesflow.users.page_state import LocksRow
from salesflow.users.sorting import NamesInOrder


class UnitForm(RefusableForm):
    """Offers managers as leads, and the present lead in any case."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managers = with_role(User.objects.all(), (SALES_MANAGER,))
        lead: Any = self.fields["lead"]
        lead.queryset = managers | User.objects.filter(pk=self.instance.lead_id)


@admin.register(Unit)
class UnitAdmin(CheckedAgain, AddedOnce, LocksRow, NamesInOrder, ManagedByManagersOfAll, admin.ModelAdmin):
    form = UnitForm
    list_display = ("name", "parent", "lead", "people", "marks")
    list_select_related = ("parent", "lead")
    list_per_page = 100
    search_fields = ("name",)
    fields = ("name", "parent", "lead")
    actions = None

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Unit]:
        return super().get_queryset(request).annotate(number=Count("members"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Finds any part of a name, without case and accents. Units are few, so Python folds their names."""
        if not folding.words(search_term):
            return queryset, False
        named = Unit.objects.values_list("pk", "name")
        found = [pk for pk, name in named if word_search.is_in(name, search_term)]
        return queryset.filter(pk__in=found), False

    def get_fieldsets(self, request: HttpRequest, obj: Unit | None = None) -> Any:
        """Says what the first unit changes, and who sees what."""
        first = _(
            "Until now every sales manager sees all opportunities. Those who are managers today keep that right when "
            "this unit is made; take it away on the page of a user. Managers to come get it only there."
        )
        usual = _(
            "The lead sees the opportunities of the people in this unit and in the units below. A change of units "
            "moves no opportunity: each stays with its owner. People are put into a unit on their own pages."
        )
        return ((None, {"fields": self.fields, "description": usual if Unit.objects.exists() else first}),)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return without_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def lock_row(self, row: models.Model) -> None:
        """Locks all units: two changes at once could make a circle."""
        list(Unit.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            units.add(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        return by_manager_of_all(request)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Refuses to delete a unit that has people or parts."""
        unit = self.get_object(request, unquote(object_id))
        refusal = units.why_in_use(unit) if unit is not None and by_manager_of_all(request) else ""
        if unit is None or not refusal:
            return super().delete_view(request, object_id, extra_context)
        self.message_user(request, refusal, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:users_unit_change", args=[unit.pk]))

    @admin.display(description=_("people"))
    def people(self, unit: Any) -> SafeString | str:
        """How many people belong to the unit, with a link to the list of them."""
        if not unit.number:
            return ""
        said = ngettext("%(count)d person", "%(count)d people", unit.number) % {"count": unit.number}
        return format_html(
            '<a href="{}?unit__id__exact={}">{}</a>', reverse("admin:users_user_changelist"), unit.pk, said
        )

    @admin.display(description=_("remarks"))
    def marks(self, unit: Unit) -> SafeString:
        return tags(
            (unit.lead is None, gettext("No lead")),
            (unit.lead is not None and not unit.lead.is_active, gettext("The lead’s account is disabled")),
        )

"""The admin page of pipeline phases, and how a stage chooses one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import (
    CheckedAgain,
    ManagedByManagersOfAll,
    WithHistory,
    by_manager_of_all,
    without_links,
)
from salesflow.users.page_state import LocksRow
from salesflow.users.sorting import NamesInOrder
from salesflow.users.usage import is_referred_to
from stages.models import PipelinePhase
from stages.naming import WarnsOfUnclearNames


class PhaseField(forms.ModelChoiceField):
    """A pipeline phase, or none. All forms of a page share the phases, which are read once."""

    def read(self) -> None:
        self.phases = {str(phase.pk): phase for phase in PipelinePhase.objects.all()}
        self.choices = [("", self.empty_label), *((pk, phase.name) for pk, phase in self.phases.items())]

    def to_python(self, value: Any) -> PipelinePhase | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.phases:
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return self.phases[str(value)]


class PhaseChoice:
    """Base of the page and the inline of stages, which offer the phases."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "phase":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        field = super().formfield_for_foreignkey(db_field, request, form_class=PhaseField, **kwargs)  # type: ignore[misc]
        field.read()
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return without_links(field) if db_field.name == "phase" else field


@admin.register(PipelinePhase)
class PipelinePhaseAdmin(
    CheckedAgain, AddedOnce, LocksRow, WarnsOfUnclearNames, NamesInOrder, ManagedByManagersOfAll, WithHistory
):
    """The page of a pipeline phase. A phase that a stage has is not deleted."""

    list_display = ("name_en", "name_nb", "order")
    fields = (("name_en", "name_nb"), "order")
    actions = None

    def rows_to_compare(self, row: PipelinePhase) -> QuerySet[PipelinePhase]:
        return PipelinePhase.objects.all()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return by_manager_of_all(request) and (obj is None or not is_referred_to(obj))

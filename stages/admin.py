"""The process designer: pages of processes, stages and steps. `designing` decides what may be changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import (
    ManagedByManagersOfAll,
    Refusable,
    WithHistory,
    by_manager_of_all,
    list_again,
    tags,
    yes_or_no,
)
from salesflow.users.admin_inlines import BoundedInline
from salesflow.users.page_state import ChecksPageState
from salesflow.users.sorting import NamesInOrder
from stages import designing, vocabulary
from stages.designing import DefaultChanged, Definition, DesignBusy, DesignRefused
from stages.forms import DefaultShown, OrderedRows, StepForm, StepsFormSet
from stages.models import Process, Stage, Step
from stages.naming import ProcessFilter, WarnsOfUnclearNames
from stages.phase_admin import PhaseChoice


class PartInline(BoundedInline, ManagedByManagersOfAll):
    """The inline of the stages of a process or the steps of a stage. They are deleted on their own pages."""

    can_delete = False
    show_change_link = True
    extra = 0

    class Media:
        js = (forms.Script("js/order.js", defer=True),)


class StageInline(PhaseChoice, PartInline, admin.TabularInline):
    model = Stage
    formset = OrderedRows
    fields = ("order", "name_en", "name_nb", "probability", "target_days", "phase", "is_archived")


class StepInline(PartInline, admin.StackedInline):
    model = Step
    template = "admin/edit_inline/steps.html"
    form = StepForm
    formset = StepsFormSet
    fields = (
        ("name_en", "name_nb"),
        ("field", "evidence"),
        "help_en",
        "help_nb",
        ("order", "required", "is_archived"),
    )


class DefinitionAdmin(
    ChecksPageState, WarnsOfUnclearNames, NamesInOrder, WithHistory, ManagedByManagersOfAll, Refusable
):
    """The page of a process, a stage or a step."""

    refusals = (DesignRefused,)
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget({"rows": 3})}}
    list_per_page = 100

    def rows_to_compare(self, row: Definition) -> QuerySet[Any]:
        if isinstance(row, Process):
            return Process.objects.all()
        return row.process.stages.all() if isinstance(row, Stage) else row.stage.steps.all()

    def lock_row(self, row: Any) -> None:
        """Locks the whole process."""
        super().lock_row(Process(pk=designing.process_of(row)))

    @contextmanager
    def writing(self, request: HttpRequest, object_id: str | None) -> Iterator[None]:
        definition = self.get_object(request, unquote(object_id)) if object_id else None
        with designing.changing(designing.process_of(definition) if definition else None) as effect:
            yield
        if effect.no_longer_ready:
            self.message_user(request, _no_longer_ready_sentence(effect.no_longer_ready), messages.WARNING)

    def status_of(self, refusal: Exception) -> int:
        return 503 if isinstance(refusal, DesignBusy) else 422

    def has_delete_permission(self, request: HttpRequest, obj: Definition | None = None) -> bool:
        return by_manager_of_all(request) and (obj is None or not designing.is_used(obj))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        definition: Any = self.get_object(request, unquote(object_id))
        if definition is not None and by_manager_of_all(request) and designing.is_used(definition):
            sentence = _("“%(name)s” is in use. Archive it instead.") % {"name": definition.name}
            return self._redirect_with_error(request, definition, sentence)
        try:
            return super().delete_view(request, object_id, extra_context)
        except DesignRefused as refusal:
            return self._redirect_with_error(request, definition, str(refusal))

    def _redirect_with_error(self, request: HttpRequest, definition: Definition, sentence: str) -> HttpResponse:
        self.message_user(request, sentence, messages.ERROR)
        page = f"admin:stages_{definition._meta.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[definition.pk]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Lists the definition and its parts. Django would refuse, because parts protect each other."""
        parts = [part for definition in objs for part in designing.parts_of(definition)]
        counts: dict[str, int] = {}
        for part in parts:
            label = str(part._meta.verbose_name_plural)
            counts[label] = counts.get(label, 0) + 1
        return [f"{capfirst(part._meta.verbose_name)}: {part.name}" for part in parts], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Definition) -> None:
        designing.delete(obj)

    def warn_of_stage_in_use(self, request: HttpRequest, stage: Stage, changed: list[str]) -> None:
        """Says how many opportunities are still in a stage that was archived. Archiving moves none."""
        count = vocabulary.count_in_stage(stage.pk) if "is_archived" in changed and stage.is_archived else 0
        if count:
            self.message_user(request, _still_there(count) % {"count": count, "stage": stage.name}, messages.WARNING)


@admin.register(Process)
class ProcessAdmin(AddedOnce, DefinitionAdmin):
    list_display = ("name_en", "name_nb", "lost_gate", "status")
    list_filter = ("is_archived",)
    fields = (("name_en", "name_nb"), "lost_gate", "is_archived", "used_for_new")
    readonly_fields = ("used_for_new",)
    used_for_new = staticmethod(yes_or_no(Process._meta.get_field("is_default")))
    inlines = (StageInline,)
    actions = ("use_for_new_opportunities",)
    action_form = DefaultShown

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Checks a new process here, because `designing.changing` did not know it when the write began."""
        super().save_related(request, form, formsets, change)
        designing.refuse_no_stages(form.instance.pk)
        for stage, changed in formsets[0].changed_objects:
            self.warn_of_stage_in_use(request, stage, changed)

    @admin.display(description=gettext_lazy("status"), ordering="is_archived")
    def status(self, process: Process) -> SafeString:
        return tags((process.is_default, _("Used for new opportunities")), (process.is_archived, _("Archived")))

    @admin.action(description=gettext_lazy("Use for new opportunities"), permissions=["change"])
    def use_for_new_opportunities(self, request: HttpRequest, queryset: QuerySet[Process]) -> Any:
        shown = DefaultShown.posted(request.POST)
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one process."), messages.ERROR)
            return None
        try:
            designing.make_default(chosen[0], instead_of=shown)
        except DesignRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return list_again(self, request, status=409) if isinstance(refusal, DefaultChanged) else None
        self.message_user(request, _("New opportunities start in “%(name)s”.") % {"name": chosen[0].name})
        return None


class PartAdmin(DefinitionAdmin):
    """The page of a stage or a step. It is added on the page of its process or stage, and stays there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Stage)
class StageAdmin(PhaseChoice, PartAdmin):
    list_display = ("name_en", "name_nb", "process", "order", "probability", "target_days", "status")
    list_filter = (("process", ProcessFilter), "is_archived")
    list_select_related = ("process",)
    fields = (
        "process",
        ("name_en", "name_nb"),
        ("order", "probability", "target_days", "phase"),
        ("guidance_en", "guidance_nb"),
        "is_archived",
    )
    readonly_fields = ("process",)
    inlines = (StepInline,)

    @admin.display(description=gettext_lazy("status"), ordering="is_archived")
    def status(self, stage: Stage) -> SafeString:
        return tags((stage.is_archived, _("Archived")))

    def save_model(self, request: HttpRequest, obj: Stage, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.warn_of_stage_in_use(request, obj, form.changed_data)


def _no_longer_ready_sentence(count: int) -> str:
    sentence = ngettext(
        "%(count)d open opportunity that was ready to move on lacks something now.",
        "%(count)d open opportunities that were ready to move on lack something now.",
        count,
    )
    return sentence % {"count": count}


def _still_there(count: int) -> str:
    return ngettext(
        "%(count)d open opportunity is in %(stage)s. It stays there until it is moved. "
        "No other opportunity can enter it.",
        "%(count)d open opportunities are in %(stage)s. They stay there until they are moved. "
        "No other opportunity can enter it.",
        count,
    )


@admin.register(Step)
class StepAdmin(PartAdmin):
    """The page of a step, reached from its stage, for its history and to delete it."""

    form = StepForm
    fields = (
        "stage",
        ("name_en", "name_nb"),
        ("order", "required"),
        ("field", "evidence"),
        "help_en",
        "help_nb",
        "is_archived",
    )
    readonly_fields = ("stage",)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Hides steps in the index of the admin."""
        return {}

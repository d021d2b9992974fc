"""Opportunities in the admin. They are written through `editing`; the moves are actions of the list."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import access, money
from opportunities.admin import children, moves
from opportunities.admin.form_fields import FoldedSearch, OurFields
from opportunities.admin.opportunity_form import VERSION, OpportunityForm
from opportunities.editing import deletion, derived, editing
from opportunities.forms import fields, shown_again
from opportunities.forms.edit import CLOSED_ONLY
from opportunities.forms.rendered_for import posted_id
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.refusals import Refused, StaleVersion
from salesflow import once, safe_text
from salesflow.users.admin_base import Refusable, RefusableDelete, by_manager, list_again, refusal_of, yes_or_no
from salesflow.users.page_state import ChecksDeletion

GENERAL = (
    "name",
    ("owner", "account", "contact"),
    ("estimated_revenue", "estimated_close_date", "probability"),
    ("rating", "forecast_category"),
    tuple(derived.NEXT_STEP),
    "description",
)
ANSWERS = (
    ("purchase_timeframe", "purchase_process"),
    ("estimated_budget", "decision_date"),
    "customer_need",
    "proposed_solution",
    ("decision_maker_identified", "stakeholders_identified", "sales_team_identified"),
    ("competitors_identified", "no_known_competitors"),
    ("proposal_developed", "internal_review_completed", "proposal_presented"),
    ("final_proposal_completed", "final_proposal_presented", "thank_you_sent", "debrief_filed"),
)
MOVED = (
    ("status", "status_reason", "on_hold"),
    ("active_stage", "stage_entered_at", "pipeline_phase"),
    ("steps_met", "steps_required", "ready", "finished"),
    ("closed_on", "actual_revenue", "modified_at", "version"),
    ("created_at", "created_by", "source", "source_kind"),
)


@admin.register(Opportunity)
class OpportunityAdmin(ChecksDeletion, FoldedSearch, OurFields, RefusableDelete, Refusable):
    form = OpportunityForm
    refusals = (Refused,)
    inlines = children.INLINES
    list_display = ("name", "account", "owner", "stage", "status", "revenue", "estimated_close_date")
    list_select_related = ("account", "owner", "active_stage")
    list_filter = ("status", "active_stage", "rating", "is_ready", "is_on_hold")
    search_fields = ("found_by",)
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    autocomplete_fields = ("owner", "account", "contact")
    readonly_fields = (*derived.NEXT_STEP, *(name for line in MOVED for name in line))
    on_hold = staticmethod(yes_or_no(Opportunity._meta.get_field("is_on_hold")))
    ready = staticmethod(yes_or_no(Opportunity._meta.get_field("is_ready")))
    finished = staticmethod(yes_or_no(Opportunity._meta.get_field("is_finished")))
    actions = moves.ACTIONS
    action_form = moves.MoveActionForm

    # Who may

    def get_queryset(self, request: HttpRequest) -> QuerySet[Opportunity]:
        return Opportunity.objects.visible_to(request.user).order_by(*self.get_ordering(request))  # type: ignore[arg-type]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return by_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Opportunity | None = None) -> bool:
        return by_manager(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: only `transitions.start` creates one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Opportunity | None = None) -> bool:
        return children.may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Opportunity | None = None) -> bool:
        return access.may_delete(request.user)  # type: ignore[arg-type]

    # The list

    @admin.display(description=gettext_lazy("stage"), ordering="active_stage")
    def stage(self, opportunity: Opportunity) -> SafeString:
        """The stage, with hidden fields for the stage and version that an action posts."""
        hidden = (
            (moves.stage_key(opportunity.pk), str(opportunity.active_stage_id)),
            (moves.version_key(opportunity.pk), str(opportunity.version)),
        )
        inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden)
        return format_html("{}{}", opportunity.active_stage, inputs)

    @admin.display(description=gettext_lazy("estimated revenue"), ordering="estimated_revenue")
    def revenue(self, opportunity: Opportunity) -> str:
        amount = opportunity.estimated_revenue
        return "" if amount is None else money.shown(amount)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Opportunity], *args: Any) -> Any:
        """Runs an action for the chosen opportunities on the page, never for all that were found."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        refused = moves.refused_reason(self, request)
        return refused or super().response_action(request, queryset.filter(pk__in=chosen), *args)

    def list_again(self, request: HttpRequest, *, status: int) -> HttpResponse:
        """The present list as response to an action, with the action and the reason as typed."""
        response = list_again(self, request, status=status)
        typed = {name: safe_text.unsafe_replaced(request.POST.get(name, "")) for name in ("action", "reason")}
        response.context_data["action_form"].initial = typed
        return response

    # The form, through `editing`

    @contextmanager
    def writing(self, request: HttpRequest, object_id: str | None) -> Iterator[None]:
        """Locks the opportunity for the whole write. `get_object` returns the record that `editing` yields."""
        opportunity = self.get_object(request, unquote(object_id or ""))
        if opportunity is None:
            yield
            return
        version = posted_id(request.POST, VERSION)
        by: Any = request.user
        page = once.clean_token(request.POST.get(once.FIELD))
        with editing(opportunity, by=by, at=timezone.now(), version=version, page=page) as record:
            request.record = record  # type: ignore[attr-defined]
            try:
                yield
            finally:
                del request.record  # type: ignore[attr-defined]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Opportunity | None:
        return getattr(request, "record", None) or self._visible(request, object_id)

    def _visible(self, request: HttpRequest, object_id: str) -> Opportunity | None:
        pk = fields.clean_id(object_id)
        return None if pk is None else self.get_queryset(request).filter(pk=pk).first()

    def save_model(self, request: HttpRequest, obj: Opportunity, form: Any, change: bool) -> None:
        """`editing` saves it."""

    def status_of(self, refusal: Exception) -> int:
        return status_of(refusal)  # type: ignore[arg-type]

    def get_fieldsets(self, request: HttpRequest, obj: Opportunity | None = None) -> Any:
        version = (VERSION, once.FIELD) if self.has_change_permission(request, obj) else ()
        return (
            (None, {"fields": (*version, *GENERAL)}),
            (_("What the process asks for"), {"fields": ANSWERS}),
            (_("Stage and status"), {"fields": MOVED, "description": _("Changed by moves only.")}),
        )

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leaves out Won and Lost, which only closing sets."""
        if db_field.name == "forecast_category":
            kwargs["choices"] = [choice for choice in db_field.choices if choice[0] not in CLOSED_ONLY]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_formset_kwargs(self, request: HttpRequest, obj: Opportunity, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        refusal = refusal_of(request)
        if "data" in kwargs and isinstance(refusal, StaleVersion):
            posted = children.posted_fields(kwargs["data"], prefix)
            kwargs["data"] = shown_again.caught_up(kwargs["data"], refusal, version=VERSION, fields=posted)
        return kwargs

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Counts the child rows, and lists the copies that protect one. Django's page lists every line of the log."""
        counts = {
            str(relation.related_model._meta.verbose_name_plural): relation.related_model._base_manager.filter(
                **{f"{relation.field.name}__in": objs}
            ).count()
            for relation in Opportunity._meta.related_objects
            if relation.related_model is not Opportunity
        }
        copies = Opportunity.objects.filter(source__in=objs)[:20]
        return list(map(str, objs)), counts, set(), list(map(str, copies))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """Logs nothing: `deletion.delete` writes the log entry."""
        return []

    def delete_model(self, request: HttpRequest, obj: Opportunity) -> None:
        deletion.delete(opportunity=obj, by=request.user, at=timezone.now())  # type: ignore[arg-type]

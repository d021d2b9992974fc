"""The inlines of an opportunity: stakeholders, competitors and the sales team."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from opportunities import access, conflicts, differences
from opportunities.admin.entries import OurFields
from opportunities.models import Opportunity, OpportunityCompetitor, Stakeholder, TeamMember
from salesflow.users.managed import BoundedInline, Rows, refusal_of

NOUNS = {noun.relation: noun for noun in differences.NOUNS.values()}


class NameOnly(forms.Widget):
    """Shows who it is."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html("<span>{}</span>", value)


class PersonForm(forms.ModelForm):
    """Whom a row stands for is chosen once: another person is another row."""

    who: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.who in self.fields:
            self.fields[self.who] = forms.Field(disabled=True, widget=NameOnly())
            self.initial[self.who] = getattr(self.instance, self.who)


class PeopleInline(BoundedInline, OurFields, admin.TabularInline):
    """Written inside the door of the opportunity that they hang on, so who may change it may change them."""

    form = PersonForm
    formset = Rows
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(self.form.who)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj) or obj is not None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj)


def may_change(request: HttpRequest, opportunity: Opportunity | None) -> bool:
    """A closed one is read only; a form that was refused for it is still shown, with what was typed."""
    if opportunity is None:
        return request.user.is_manager  # type: ignore[union-attr]
    is_shown_again = refusal_of(request) is not None
    return (opportunity.is_open or is_shown_again) and access.may_edit(request.user, opportunity)  # type: ignore[arg-type]


class StakeholderForm(PersonForm):
    who = "contact"


class StakeholderInline(PeopleInline):
    model = Stakeholder
    form = StakeholderForm
    fields = ("contact", "role", "note")
    autocomplete_fields = ("contact",)


class CompetitorForm(PersonForm):
    who = "competitor"


class CompetitorInline(PeopleInline):
    model = OpportunityCompetitor
    form = CompetitorForm
    fields = ("competitor", "note")
    autocomplete_fields = ("competitor",)


class TeamMemberForm(PersonForm):
    who = "user"


class TeamMemberInline(PeopleInline):
    model = TeamMember
    form = TeamMemberForm
    fields = ("user", "role")
    autocomplete_fields = ("user",)


INLINES = (StakeholderInline, CompetitorInline, TeamMemberInline)


def caught_up(data: QueryDict, prefix: str, record: Opportunity, seen_version: int) -> QueryDict:
    """The posted rows with what only others changed since: with the new version, the old value would undo it."""
    noun = NOUNS[prefix]
    since = conflicts.people_changed_since(record, seen_version)
    lines = [key.removesuffix("-id") for key in data if key.startswith(f"{prefix}-") and key.endswith("-id")]
    line_of = {data[f"{line}-id"]: line for line in lines}
    data = data.copy()
    for row in getattr(record, noun.relation).all():
        for column in noun.columns:
            name = f"{line_of.get(str(row.pk))}-{column}"
            other = since.get(f"{noun.name} {row.pk} {column}")
            if other is not None and data.get(name) == other.seen:
                data[name] = getattr(row, column)
    return data

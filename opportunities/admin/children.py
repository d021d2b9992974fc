"""The inlines of an opportunity: one for each child table that people edit."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from opportunities import access
from opportunities.admin.form_fields import OurFields
from opportunities.editing import children, conflicts, stamps
from opportunities.editing.child_table import ChildTable
from opportunities.forms import fields
from opportunities.models import Opportunity
from salesflow.users.admin_base import by_manager, refusal_of
from salesflow.users.admin_inlines import BoundedInline, InlineRows


class NameOnly(forms.Widget):
    """Shows the name of the subject."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html("<span>{}</span>", value)


class InlineChildForm(forms.ModelForm):
    """Shows the subject of an existing row as text, because it never changes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject = children.BY_MODEL[type(self.instance)].subject
        if self.instance.pk and subject in self.fields:
            self.fields[subject] = forms.Field(disabled=True, widget=NameOnly())
            self.initial[subject] = getattr(self.instance, subject)

    def save(self, commit: bool = True) -> Any:
        if self.instance._state.adding and "created_by" in children.BY_MODEL[type(self.instance)].filled:
            stamps.created(self.instance)
        return super().save(commit)


class ChildInline(BoundedInline, OurFields, admin.TabularInline):
    """The inline of a child table. A user who may change the opportunity may change its child rows."""

    form = InlineChildForm
    formset = InlineRows
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*children.BY_MODEL[self.model].read_along)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj) or obj is not None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row with a file comes from the page that uploads."""
        return not children.BY_MODEL[self.model].has_files and may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request, obj)


def may_change(request: HttpRequest, opportunity: Opportunity | None) -> bool:
    """Whether the user may change it. A closed opportunity is read only, except to show a refused form again."""
    if opportunity is None:
        return by_manager(request)
    is_shown_again = refusal_of(request) is not None
    return (opportunity.is_open or is_shown_again) and access.may_edit(request.user, opportunity)  # type: ignore[arg-type]


def _inline(table: ChildTable) -> type[ChildInline]:
    """The inline of one child table."""
    subject = (table.subject,) if table.subject else ()
    attributes = {
        "model": table.model,
        "fields": (*subject, *(name for name in table.logged if name not in table.hidden)),
        "readonly_fields": [name for name in table.filled if name not in table.hidden],
        "autocomplete_fields": (*subject, *table.autocompleted),
    }
    return type(f"{table.model.__name__}Inline", (ChildInline,), attributes)


INLINES = tuple(_inline(table) for table in children.CHILDREN.values() if table.has_tab)


def posted_fields(data: QueryDict, prefix: str) -> Iterator[tuple[str, str, forms.Field]]:
    """The columns of the posted rows, in the form that `shown_again.caught_up` takes."""
    table = next(table for table in children.CHILDREN.values() if table.relation == prefix)
    for key in data:
        number = fields.clean_id(data[key]) if key.startswith(f"{prefix}-") and key.endswith("-id") else None
        if number is not None:
            for column in table.entered:
                posted = f"{key.removesuffix('-id')}-{column}"
                yield conflicts.row_key(table.name, number, column), posted, forms.Field()

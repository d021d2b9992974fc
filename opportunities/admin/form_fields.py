"""Makes the admin read typed values and search as the other pages do."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from opportunities.forms import fields
from salesflow import word_search
from salesflow.users.sorting import NamesInOrder
from stages import gates

LINE, LINES = {"class": "vTextField"}, {"class": "vLargeTextField"}


class NameField(fields.LineField):
    """A name, with at least one visible character."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        return typed if gates.is_filled(typed) else ""


class IdSelect(AutocompleteSelect):
    """Django's select, but without a query for a posted choice that is no id."""

    @property
    def media(self) -> forms.Media:
        script: Any = forms.Script("js/select_names.js", defer=True)
        return super().media + forms.Media(js=[script])

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """What can be chosen is shown within the main part of the page."""
        return super().build_attrs(base_attrs, extra_attrs) | {"data-dropdown-parent": "#content"}

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if fields.clean_id(each) is not None], attr)


class OurFields:
    """Base of a page or an inline. Uses our form fields for money, days and texts."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        given: dict[str, Any] = {
            "label": capfirst(db_field.verbose_name),
            "required": not db_field.blank,
            "help_text": db_field.help_text,
        }
        match type(db_field):
            case models.DecimalField:
                return fields.MoneyField(**given, widget=fields.MoneyInput(LINE))
            case models.DateField:
                return fields.DateField(**given, widget=fields.DayInput())
            case models.TimeField:
                return fields.TimeField(**given, widget=fields.TimeInput())
            case models.TextField:
                return fields.TextField(max_length=db_field.max_length, **given, widget=fields.GrowingTextarea(LINES))
            case models.URLField:
                kwargs["assume_scheme"] = "https"
            case models.CharField if not db_field.choices:
                kind = NameField if db_field.name == "name" else fields.LineField
                field = kind(max_length=db_field.max_length, **given)
                field.widget.attrs |= LINE
                return field
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_change_related = field.widget.can_delete_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:  # type: ignore[attr-defined]
            kwargs["widget"] = IdSelect(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class FoldedSearch(NamesInOrder):
    """Base of a page. Searches its list by folded text: any part of a name, without case and accents."""

    search_fields: ClassVar[tuple[str, ...]] = ("search_text",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return queryset.filter(word_search.condition(search_term, *self.search_fields)), False

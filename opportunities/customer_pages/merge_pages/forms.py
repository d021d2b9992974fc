"""What the pages of a merge post."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from opportunities.customers.models import Customer
from opportunities.forms import fields, rendered_for
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.merging import columns
from salesflow import once

OTHER, VERSION, OTHER_VERSION = "with", "version", "other_version"
GONE = "gone"


class OtherForm(PickingForm, forms.Form):
    """Chooses the row that `row` is merged with."""

    def __init__(self, *args: Any, row: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        noun = str(row._meta.model_name)
        others = type(row)._default_manager.exclude(pk=row.pk)
        label = _("Merge with")
        self.fields["other"] = PickerField(noun, label=label, queryset=others)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(EnterPresses(), "other")


@dataclass(frozen=True)
class PostedMerge:
    """The posted choice for each column, and what the page showed."""

    other: int
    versions: tuple[int, int]
    take: frozenset[str]

    @classmethod
    def of(cls, data: QueryDict, model: type[Any]) -> Self:
        """Raises BadRequest for a post that does not name its page."""
        once.posted_token(data)
        other = rendered_for.posted_id(data, OTHER)
        versions = rendered_for.posted_id(data, VERSION), rendered_for.posted_id(data, OTHER_VERSION)
        return cls(other, versions, frozenset(_taken(data, columns.of(model))))


def _taken(data: QueryDict, of_model: Collection[Any]) -> list[str]:
    return [each.name for each in of_model if fields.only_value(data, f"of_{each.name}") == GONE]

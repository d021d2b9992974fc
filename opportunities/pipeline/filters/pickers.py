"""The filters that are found with a picker, such as an account among thousands."""

from django import forms
from django.http import QueryDict

from opportunities.forms.list_filter import ListFilter
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import PickingForm
from opportunities.pipeline.filters.kinds import PickedCondition


class Pickers(PickingForm, forms.Form):
    """The pickers of a filter, with what the address has chosen or typed."""

    def __init__(self, found: ListFilter, query: QueryDict) -> None:
        super().__init__({**query.dict(), **found.data})
        for name, each in found.filters.items():
            if isinstance(each, PickedCondition):
                self.fields[name] = PickerField(each.what, label=each.label, required=False)
                self.fields[name].widget.attrs["class"] = "form-control"
                self.fields[name].initial = found.given(name) or None
        self.find()


def searched(query: QueryDict, found: ListFilter) -> bool:
    """Whether the address has a text typed into a picker, and no choice."""
    names = [name for name, each in found.filters.items() if isinstance(each, PickedCondition)]
    return "find" in query or any(query.get(f"{name}-find") and not query.get(name) for name in names)

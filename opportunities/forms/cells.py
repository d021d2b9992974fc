"""The form of one cell in the list of opportunities: one field of the page that edits an opportunity."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Layout

from opportunities.forms.edit import EditOpportunityForm
from opportunities.forms.picker.form import EnterPresses
from opportunities.models import Opportunity
from salesflow.users.models import User

FIELDS: Mapping[str, tuple[str, ...]] = {
    "revenue": ("estimated_revenue",),
    "close": ("estimated_close_date",),
    "owner": ("owner", "stays"),
    "rating": ("rating",),
}
"""The fields of each cell, by the name of its column."""


class CellForm(EditOpportunityForm):
    """`name` is that of the column. A cell that the user may not change has no field (`is_allowed`)."""

    prefix = "cell"  # the filters of the list have fields of the same names

    def __init__(self, *args: Any, record: Opportunity, by: User, name: str, **kwargs: Any) -> None:
        super().__init__(*args, record=record, by=by, **kwargs)
        shown = [field for field in FIELDS[name] if field in self.fields]
        self.is_allowed = bool(shown)
        for field in self.fields.keys() - {"version", *shown}:
            del self.fields[field]
        for field in shown[:1]:
            self.fields[field].widget.attrs |= {"data-focus": "", "autofocus": True}
            self.fields[field].help_text = ""
        self.helper.layout = Layout(EnterPresses(), "version", *shown)

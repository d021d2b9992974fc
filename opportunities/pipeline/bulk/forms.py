"""The form on the page of a bulk run that was not started: what its act writes."""

from collections.abc import Callable, Mapping
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.edit import CLOSED_ONLY
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.forms.tasks import TEXT_MISSING
from opportunities.models import BulkRun, Opportunity
from opportunities.models.bulk_runs import TEXT_LENGTH

FORECASTS = [choice for choice in Opportunity.ForecastCategory.choices if choice[0] not in CLOSED_ONLY]
DATE_MISSING = {"required": _("Choose a date.")}
ONE_MISSING = {"required": _("Choose one of these.")}


def _choice(label: Any, choices: list[Any]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=ONE_MISSING)


ENTRIES: Mapping[str, Callable[[], dict[str, forms.Field]]] = {
    BulkRun.Act.OWNER: lambda: {
        "owner": PickerField("seller", label=_("New owner")),
        "owners_stay": fields.TickField(label=_("Sales team"), initial=True),
    },
    BulkRun.Act.CLOSE_DATE: lambda: {"day": fields.DateField(label=_("New close date"), error_messages=DATE_MISSING)},
    BulkRun.Act.RATING: lambda: {"choice": _choice(_("Rating"), Opportunity.Rating.choices)},
    BulkRun.Act.FORECAST: lambda: {"choice": _choice(_("Forecast category"), FORECASTS)},
    BulkRun.Act.NEXT_STEP: lambda: {
        "text": fields.LineField(label=_("Next step"), max_length=200, error_messages={"required": TEXT_MISSING}),
        "day": fields.DateField(label=_("Date"), required=False),
    },
    BulkRun.Act.HOLD: lambda: {
        "text": fields.TextField(label=_("Why is it put on hold?"), max_length=TEXT_LENGTH),
    },
}
"""The fields of the acts that write something."""


class BulkForm(PickingForm, EditingForm):
    """What the run writes. A run is started once, so the form needs no version and no token."""

    version = None  # type: ignore[assignment]  # Django's way to drop a field
    token = None  # type: ignore[assignment]

    def __init__(self, *args: Any, run: BulkRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not run.puts_back_id and run.act in ENTRIES:
            self.fields |= ENTRIES[run.act]()
        if "owners_stay" in self.fields:
            stays: Any = self.fields["owners_stay"].widget
            stays.caption = _("The former owners stay on the sales teams")
        self.helper.layout = Layout(EnterPresses(), *self.fields)
        if self.fields:
            self.focus_first()

    @property
    def entries(self) -> dict[str, Any]:
        """The columns of the run."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

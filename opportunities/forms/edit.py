from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.editing.answers import EDITABLE_NAMES
from opportunities.forms import fields
from opportunities.forms.general import GeneralForm
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses
from opportunities.models import Opportunity
from salesflow.users.models import User

CLOSED_ONLY = {Opportunity.ForecastCategory.WON, Opportunity.ForecastCategory.LOST}


class PercentField(forms.IntegerField):
    """A whole number from 0 to 100, with or without the sign."""

    widget = forms.TextInput({"inputmode": "numeric"})
    default_error_messages = {"invalid": _("Write a whole number from 0 to 100.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, **kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.strip().removesuffix("%").strip() if isinstance(value, str) else value)


class EditOpportunityForm(GeneralForm):
    """The fields that no stage asks for. The owner and managers may also change the owner."""

    owner = PickerField("seller")
    stays = fields.TickField()
    probability = PercentField(required=False, help_text=_("Leave it empty to use the stage’s probability."))
    rating = forms.ChoiceField(choices=Opportunity.Rating)
    forecast_category = forms.ChoiceField(
        choices=[choice for choice in Opportunity.ForecastCategory.choices if choice[0] not in CLOSED_ONLY]
    )
    description = fields.TextField(required=False)

    def __init__(self, *args: Any, record: Opportunity, by: User, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        may_give_away = access.may_lead(by, record)
        if may_give_away:
            self._offer_to_stay(record.owner, by)
        else:
            del self.fields["owner"], self.fields["stays"]
        self.initial.update({name: getattr(record, name) for name in self.fields.keys() & EDITABLE_NAMES})
        self.helper.layout = Layout(
            EnterPresses(),
            "version",
            "token",
            "name",
            _pair("account", "contact"),
            _pair("estimated_revenue", "estimated_close_date"),
            Div(
                Div("probability", css_class="col-sm-4"),
                Div("rating", css_class="col-sm-4"),
                Div("forecast_category", css_class="col-sm-4"),
                css_class="row",
            ),
            "description",
            *((_pair("owner", "stays"),) if may_give_away else ()),
        )

    def _offer_to_stay(self, owner: User, by: User) -> None:
        self.initial["stays"] = True
        tick = self.fields["stays"]
        tick.label = _("When the owner changes")
        stays = _("%(person)s stays on the sales team") % {"person": owner}
        tick.widget.caption = _("Stay on the sales team") if owner == by else stays

    def write_to(self, record: Opportunity) -> None:
        """Sets the entries, inside `editing`."""
        for name, value in self.saved_entries().items():
            setattr(record, name, value)

    @property
    def owner_leaves(self) -> bool:
        """Whether the former owner leaves the team."""
        return not self.cleaned_data.get("stays", True)


def _pair(left: str, right: str) -> Div:
    return Div(Div(left, css_class="col-md-6"), Div(right, css_class="col-md-6"), css_class="row")

"""The forms that file and change the debrief."""

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.customers import find_or_create
from opportunities.editing import children as tables
from opportunities.editing import debriefs
from opportunities.forms import children, fields
from opportunities.forms.losing import CompetitorField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.models import Debrief, Opportunity
from opportunities.models.debriefs import LEAST_GAP, MOST_GAP

NO_PERCENT = _("Write a whole number from −100 to 999.")


class GapField(forms.IntegerField):
    """A whole number of percent with its sign, with or without “%”."""

    widget = forms.TextInput({"inputmode": "text"})

    def __init__(self, **kwargs: Any) -> None:
        said = {"invalid": NO_PERCENT, "min_value": NO_PERCENT, "max_value": NO_PERCENT}
        super().__init__(min_value=LEAST_GAP, max_value=MOST_GAP, error_messages=said, **kwargs)

    def to_python(self, value: Any) -> int | None:
        typed = value.strip().removesuffix("%").strip().replace("−", "-") if isinstance(value, str) else value
        return super().to_python(typed)


class _DebriefFields(forms.Form):
    """What went well, what did not, why, the competitor and the price gap. One of the three texts is needed."""

    went_well = fields.TextField(label=_("What went well?"), required=False)
    went_badly = fields.TextField(label=_("What did not go well?"), required=False)
    why = fields.TextField(label=_("Why was it won or lost?"), required=False)
    competitor = CompetitorField(
        "competitor", label=_("Which competitor mattered most? (optional)"), may_create=True, required=False
    )
    price_gap = GapField(
        label=_("Price gap in percent (optional)"),
        required=False,
        help_text=_("How far our price was above theirs: 8. With a minus if it was below: -5."),
    )


class DebriefAddForm(_DebriefFields, children.AddForm):
    table = tables.DEBRIEF

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self)

    def write_to(self, record: Opportunity) -> Debrief:
        entered = {name: self.cleaned_data[name] for name in self.table.entered}
        return debriefs.file(record, **_with_competitor(entered, page=self.page))


class DebriefForm(_DebriefFields, PickingForm, children.ChangeForm):
    table = tables.DEBRIEF

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self)

    def write_to(self, record: Opportunity) -> Debrief:
        row = self._fresh(record)
        return debriefs.change(row, **_with_competitor(self.entries(row), page=self.page))


def _with_competitor(entries: dict[str, Any], *, page: str) -> dict[str, Any]:
    """The entries. Saves a new competitor: call it in the transaction of the write."""
    return entries | {"competitor": find_or_create.saved(entries["competitor"], page=page)}


def _lay_out(form: Any) -> None:
    """Puts the competitor and the price gap side by side, below the texts."""
    form.fields["competitor"].record = form.record
    hidden = [name for name, field in form.fields.items() if field.widget.is_hidden]
    below = Div(Div("competitor", css_class="col-sm-6"), Div("price_gap", css_class="col-sm-6"), css_class="row")
    form.helper.layout = Layout(EnterPresses(), *hidden, *debriefs.TEXTS, below)

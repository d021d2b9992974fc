"""The forms of competitors on an opportunity."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.forms import children, fields
from opportunities.forms.picker.field import PickerField
from opportunities.models import Opportunity, OpportunityCompetitor


class _CompetitorFields(forms.Form):
    """The threat level and the note of a competitor."""

    threat = forms.ChoiceField(
        label=_("Threat level"),
        choices=[("", _("Not known")), *OpportunityCompetitor.Threat.choices],
        required=False,
        error_messages={"invalid_choice": _("Choose one of the levels listed.")},
    )
    note = fields.TextField(label=_("Strengths and weaknesses"), max_length=children.NOTE_LENGTH, required=False)


class CompetitorAddForm(_CompetitorFields, children.AddForm):
    table = tables.COMPETITOR

    competitor = PickerField("competitor", label=_("Competitor"), may_create=True)
    field_order = ["competitor"]


class CompetitorForm(_CompetitorFields, children.ChangeForm):
    table = tables.COMPETITOR


class NoKnownCompetitorsForm(children.ChildForm):
    """A form with one button: sets `no_known_competitors` (`on`) or clears it (`off`)."""

    no_known_competitors = fields.OnOffField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["no_known_competitors"] = not self.record.no_known_competitors

    def write_to(self, record: Opportunity) -> Opportunity:
        record.no_known_competitors = self.cleaned_data["no_known_competitors"]
        return record

"""The forms of stakeholders."""

import dataclasses
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.forms import children, fields
from opportunities.forms.picker import search
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.widget import PickerEntry
from opportunities.models import Attitude, Influence, Opportunity, StakeholderRole

MAP = "map"
"""The value of `from` that leads back to the map."""


class RolesField(forms.MultipleChoiceField):
    """A box for each role. Without one the contact has the role Stakeholder, which a page may also name."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "invalid_choice": _("Choose one of the roles listed."),
        "invalid_list": _("Choose one of the roles listed."),
    }

    def valid_value(self, value: Any) -> bool:
        return value in StakeholderRole.values


class _StakeholderFields(forms.Form):
    """The roles, the attitude, the influence and the note of a stakeholder."""

    roles = RolesField(
        label=_("Roles"),
        choices=[choice for choice in StakeholderRole.choices if choice[0] != StakeholderRole.STAKEHOLDER],
        required=False,
        help_text=_("Tick all that fit. Without one, the person is listed as a stakeholder."),
    )
    attitude = forms.ChoiceField(
        label=_("Attitude"),
        choices=Attitude.choices,
        initial=Attitude.UNKNOWN,
        error_messages={
            "required": _("Choose one of the attitudes listed."),
            "invalid_choice": _("Choose one of the attitudes listed."),
        },
    )
    influence = forms.ChoiceField(
        label=_("Influence"),
        choices=Influence.choices,
        initial=Influence.UNKNOWN,
        error_messages={
            "required": _("Choose one of the levels listed."),
            "invalid_choice": _("Choose one of the levels listed."),
        },
    )
    note = fields.TextField(label=_("Note"), max_length=children.NOTE_LENGTH, required=False)
    came_from = forms.CharField(required=False, widget=fields.SingleHiddenInput)

    @property
    def back_page(self) -> str:
        """The map, if the form was opened from there."""
        return "stakeholder_map" if self["came_from"].value() == MAP else ""


class ContactField(PickerField):
    """A picker of contacts. Before anything is typed it offers contacts of the account that are not on `record`."""

    record: Opportunity

    def question(self, name: str, picked: PickerEntry, *, is_asked: bool) -> search.Question:
        question = super().question(name, picked, is_asked=is_asked)
        if picked.typed:
            return question
        return dataclasses.replace(question, rows=self.kind.rows().exclude(stakes__opportunity=self.record))


class StakeholderAddForm(_StakeholderFields, children.AddForm):
    table = tables.STAKEHOLDER

    contact = ContactField("contact", label=_("Contact"), may_create=True)
    field_order = ["contact"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = cast(ContactField, self.fields["contact"])
        contact.record, contact.account = self.record, self.record.account_id


class StakeholderForm(_StakeholderFields, children.ChangeForm):
    table = tables.STAKEHOLDER

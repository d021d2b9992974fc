"""The forms of stakeholders."""

import dataclasses
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.forms import children, fields
from opportunities.forms.picker import search
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.widget import Picked
from opportunities.models import Opportunity, Stakeholder


class _StakeholderFields(forms.Form):
    """The role and the note of a stakeholder."""

    role = children.RoleField(label=_("Role"), choices=Stakeholder.Role.choices, initial=Stakeholder.Role.STAKEHOLDER)
    note = fields.TextField(label=_("Note"), max_length=children.NOTE_LENGTH, required=False)


class ContactField(PickerField):
    """A picker of contacts. Before anything is typed it offers contacts of the account that are not on `record`."""

    record: Opportunity

    def question(self, name: str, picked: Picked, *, is_asked: bool) -> search.Question:
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

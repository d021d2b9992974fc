"""The form field that asks for an answer, by the answer's `control`."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing.answers import Answer
from opportunities.forms import fields
from opportunities.forms.picker.field import PickerField
from opportunities.models import Opportunity


def is_tick(field: forms.Field) -> bool:
    return isinstance(field, fields.TickField)


def _choice(answer: Answer, record: Opportunity) -> forms.Field:
    return forms.ChoiceField(choices=[("", _("Choose…")), *answer.choices])


def _contact(answer: Answer, record: Opportunity) -> forms.Field:
    return PickerField("contact", may_create=True, account=record.account_id, account_field="account")


CONTROLS: dict[str, Callable[[Answer, Opportunity], forms.Field]] = {
    "account": lambda answer, record: PickerField("account", may_create=True),
    "contact": _contact,
    "choice": _choice,
    "money": lambda answer, record: fields.MoneyField(),
    "text": lambda answer, record: fields.TextField(),
    "tick": lambda answer, record: fields.TickField(widget=fields.StepTick()),
    "date": lambda answer, record: fields.DateField(),
}
"""The form field that asks for an answer, by its `control`."""


def of(answer: Answer, record: Opportunity) -> forms.Field:
    """The field for the answer of this opportunity."""
    return CONTROLS[answer.control](answer, record)

"""What the forms of stakeholders, competitors and team members have in common."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import customers, differences
from opportunities.editing import BrokenConstraint, Gone
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picking import EnterPresses, PickingForm
from opportunities.models import Contact, Opportunity
from opportunities.rules import MoveRefused

NOTE_LENGTH = 500


class BackToField(fields.IdField):
    """The stage whose panel the person came from; what is no id counts as none."""

    def to_python(self, value: Any) -> int | None:
        return fields.clean_id(value)


class RoleField(forms.ChoiceField):
    default_error_messages = {
        "required": gettext_lazy("Choose one of the roles listed."),
        "invalid_choice": gettext_lazy("Choose one of the roles listed."),
    }


class RowForm(EditingForm):
    """A form that writes a row that hangs on `record`: inside `editing`, by `write_to`."""

    stage = BackToField(required=False)
    record: Opportunity
    creates = False

    @property
    def back_to(self) -> int | None:
        """Id of the stage whose panel to show afterwards, rather than the tab."""
        return fields.clean_id(self["stage"].value())

    def write_to(self, record: Opportunity) -> Any:
        """Write what was entered, inside `editing`. Returns what a message names."""
        raise NotImplementedError

    def _say(self, field: str | None, sentences: str | list[str]) -> None:
        """What is said of a field that nobody sees stands on top."""
        seen = {each.name for each in self.visible_fields()}
        super()._say(field if field in seen else None, sentences)


class AddForm(PickingForm, RowForm):
    """Puts somebody on the opportunity: found by the picker, or created on the spot.

    It has a prefix of its own, because it stands on the page of the opportunity beside the panel's form.
    """

    prefix = "add"
    creates = True
    noun: ClassVar[differences.Noun]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout.insert(0, EnterPresses())

    def write_to(self, record: Opportunity) -> Any:
        entries = {name: self.cleaned_data[name] for name in self.noun.columns}
        who = self._saved(self.cleaned_data[self.noun.who], record)
        return getattr(record, self.noun.relation).create(**{self.noun.who: who}, **entries)

    def _saved(self, who: Any, record: Opportunity) -> Any:
        if who.pk is None:
            if isinstance(who, Contact):
                who.account = record.account
            return customers.save_new(who, page=self.page)
        return who

    def refuse(self, refusal: MoveRefused) -> None:
        """The database lets nobody be on an opportunity twice: that is said of the choice."""
        if isinstance(refusal, BrokenConstraint):
            self._say(self.noun.who, str(refusal))
        else:
            super().refuse(refusal)


class RowInHandForm(RowForm):
    """A form about one row that is there."""

    def __init__(self, *args: Any, row: differences.Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    def _fresh(self, record: Opportunity) -> differences.Person:
        """The row as it is now that the opportunity is locked."""
        rows = type(self.row)._default_manager.filter(opportunity=record)
        fresh = rows.filter(pk=self.row.pk).first()
        if fresh is None:
            raise Gone(_("%(name)s is not on this opportunity any more.") % {"name": self.row})
        return fresh


class ChangeForm(RowInHandForm):
    """Changes what is said of somebody; whom the row stands for stays."""

    noun: ClassVar[differences.Noun]
    version = fields.IdField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.noun.columns:
            self.initial.setdefault(name, getattr(self.row, name))

    def write_to(self, record: Opportunity) -> differences.Person:
        row = self._fresh(record)
        for name in self.noun.columns:
            setattr(row, name, self.cleaned_data[name])
        row.save()
        return row


class RemoveForm(RowInHandForm):
    """Takes the row off the opportunity; the contact, competitor or colleague stays."""

    def write_to(self, record: Opportunity) -> differences.Person:
        row = self._fresh(record)
        row.delete()
        return row

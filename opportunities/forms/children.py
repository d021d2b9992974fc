"""The base of the forms of child rows."""

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import editing
from opportunities.customers import find_or_create
from opportunities.editing import children, conflicts
from opportunities.editing.child_table import ChildRow, ChildTable
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.models import Opportunity
from opportunities.refusals import BrokenConstraint, Gone, Refused, StaleVersion
from stages.models import Step

NOTE_LENGTH = 500
COMPLETE = "complete"
"""The name of the button that saves the row and marks the step complete."""


class BackToField(fields.IdField):
    """The id of the stage or the step from which the user came. Ignores a text that is no id."""

    def to_python(self, value: Any) -> int | None:
        return fields.clean_id(value)


class RoleField(forms.ChoiceField):
    default_error_messages = {
        "required": gettext_lazy("Choose one of the roles listed."),
        "invalid_choice": gettext_lazy("Choose one of the roles listed."),
    }


class ChildForm(EditingForm):
    """A form that writes a child row of `record`: inside `editing`, by `write_to`.

    `at_step` is the step that the row is written for, if the form was opened from one. Then it can mark that complete.
    """

    stage = BackToField(required=False)
    step = BackToField(required=False)
    record: Opportunity
    at_step: Step | None = None

    @property
    def back_to(self) -> int | None:
        """The id of the stage whose panel is shown afterwards, instead of the tab."""
        return self.at_step.stage_id if self.at_step else fields.clean_id(self["stage"].value())

    @property
    def step_id(self) -> int | None:
        return fields.clean_id(self["step"].value())

    @property
    def offers_to_complete(self) -> bool:
        """Whether the form has the button that marks its step complete, too."""
        step = self.at_step
        return step is not None and self.record.is_open and not getattr(self.record, step.field)

    def complete_step(self, record: Opportunity) -> None:
        """Marks the step complete, inside `editing`, if that button was pressed. Refusals: OpportunityClosed, Gone."""
        if COMPLETE not in self.data:
            return
        editing.refuse_closed(record)
        if self.at_step is None:
            raise Gone(_("The process does not have this step any more."))
        setattr(record, self.at_step.field, True)

    @property
    def back_page(self) -> str:
        """The name of the page of the opportunity that is shown afterwards; empty for the panel or the tab."""
        return ""

    def write_to(self, record: Opportunity) -> Any:
        """Writes the entries, inside `editing`. Returns the object that the message names."""
        raise NotImplementedError

    def _say(self, field: str | None, sentences: str | list[str]) -> None:
        """Shows the error of a hidden field on top."""
        seen = {each.name for each in self.visible_fields()}
        super()._say(field if field in seen else None, sentences)


class AddForm(PickingForm, ChildForm):
    """Adds a child row. A picker finds its subject or creates it.

    It has its own prefix, because the page of the opportunity shows it beside the panel's form.
    """

    prefix = "add"
    creates = True
    table: ClassVar[ChildTable]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout.insert(0, EnterPresses())

    def write_to(self, record: Opportunity) -> Any:
        values = {name: self.cleaned_data[name] for name in self.table.entered}
        chosen = self.cleaned_data[self.table.subject]
        subject = find_or_create.saved(chosen, account_id=record.account_id, page=self.page)
        return getattr(record, self.table.relation).create(**{self.table.subject: subject}, **values)

    def refuse(self, refusal: Refused) -> None:
        """Shows a broken constraint on the subject, because it is about a second row with the same subject."""
        if isinstance(refusal, BrokenConstraint):
            self._say(self.table.subject, str(refusal))
        else:
            super().refuse(refusal)


class ExistingRowForm(ChildForm):
    """A form about one child row that exists."""

    def __init__(self, *args: Any, row: ChildRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    def _fresh(self, record: Opportunity) -> ChildRow:
        """The row, read again after the lock. Refusal: Gone."""
        rows = type(self.row)._default_manager.filter(opportunity=record)
        fresh = rows.filter(pk=self.row.pk).first()
        if fresh is None:
            raise Gone(_("%(name)s is not on this opportunity any more.") % {"name": self.row})
        return fresh


class ChangeForm(ExistingRowForm):
    """Changes the columns of a child row that people fill in. Its subject stays."""

    table: ClassVar[ChildTable]
    version = fields.IdField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.columns:
            self.initial.setdefault(name, getattr(self.row, name, None))  # a removed row has no owner

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the form changes."""
        return self.table.entered

    @property
    def choosable(self) -> Collection[str]:
        return self.columns

    def saved_value(self, name: str) -> Any:
        return getattr(self.row, name, None)

    @property
    def may_save_the_rest(self) -> bool:
        return super().may_save_the_rest and COMPLETE not in self.data

    def merged_key(self, name: str) -> str:
        return conflicts.row_key(self.table.name, self.row.pk, name)

    def entries(self, row: Any) -> dict[str, Any]:
        """The values to write into the row: the saved one where two people changed it, else that entered."""
        kept = self.disputed
        return {name: getattr(row, name) if name in kept else self.cleaned_data[name] for name in self.columns}

    def write_to(self, record: Opportunity) -> ChildRow:
        row = self._fresh(record)
        for name, value in self.entries(row).items():
            setattr(row, name, value)
        row.save()
        return row


class RemoveForm(ExistingRowForm):
    """Takes the row off the opportunity; the contact, competitor or colleague stays."""

    def refuse(self, refusal: Refused) -> None:
        super().refuse(refusal)
        if isinstance(refusal, StaleVersion):
            self.row.refresh_from_db(fields=children.BY_MODEL[type(self.row)].logged)

    def write_to(self, record: Opportunity) -> ChildRow:
        row = self._fresh(record)
        row.delete()
        return row

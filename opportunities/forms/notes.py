"""The forms that add, change and pin a note."""

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.editing import children as tables
from opportunities.editing import notes
from opportunities.forms import children, fields
from opportunities.forms.picker.form import EnterPresses
from opportunities.models import Note, Opportunity

KIND_MISSING = _("Choose one of the kinds listed.")


class _NoteFields(forms.Form):
    """The text of a note, its kind, and whether it is pinned."""

    text = fields.TextField(label=_("Note"), error_messages={"required": _("Write the note first.")})
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Note.Kind.choices,
        initial=Note.Kind.GENERAL,
        error_messages={"required": KIND_MISSING, "invalid_choice": KIND_MISSING},
    )
    is_pinned = fields.TickField(
        label=pgettext_lazy("note", "Pinned"), widget=fields.TickInput(caption=_("Keep it above the other notes"))
    )


class NoteAddForm(_NoteFields, children.AddForm):
    table = tables.NOTE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self)

    def write_to(self, record: Opportunity) -> Note:
        return notes.add(record, **{name: self.cleaned_data[name] for name in self.table.entered})


class NoteForm(_NoteFields, children.ChangeForm):
    table = tables.NOTE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self)


class PinForm(children.ExistingRowForm):
    """A form with one button: pins the note (`on`) or unpins it (`off`)."""

    is_pinned = fields.OnOffField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_pinned"] = not self.row.is_pinned

    def write_to(self, record: Opportunity) -> Note:
        return notes.change(self._fresh(record), is_pinned=self.cleaned_data["is_pinned"])


def _lay_out(form: Any) -> None:
    """Puts the kind and the tick side by side, below the text."""
    hidden = [name for name, field in form.fields.items() if field.widget.is_hidden]
    below = Div(Div("kind", css_class="col-sm-6"), Div("is_pinned", css_class="col-sm-6"), css_class="row")
    form.helper.layout = Layout(EnterPresses(), *hidden, "text", below)

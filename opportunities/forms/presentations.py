"""The forms that enter and change a presentation of a proposal."""

from typing import Any, cast

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.editing import presentations
from opportunities.forms import children, fields
from opportunities.forms.picker.form import EnterPresses
from opportunities.models import Attachment, Opportunity, Presentation
from opportunities.models.attachments import NEWEST_FIRST

KIND_MISSING = _("Choose one of the kinds listed.")
COLUMNS = (*tables.PRESENTATION.entered, "attendees")
"""The attendees are stored with their names."""


class AttendeesField(forms.MultipleChoiceField):
    """Boxes for the stakeholders, and for those who were there before they left. Its value is as it is stored."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "invalid_choice": _("Choose among the stakeholders listed."),
        "invalid_list": _("Choose among the stakeholders listed."),
    }
    people: dict[str, dict[str, Any]]

    def offer(self, record: Opportunity, stored: list[dict[str, Any]]) -> None:
        """Lists the stakeholders of the record, and `stored`. One query, if there is a stakeholder."""
        rows = record.stakeholders.select_related("contact") if record.stakeholder_count else []
        people = presentations.named(row.contact for row in rows)
        self.people = {str(each["id"]): each for each in [*people, *stored]}
        self.choices = [(pk, each["name"]) for pk, each in self.people.items()]

    def prepare_value(self, value: Any) -> Any:
        return [str(each["id"]) if isinstance(each, dict) else each for each in value or []]

    def clean(self, value: Any) -> list[dict[str, Any]]:
        chosen = set(super().clean(value))
        return sorted((self.people[pk] for pk in chosen), key=lambda each: each["id"])


class FileField(forms.ChoiceField):
    """A version of a file of the opportunity, or none."""

    default_error_messages = {"invalid_choice": _("Choose one of the files listed.")}
    files: dict[str, Attachment]

    def offer(self, record: Opportunity) -> None:
        """Lists all versions, the newest first. One query."""
        self.files = {str(row.pk): row for row in record.attachments.order_by(*NEWEST_FIRST)}
        named = [(pk, _named(row)) for pk, row in self.files.items()]
        self.choices = [("", pgettext_lazy("file", "None")), *named] if named else []

    def suggested(self, kind: str | None) -> Attachment | None:
        """The newest file of what is presented: a final proposal, or else a proposal; of a proposal the other way."""
        kinds = [Attachment.Kind.FINAL_PROPOSAL, Attachment.Kind.PROPOSAL]
        if kind == Presentation.Kind.PROPOSAL:
            kinds.reverse()
        found = {row.kind: row for row in reversed(self.files.values())}
        return next((found[each] for each in kinds if each in found), None)

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Attachment) else value

    def clean(self, value: Any) -> Attachment | None:
        return self.files.get(str(super().clean(value)))


def _named(row: Attachment) -> str:
    return gettext("%(name)s, version %(number)d") % {"name": row, "number": row.number} if row.number > 1 else str(row)


class _PresentationFields(forms.Form):
    """What was presented, when, to whom, and which version of a file."""

    kind = forms.ChoiceField(
        label=_("What was presented?"),
        choices=Presentation.Kind.choices,
        error_messages={"required": KIND_MISSING, "invalid_choice": KIND_MISSING},
    )
    held_on = fields.DateField(label=_("Date"))
    held_at = fields.TimeField(label=_("Time (optional)"), required=False)
    attendees = AttendeesField(label=_("Presented to"), required=False)
    file = FileField(label=_("File (optional)"), required=False)


class PresentationAddForm(_PresentationFields, children.AddForm):
    table = tables.PRESENTATION

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("kind") in Presentation.Kind.values:  # the step says which
            self.fields["kind"].widget = fields.SingleHiddenInput()
        _lay_out(self, [])
        self.initial.setdefault("file", cast(FileField, self.fields["file"]).suggested(self.initial.get("kind")))

    def write_to(self, record: Opportunity) -> Presentation:
        return presentations.enter(record, **{name: self.cleaned_data[name] for name in COLUMNS})


class PresentationForm(_PresentationFields, children.ChangeForm):
    table = tables.PRESENTATION

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self, self.row.attendees)

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS

    def write_to(self, record: Opportunity) -> Presentation:
        row = self._fresh(record)
        row.opportunity = record
        return presentations.change(row, **self.entries(row))


def _lay_out(form: Any, stored: list[dict[str, Any]]) -> None:
    """Puts date and time side by side. Without a stakeholder there are no boxes."""
    cast(AttendeesField, form.fields["attendees"]).offer(form.record, stored)
    cast(FileField, form.fields["file"]).offer(form.record)
    hidden = [name for name, field in form.fields.items() if field.widget.is_hidden]
    kind = [] if "kind" in hidden else ["kind"]
    attendees = ["attendees"] if form.fields["attendees"].people else []
    files = ["file"] if form.fields["file"].files else []
    when = Div(Div("held_on", css_class="col-sm-6"), Div("held_at", css_class="col-sm-6"), css_class="row")
    form.helper.layout = Layout(EnterPresses(), *hidden, *kind, when, *attendees, *files)

"""The forms that add and change a task."""

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.editing import tasks
from opportunities.forms import children, fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses
from opportunities.models import Opportunity, Task

TEXT_MISSING = _("Say what is to be done.")


class _Plan(forms.Form):
    """The fields of a task: what to do, by when, and who does it."""

    text = fields.LineField(label=_("Task"), max_length=200, error_messages={"required": TEXT_MISSING})
    due = fields.DateField(label=_("Date"), required=False)
    time = fields.TimeField(label=_("Time (optional)"), required=False)
    owner = PickerField("seller", label=_("Who does it?"))


class TaskAddForm(_Plan, children.AddForm):
    table = tables.TASK

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.record.owner)
        _lay_out(self)

    def write_to(self, record: Opportunity) -> Task:
        return tasks.plan(record, **{name: self.cleaned_data[name] for name in self.table.entered})


class TaskForm(_Plan, children.ChangeForm):
    table = tables.TASK

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lay_out(self)

    def write_to(self, record: Opportunity) -> Task:
        task = tasks.find_open(record, self.row.pk, version=self.seen_version)
        return tasks.change(task, **self.entries(task))


class TaskDoneForm(EditingForm):
    """The button that completes a task in a list of tasks."""

    record: Opportunity

    def __init__(self, *args: Any, row: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    def write_to(self, record: Opportunity) -> Task:
        task = tasks.find_open(record, self.row, version=self.seen_version)
        tasks.refuse_changed(record, task, version=self.seen_version, page=self.page)
        return tasks.complete(task)


def _lay_out(form: Any) -> None:
    """Puts date and time side by side."""
    hidden = [name for name in ("version", "token", "stage", "step") if name in form.fields]
    when = Div(Div("due", css_class="col-sm-6"), Div("time", css_class="col-sm-6"), css_class="row")
    form.helper.layout = Layout(EnterPresses(), *hidden, "text", when, "owner")

"""The forms of the next-step card: plan, complete and plan another, change, postpone."""

import datetime
from collections.abc import Collection
from typing import Any, cast

from crispy_forms.layout import Div, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import formats
from opportunities.editing import children, conflicts, tasks
from opportunities.forms import fields, rendered_for
from opportunities.forms.base import EditingForm
from opportunities.forms.tasks import TEXT_MISSING
from opportunities.models import Opportunity, Task

DAY = datetime.timedelta(days=1)
PICK = "pick"
MONDAY = 0


def tomorrow(today: datetime.date) -> datetime.date:
    return today + DAY


def next_monday(today: datetime.date) -> datetime.date:
    """The first Monday after tomorrow."""
    days = (MONDAY - tomorrow(today).weekday() - 1) % 7 + 1
    return tomorrow(today) + days * DAY


def in_two_weeks(today: datetime.date) -> datetime.date:
    return today + 14 * DAY


def _date(written: Any) -> datetime.date | None:
    try:
        return fields.DateField(required=False).clean(written)
    except ValidationError:
        return None


class _When(forms.ChoiceField):
    """One of the offered dates, or `PICK` for the field below. A page of yesterday may post the dates of yesterday."""

    widget = forms.RadioSelect

    def offer(self, today: datetime.date, posted: str | None) -> None:
        """Sets the choices: frequent dates, and the posted one."""
        offered = [
            (tomorrow(today).isoformat(), _("Tomorrow")),
            (next_monday(today).isoformat(), formats.short_day(next_monday(today), today)),
            (in_two_weeks(today).isoformat(), _("In 2 weeks")),
            (PICK, _("Pick a date")),
            ("", _("No date")),
        ]
        day = _date(posted)
        if day and day.isoformat() not in dict(offered):
            offered.insert(0, (day.isoformat(), formats.short_day(day, today)))
        self.choices = offered

    def valid_value(self, value: Any) -> bool:
        return value == PICK or fields.DateField().clean(value) is not None


class _CardForm(EditingForm):
    """The base of the forms of the card. Each has a version and a token, whether it changes or creates.

    `today` is the organisation's date.
    """

    prefix = "next"
    record: Opportunity

    def __init__(self, *args: Any, record: Opportunity, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.today = today

    def write_to(self, record: Opportunity) -> None:
        """Writes the entries, inside `editing`."""
        raise NotImplementedError

    @property
    def typed(self) -> dict[str, Any]:
        """The entries, for another form of the card."""
        typed = {name: self.cleaned_data.get(name) for name in ("text", "due", "time")}
        return typed | {"when": PICK if typed["due"] else ""}

    def look_again(self, version: int) -> None:
        """Sets the version of the page that is shown now, so that the next post is compared with it."""
        if self.is_bound:
            data = cast(QueryDict, self.data).copy()
            data[self.add_prefix("version")] = str(version)
            self.data = data


class PlanForm(_CardForm):
    """Plans the next step, on a frequent date or another."""

    creates = True
    question: Any = gettext_lazy("Next step")
    text = fields.LineField(max_length=200, error_messages={"required": TEXT_MISSING})
    when = _When(label=gettext_lazy("When?"), required=False)
    due = fields.DateField(label=gettext_lazy("Date"), required=False)
    time = fields.TimeField(label=gettext_lazy("Time (optional)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = self.question
        self.fields["text"].widget.attrs |= {"data-focus": "", "autofocus": True}
        self.initial.setdefault("when", "")
        when: Any = self.fields["when"]
        when.offer(self.today, fields.only_value(self.data, self.add_prefix("when")))
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        self.helper.layout = Layout(
            *hidden, "text", Div("when", css_class="when"), Div(Div("due"), Div("time"), css_class="when-picked")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        when = cleaned.get("when")
        if when == PICK and not cleaned.get("due") and "due" not in self.errors:
            self.add_error("due", _("Choose a date."))
        if when != PICK:
            cleaned["due"] = _date(when)
            cleaned["time"] = None
        return cleaned

    def write_to(self, record: Opportunity) -> None:
        tasks.refuse_planned(record, version=self.seen_version, page=self.page)
        self._plan(record)

    def _plan(self, record: Opportunity) -> None:
        tasks.plan(record, **{name: self.cleaned_data[name] for name in ("text", "due", "time")})


class _OfTask(_CardForm):
    """The base of the forms about the task that the card shows."""

    task = fields.IdField()

    def __init__(self, *args: Any, row: Task | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        if row is not None:
            self.initial.setdefault("task", row.pk)

    def refuse_unnamed(self) -> None:
        super().refuse_unnamed()
        if self.is_bound:
            rendered_for.posted_id(cast(QueryDict, self.data), self.add_prefix("task"))

    def _open_task(self, record: Opportunity) -> Task:
        return tasks.find_open(record, self.cleaned_data["task"], version=self.seen_version)


class DoneForm(PlanForm, _OfTask):
    """Completes the next step, and plans another in the same write unless the button is `NOTHING`."""

    NOTHING = "nothing"
    question = gettext_lazy("What’s next?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._plans_nothing:
            self.fields["text"].required = False

    @property
    def _plans_nothing(self) -> bool:
        return self.is_bound and self.NOTHING in self.data

    def clean(self) -> dict[str, Any]:
        if not self._plans_nothing:
            return super().clean()
        if self.cleaned_data.get("text"):
            self.add_error("text", _("You typed a next step. Save it, or clear the field first."))
        return self.cleaned_data

    def write_to(self, record: Opportunity) -> None:
        task = self._open_task(record)
        tasks.refuse_changed(record, task, version=self.seen_version, page=self.page)
        tasks.complete(task)
        if not self._plans_nothing:
            self._plan(record)


class NextStepChangeForm(_OfTask):
    """Changes the text, the date and the time of the next step."""

    ENTRIES = ("text", "due", "time")
    text = fields.LineField(label=gettext_lazy("Next step"), max_length=200, error_messages={"required": TEXT_MISSING})
    due = fields.DateField(label=gettext_lazy("Date"), required=False)
    time = fields.TimeField(label=gettext_lazy("Time (optional)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.ENTRIES:
            self.initial.setdefault(name, getattr(self.row, name, None))
        self.fields["text"].widget.attrs |= {"data-focus": "", "autofocus": True}
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        self.helper.layout = Layout(*hidden, "text", Div(Div("due"), Div("time"), css_class="when-picked"))

    @property
    def choosable(self) -> Collection[str]:
        return self.ENTRIES

    def saved_value(self, name: str) -> Any:
        return getattr(self.row, name, None)

    def merged_key(self, name: str) -> str:
        return conflicts.row_key(children.TASK.name, fields.query_id(self.data, self.add_prefix("task")) or 0, name)

    def write_to(self, record: Opportunity) -> None:
        tasks.change(self._open_task(record), **{name: self.cleaned_data[name] for name in self.ENTRIES})


class PostponeForm(_OfTask):
    """Sets the date of the button. The time stays."""

    due = fields.DateField()

    def write_to(self, record: Opportunity) -> None:
        tasks.change(self._open_task(record), due=self.cleaned_data["due"])


def postponement(due: datetime.date | None, today: datetime.date) -> tuple[Any, datetime.date] | None:
    """The label and the date of the button. The date is later than `due`; None if there is no such date."""
    if due is None:
        return None
    offers = ((_("Tomorrow"), tomorrow(today)), (_("Next week"), next_monday(today)))
    return next((offer for offer in offers if offer[1] > due), None)

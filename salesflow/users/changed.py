"""Says what changed since an admin page was opened: by whom, when, and the values stored now."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db import models
from django.utils.formats import localize
from django.utils.translation import gettext as _


class StaleAdminPage(Exception):
    """The page showed an older state. Nothing was written."""

    def __init__(self, row: models.Model, formsets: Iterable[Any], since: datetime.datetime) -> None:
        super().__init__()
        self.formsets = list(formsets)
        rows = [row, *(each for formset in self.formsets for each in formset.get_queryset())]
        self.latest = _latest(rows, since)

    def __str__(self) -> str:
        """Says who changed it and when, if known."""
        if self.latest is None:
            return _("Another person changed this after you opened the page.")
        said = {"ago": naturaltime(self.latest[0]), "person": self.latest[1]}
        return _("%(person)s changed this %(ago)s, after you opened the page.") % said

    def add_errors(self, form: forms.ModelForm) -> None:
        """Adds an error to the form, and one with the stored value to each field that differs."""
        advice = _("Nothing was saved. Save again to replace what is stored by what you see here.")
        form.add_error(None, f"{self} {advice}")
        for name in form.changed_data:
            form.add_error(name, _("It says “%(theirs)s” now.") % {"theirs": _shown(form, name)})
        for sentence in self._of_rows():
            form.add_error(None, sentence)

    def _of_rows(self) -> Iterator[str]:
        for formset in self.formsets:
            posted = {form.instance.pk: form for form in formset.initial_forms}
            for row in formset.get_queryset():
                if row.pk in posted:
                    yield from _of_row(posted[row.pk])
                else:
                    yield _("“%(row)s” has been added.") % {"row": row}


def _of_row(form: forms.ModelForm) -> Iterator[str]:
    for name in form.changed_data:
        if name in form.fields and name in form.initial:
            said = {"row": form.instance, "field": form.fields[name].label, "theirs": _shown(form, name)}
            yield _("“%(row)s”, %(field)s: It says “%(theirs)s” now.") % said


def _shown(form: forms.ModelForm, name: str) -> str:
    """The stored value of a field of a form, formatted for the reader."""
    field: Any = form._meta.model._meta.get_field(name)
    entry: Any = form.fields[name]
    if field.many_to_many:
        return ", ".join(entry.label_from_instance(row) for row in form.initial[name]) or "–"
    value = form.initial[name]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.is_relation:
        value = getattr(form.instance, name)
    elif isinstance(entry.widget, forms.Select):
        value = {str(key): label for key, label in entry.widget.choices}.get(str(value or ""), value)
    return "–" if value is None or value == "" else str(localize(value))


def _latest(rows: list[Any], since: datetime.datetime) -> tuple[datetime.datetime, Any] | None:
    """The latest known change of one of these rows."""
    found = [change for model in {type(row) for row in rows} for change in _changes(model, rows, since)]
    return max(found, key=lambda change: change[0], default=None)


def _changes(model: Any, rows: list[Any], since: datetime.datetime) -> list[tuple[datetime.datetime, Any]]:
    ids = [row.pk for row in rows if type(row) is model]
    if hasattr(model, "history"):
        versions = model.history.filter(**{f"{model._meta.pk.name}__in": ids}, history_date__gte=since)
        latest = versions.select_related("history_user").order_by("-history_date")[:1]
        return [(each.history_date, each.history_user) for each in latest if each.history_user]
    logged = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
        object_id__in=[str(pk) for pk in ids],
        action_flag=CHANGE,
        action_time__gte=since,
    )
    return [(each.action_time, each.user) for each in logged.select_related("user").order_by("-action_time")[:1]]

"""What the forms that edit an opportunity have in common: the version they were opened with, and refusals shown."""

import datetime
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict

from opportunities import shown
from opportunities.conflicts import Conflict, StaleVersion
from opportunities.forms.fields import IdField, SingleHiddenInput
from opportunities.models import Opportunity
from opportunities.rules import InvalidEntry, MoveRefused
from salesflow import once
from salesflow.users.models import User
from stages.gates import Unmet


@dataclass(frozen=True)
class Comparison:
    """A field that was changed differently in two places, written for a reader; `target` is its id on the page, if any.

    `is_own`: the reader made the other change, too, in another window.
    """

    label: str
    mine: str
    theirs: str
    by: User
    at: datetime.datetime
    is_own: bool
    target: str


class EditingForm(forms.Form):
    """A form whose entries are written by `editing`; it carries the version it was opened with.

    Where something could be overwritten the version has to be there: such a form requires it.
    Its `token` names the page: `salesflow.once` answers a form that is sent twice by it, and `editing` takes no change
    of the same page for a conflict.
    A refusal is shown on the field it is about, or on top; `missing` lists the steps it names, `conflicts` the fields
    that somebody else changed. Nothing typed is lost.
    """

    version = IdField(required=False)
    token = forms.CharField(required=False, widget=SingleHiddenInput)

    def __init__(self, *args: Any, record: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self.conflicts: list[Conflict] = []
        self.missing: list[Unmet] = []
        if record is not None:
            self.initial.setdefault("version", record.version)
        self.initial.setdefault("token", once.new_token())
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template has it, once a form

    @property
    def seen_version(self) -> int | None:
        return self.cleaned_data.get("version")

    @property
    def page(self) -> str:
        """The token of the page that the form is on."""
        return once.clean_token(self["token"].value()) if "token" in self.fields else ""

    @property
    def comparisons(self) -> list[Comparison]:
        """What `_conflict.html` shows: each conflict with both values."""
        return [self._comparison(conflict) for conflict in self.conflicts]

    @property
    def is_conflict_own(self) -> bool:
        """Nobody but the reader changed these fields."""
        return all(conflict.is_own for conflict in self.conflicts)

    def _comparison(self, conflict: Conflict) -> Comparison:
        bound = self[conflict.field] if conflict.field in self.fields else None
        return Comparison(
            label=str(bound.label) if bound else shown.label(conflict.field, noun=conflict.noun),
            mine=shown.value(conflict.field, conflict.mine, noun=conflict.noun),
            theirs=shown.value(conflict.field, conflict.theirs, noun=conflict.noun),
            by=conflict.by,
            at=conflict.at,
            is_own=conflict.is_own,
            target=bound.id_for_label if bound else "",
        )

    def refuse(self, refusal: MoveRefused) -> None:
        """Show why nothing was written."""
        self.missing = refusal.unmet
        if isinstance(refusal, InvalidEntry):
            for field, sentences in refusal.errors.items():
                self._say(field, sentences)
            return
        if isinstance(refusal, StaleVersion):
            self._compare(refusal)
            return
        self._say(refusal.field, str(refusal))

    def _compare(self, refusal: StaleVersion) -> None:
        """Keep what was typed, show what stands there now, and let the next Save have it.

        What only the others changed is taken over: with the new version, the older value would undo it.
        """
        self.conflicts = refusal.conflicts
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix("version")] = str(refusal.version)
        for name in refusal.merged.keys() & self.fields.keys():
            _put(data, self.add_prefix(name), self.fields[name].prepare_value(refusal.merged[name]))
        self.data = data
        for conflict in refusal.conflicts:
            self._say(conflict.field, str(StaleVersion([conflict], refusal.version)))

    def _say(self, field: str | None, sentences: str | list[str]) -> None:
        self.add_error(field if field in self.fields else None, sentences)


def _put(data: QueryDict, name: str, value: Any) -> None:
    """Put a value into posted data as its control would send it; a tick that is off and a picker's text go."""
    for key in [key for key in data if key == name or key.startswith(f"{name}-")]:
        del data[key]
    if value is not False:
        data[name] = "on" if value is True else "" if value is None else str(value)

"""The base of the forms that edit an opportunity: the version of the page, and how refusals are shown."""

from collections.abc import Collection
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import BadRequest
from django.forms import BoundField
from django.http import QueryDict

from opportunities.editing.rules import InvalidEntry
from opportunities.forms import rendered_for
from opportunities.forms.conflict_form import ChoosingForm
from opportunities.forms.fields import IdField, SingleHiddenInput, TextField
from opportunities.forms.picker.search import NEW
from opportunities.forms.picker.widget import PickerWidget
from opportunities.models import Opportunity
from opportunities.refusals import Refused, StaleVersion
from salesflow import once
from stages.gates import Unmet


class EditingForm(ChoosingForm):
    """A form whose entries are written by `editing`; it carries the version it was opened with.

    Its `token` names the page: `salesflow.once` answers a form that is sent twice by it, and `editing` takes no change
    of the same page for a conflict.
    A refusal is shown on the field it is about, or on top; `missing` lists the steps it names. Nothing typed is lost.
    """

    version = IdField(required=False)
    token = forms.CharField(required=False, widget=SingleHiddenInput)
    creates = False  # whether it writes something new, rather than change what its page shows

    def __init__(self, *args: Any, record: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self.missing: list[Unmet] = []
        if record is not None:
            self.initial.setdefault("version", record.version)
        self.initial.setdefault("token", once.new_token())
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the template has it, once a form

    @property
    def choosable(self) -> Collection[str]:
        return () if self.creates else super().choosable

    @property
    def seen_version(self) -> int | None:
        return self.cleaned_data.get("version")

    @property
    def page(self) -> str:
        """The token of the page that the form is on."""
        return once.clean_token(self["token"].value()) if "token" in self.fields else ""

    def refuse_unnamed(self) -> None:
        """Raises BadRequest for a post that does not name its page.

        A form of an opportunity needs the version that its page showed. A form that creates a row, by itself or in a
        picker, needs the token, so that it can be sent twice.
        """
        if not self.is_bound:
            return
        if self.record is not None or not self.creates:
            rendered_for.posted_id(cast(QueryDict, self.data), self.add_prefix("version"))
        if (self.creates or self._creates_in_a_picker) and not self.page:
            raise BadRequest("The token is missing or is none.")

    @property
    def _creates_in_a_picker(self) -> bool:
        """Whether an answer is to be created. A move has no token: it can be made only once."""
        posted = (self[name].data for name, field in self.fields.items() if isinstance(field.widget, PickerWidget))
        return "token" in self.fields and any(picked.choice == NEW for picked in posted)

    def focus_first(self) -> None:
        """Focuses the first field when the page opens. A form that was sent focuses its errors instead."""
        if not self.is_bound:
            first = next(field for field in self.fields.values() if not field.widget.is_hidden)
            first.widget.attrs |= {"autofocus": True, "data-focus": ""}

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The fields that the page shows and the write uses without changing them; see `editing`."""
        return ()

    @property
    def typed_texts(self) -> list[BoundField]:
        """The typed texts, for a page that shows no form any more."""
        texts = [field for field in self if isinstance(field.field, TextField)]
        return [field for field in texts if self.is_bound and field.value()]

    def refuse(self, refusal: Refused) -> None:
        """Shows why nothing was written."""
        self.missing = refusal.unmet
        if isinstance(refusal, InvalidEntry):
            for field, sentences in refusal.errors.items():
                self._say(field, sentences)
            return
        if isinstance(refusal, StaleVersion):
            for conflict in self.compare(refusal):
                self._say(conflict.field, str(StaleVersion([conflict], refusal.version)))
            return
        self._say(refusal.field, str(refusal))

    def _say(self, field: str | None, sentences: str | list[str]) -> None:
        self.add_error(field if field in self.fields else None, sentences)

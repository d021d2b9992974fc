"""The base of the forms of accounts, contacts and competitors."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, cast

from crispy_forms.layout import Div, Layout, LayoutObject
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.text import capfirst

from opportunities import formats
from opportunities.customer_pages import values
from opportunities.customer_pages.likely_duplicates import LikelyForm
from opportunities.customers import changing, entered
from opportunities.customers.models import Customer
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.refusals import Conflict
from salesflow import safe_text


class CustomerForm(LikelyForm, PickingForm, EditingForm):
    """The columns of `model` that people fill in. Only the name is required.

    A form without a row creates one and carries a token; a form with a row carries the version that its page shows.
    """

    model: ClassVar[type[Customer]]
    layout: ClassVar[tuple[str | LayoutObject, ...]] = ()

    known: Sequence[Mapping[str, Any]] = ()
    """Of a row: its values when the page was opened, if they are others, and those of now."""

    name = fields.LineField()

    def __init__(self, *args: Any, row: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.creates = row, row is None
        for name in entered.columns(self.model):
            column = entered.column(self.model, name)
            self.fields[name].label = capfirst(column.verbose_name)
            self.fields[name].help_text = self.fields[name].help_text or column.help_text
            _limit(self.fields[name], column.max_length)
        if row is None:
            del self.fields["version"]
            self.focus_first()
        else:
            self.initial.update({name: self.shown(row, name) for name in self._names}, version=row.version)
            self._keep_stored(row)
        hidden = ("token",) if row is None else ("version", "token")
        self.helper.layout = Layout(EnterPresses(), *hidden, *self.layout)

    @property
    def _names(self) -> tuple[str, ...]:
        return entered.columns(self.model)

    @property
    def entries(self) -> dict[str, Any]:
        """The posted values by column, for `changing`."""
        return {name: self.cleaned_data[name] for name in self._names}

    @staticmethod
    def shown(row: Any, name: str) -> Any:
        """The value as its field shows it first."""
        return entered.value(row, name)

    def _keep_stored(self, row: Customer) -> None:
        """Takes what was stored before a rule, unchanged: the value of now, and that of when the page was opened."""
        posted = fields.clean_id(self.data.get("version")) if self.is_bound else None
        seen = changing.as_of(row, posted) if posted is not None else None
        self.known = [entered.values(state) for state in ((seen, row) if seen else (row,))]
        for state in (seen, row) if seen else (row,):
            for name in self._names:
                _keep(self.fields[name], entered.value(state, name), self.shown(state, name))

    def clean(self) -> dict[str, Any]:
        """Reads numbers as the domain does."""
        entries = super().clean() or self.cleaned_data
        given = {name: entries[name] for name in entered.NUMBERS & entries.keys()}
        try:
            entries.update(entered.read(self.model, given, before=self._before(given)))
        except ValidationError as error:
            self.refuse_invalid(error)
        return entries

    def _before(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was stored: of a value that stays as the page showed it, the value of then."""
        return {
            name: next((known[name] for known in self.known if known[name] == given.get(name)), stored)
            for name, stored in (self.known[-1] if self.known else {}).items()
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        safe_text.refuse_unseen(name)
        return name

    def refuse_invalid(self, error: ValidationError) -> None:
        self.add_error(None, error)

    @property
    def choosable(self) -> Collection[str]:
        return self._names if self.row else ()

    def saved_value(self, name: str) -> Any:
        return self.shown(self.row, name)

    def shown_value(self, conflict: Conflict, value: Any) -> str:
        names = values.names_of(self.model, [(conflict.field, value)])
        country = getattr(self.row, "country", "")
        return values.shown(self.model, conflict.field, value, names=names, country=country) or formats.NOTHING


def _keep(field: forms.Field, stored: Any, shown: Any) -> None:
    """Lets a field take a stored value. Adds it to the choices if it is not among them any more."""
    if isinstance(field, forms.ChoiceField):
        choices: Any = list(cast(Any, field.choices))
        field.choices = [*choices, *([] if stored in dict(choices) else [(stored, stored)])]
    elif isinstance(field, fields.LineField) and stored:
        field.kept = {**field.kept, stored: stored, str(field.prepare_value(shown)): stored}


def _limit(field: forms.Field, longest: int | None) -> None:
    """Lets a text be as long as its column."""
    if isinstance(field, forms.CharField) and longest is not None:
        others = [each for each in field.validators if not isinstance(each, MaxLengthValidator)]
        field.validators = [*others, MaxLengthValidator(longest)]


def pair(*names: str) -> Div:
    """Fields side by side, under each other on a narrow screen."""
    return Div(*(Div(name, css_class=f"col-sm-{12 // len(names)}") for name in names), css_class="row")

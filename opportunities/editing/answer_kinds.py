"""The kinds of fields: how a value of each kind is cleaned, compared, logged and displayed.

`KINDS` has them by name. `kind_of` finds the name of the kind of a column.
"""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import get_text_list
from django.utils.translation import gettext

from opportunities import formats, money
from opportunities.customers import erased
from opportunities.models.columns import ChoicesField
from opportunities.models.event import log_value
from salesflow import safe_text
from stages import gates
from stages.bilingual import readers_language


class Contradiction(Exception):
    """Two people gave different values."""


class AnswerKind:
    """One kind of field. Each method takes a value from a record or from the log."""

    control = "line"
    """The name of its form field in `forms.panel.CONTROLS`."""

    def clean(self, column: Any, value: Any) -> Any:
        """The value as the column stores it. Raises ValidationError."""
        return value if column.blank and value in column.empty_values else column.clean(value, None)

    def log(self, value: Any) -> Any:
        """The value as JSON. Two results are equal exactly when the values are."""
        return log_value(value)

    def merge(self, mine: Any, theirs: Any, seen: Any) -> Any:
        """The value of the log for one that two people changed from `seen`. Raises Contradiction."""
        if mine == seen:
            return theirs
        raise Contradiction

    def display(self, column: Any, value: Any) -> str:
        """The value in the reader's language. The value is not empty."""
        return str(value)


class LineKind(AnswerKind):
    """A text of one line."""

    refuse_unsafe: Callable[[str], None] = staticmethod(safe_text.refuse_unsafe)

    def clean(self, column: Any, value: Any) -> Any:
        """Raises ValidationError for a text that is unsafe, invisible or too long (SQLite checks no length)."""
        value = super().clean(column, value)
        if not isinstance(value, str):
            return value
        self.refuse_unsafe(value)
        validators.MaxLengthValidator(column.max_length or len(value))(value)
        if not column.blank and not gates.is_filled(value):
            raise ValidationError(gettext("This field cannot be blank."))
        return value


class TextKind(LineKind):
    """A text of several lines."""

    control = "text"
    refuse_unsafe: Callable[[str], None] = staticmethod(safe_text.refuse_unsafe_lines)


class ChoiceKind(AnswerKind):
    """One of a list of choices."""

    control = "choice"

    def display(self, column: Any, value: Any) -> str:
        return str(dict(column.flatchoices).get(value, value))


class ChoicesKind(AnswerKind):
    """One or more of a list of choices: a tuple, in the log a text in which commas join them."""

    control = "choices"

    def log(self, value: Any) -> Any:
        return ",".join(value) if isinstance(value, tuple) else value

    def merge(self, mine: Any, theirs: Any, seen: Any) -> Any:
        """Merges choice by choice: what either added or took away."""
        chosen, others, before = (set(value.split(",")) for value in (mine, theirs, seen))
        return ",".join((others | chosen - before) - (before - chosen))

    def display(self, column: Any, value: Any) -> str:
        return ", ".join(column.labels(column.to_python(value)))


class MoneyKind(AnswerKind):
    control = "money"

    def display(self, column: Any, value: Any) -> str:
        return money.shown(Decimal(value))


class DateKind(AnswerKind):
    control = "date"

    def display(self, column: Any, value: Any) -> str:
        return formats.day(value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value))


class TimeKind(AnswerKind):
    """A time of day."""

    control = "time"

    def display(self, column: Any, value: Any) -> str:
        return formats.time_of_day(value if isinstance(value, datetime.time) else datetime.time.fromisoformat(value))


class MomentKind(AnswerKind):
    """A day and a time. No form asks for one."""

    def display(self, column: Any, value: Any) -> str:
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)
        return formats.moment(moment)


class TickKind(AnswerKind):
    control = "tick"

    def display(self, column: Any, value: Any) -> str:
        return gettext("Yes") if value else gettext("No")


class NumberKind(AnswerKind):
    control = "number"


class RowKind(AnswerKind):
    """A row of another table, such as an account, a contact or a user."""

    def __init__(self, control: str) -> None:
        self.control = control

    def display(self, column: Any, value: Any) -> str:
        return logged_name(value) if isinstance(value, dict) else str(value)


class PeopleKind(AnswerKind):
    """Several contacts, each as its id and its name."""

    def log(self, value: Any) -> Any:
        return value

    def display(self, column: Any, value: Any) -> str:
        return get_text_list([erased.shown(each["name"]) for each in value], gettext("and"))


class OpportunityKind(RowKind):
    """Another opportunity. The log has only its id, because not every reader of the log may see its name."""

    def log(self, value: Any) -> Any:
        return {"id": value.pk} if isinstance(value, models.Model) else value


def logged_name(logged: dict[str, Any]) -> str:
    """The name of a row in the log, in the reader's language if it has two."""
    return erased.shown(logged["name"]) if logged.get("name") else str(logged.get(f"name_{readers_language()}"))


KINDS: Mapping[str, AnswerKind] = {
    "account": RowKind("account"),
    "contact": RowKind("contact"),
    "user": RowKind("user"),
    "row": RowKind("row"),
    "opportunity": OpportunityKind("row"),
    "choice": ChoiceKind(),
    "choices": ChoicesKind(),
    "money": MoneyKind(),
    "text": TextKind(),
    "line": LineKind(),
    "tick": TickKind(),
    "date": DateKind(),
    "time": TimeKind(),
    "moment": MomentKind(),
    "number": NumberKind(),
    "people": PeopleKind(),
}
"""The kinds by name. `stages.vocabulary.FieldKind` has the same names."""


def kind_of(column: "models.Field[Any, Any]") -> str:
    """The name of the kind of values that a column stores."""
    if column.is_relation:
        name = str(cast(type[models.Model], column.related_model)._meta.model_name)
        return name if name in KINDS else "row"
    if column.choices:
        return "choices" if isinstance(column, ChoicesField) else "choice"
    return next((name for sort, name in OF_COLUMNS.items() if isinstance(column, sort)), "line")


OF_COLUMNS: Mapping[type[Any], str] = {
    models.BooleanField: "tick",
    models.DecimalField: "money",
    models.DateTimeField: "moment",  # before DateField, its base class
    models.TimeField: "time",
    models.DateField: "date",
    models.IntegerField: "number",
    models.TextField: "text",
    models.JSONField: "people",
}

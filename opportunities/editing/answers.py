"""How each field of an opportunity or a child row is read, cleaned, compared, logged and displayed.

An `Answer` is one field with the kind of its values. `of` finds it by name. Every answer is a column today. Answers
that are rows, such as those to custom steps, can be added here.
"""

import functools
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.utils.functional import Promise

from opportunities import formats
from opportunities.editing import children
from opportunities.editing.answer_kinds import KINDS, AnswerKind, kind_of
from opportunities.models import Opportunity


@dataclass(frozen=True)
class Answer:
    """One field of an opportunity or of a child row."""

    column: Any
    kind: AnswerKind

    @property
    def name(self) -> str:
        return str(self.column.name)

    @property
    def label(self) -> str:
        return str(self.column.verbose_name)

    @property
    def control(self) -> str:
        return self.kind.control

    @property
    def choices(self) -> list[tuple[Any, str | Promise]]:
        return list(self.column.flatchoices)

    def read(self, record: models.Model) -> Any:
        """The value; for a relation, the row."""
        return getattr(record, self.column.name)

    def write(self, record: models.Model, value: Any) -> None:
        setattr(record, self.column.name, value)

    def copy(self, record: models.Model, other: models.Model) -> None:
        """Copies the value of `other` to `record`. No query."""
        setattr(record, self.column.attname, getattr(other, self.column.attname))

    def clean(self, record: models.Model) -> None:
        """Converts the value to the type of its column. Raises ValidationError.

        A row that was read is not looked up again: a constraint refuses one that was deleted since.
        """
        if self._is_read_row(record):
            return
        attribute = self.column.attname
        setattr(record, attribute, self.kind.clean(self.column, getattr(record, attribute)))

    def _is_read_row(self, record: models.Model) -> bool:
        row = record._state.fields_cache.get(self.column.name) if self.column.is_relation else None
        return row is not None and not row._state.adding and row.pk == getattr(record, self.column.attname)

    def comparable(self, record: models.Model) -> Any:
        """A JSON value for comparing: equal for two records exactly when the answers are equal. No query."""
        return self.kind.log(getattr(record, self.column.attname))

    def comparable_logged(self, logged: Any) -> Any:
        """The value of `comparable` for a value of the log."""
        if isinstance(logged, dict):
            return logged["id"]
        return self.column.get_default() if logged is None and not self.column.null else logged

    def write_logged(self, record: models.Model, logged: Any) -> None:
        """Sets a value of the log on `record`."""
        setattr(record, self.column.attname, self.column.to_python(self.comparable_logged(logged)))

    def is_given(self, record: models.Model) -> bool:
        """Whether there is an answer: 0 is one, an empty text and False are not. No query."""
        value = getattr(record, self.column.attname)
        return bool(value) or (value is not None and value is not False and value != "")

    def differs(self, before: models.Model | None, after: models.Model) -> bool:
        """Whether a write changed the answer. For a new record (`before` is None): whether it is given. No query."""
        if before is None:
            return self.is_given(after)
        attribute = self.column.attname
        is_same = getattr(before, attribute) is getattr(after, attribute)  # most fields of most writes
        return not is_same and self.comparable(before) != self.comparable(after)

    def log(self, record: models.Model | None) -> Any:
        """The value as the log stores it, a row with its name."""
        return None if record is None else self.kind.log(self.read(record))

    def display(self, value: Any) -> str:
        """A value, from a record or from the log, in the reader's language; “–” for none."""
        return formats.NOTHING if value is None or value == "" else self.kind.display(self.column, value)


@functools.cache
def of(name: str, table: str = "") -> Answer:
    """The answer with that name, of the opportunity or of the child table with that name in the log."""
    model = children.CHILDREN[table].model if table in children.CHILDREN else Opportunity
    column = cast("models.Field[Any, Any]", model._meta.get_field(name))
    return Answer(column, KINDS[kind_of(column)])


_COLUMNS = [column for column in Opportunity._meta.concrete_fields if not column.primary_key]

EDITABLE = tuple(of(column.name) for column in _COLUMNS if column.editable)

EDITABLE_NAMES = frozenset(answer.name for answer in EDITABLE)

FILLED_BY_MOVES = tuple(of(column.name) for column in _COLUMNS if not column.editable)
"""The fields that moves and `editing` fill."""

CLOSING = ("status", "status_reason", "actual_revenue", "closed_on")
SOURCE = ("source", "source_kind")
LOGGED = EDITABLE + tuple(of(name) for name in (*CLOSING, *SOURCE))
"""The fields whose changes an event lists. The event has columns of its own for the stages."""

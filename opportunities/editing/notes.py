"""Writes, changes and pins notes, and the rule for each write of a note.

Call `add` and `change` inside an `editing` block, with the record that it yields or a row of it.
"""

from typing import Any

from django.core.exceptions import ValidationError

from opportunities.editing import answers, changes, stamps
from opportunities.editing.changes import ChildRows
from opportunities.editing.children import NOTE
from opportunities.editing.rules import InvalidEntry
from opportunities.models import Note, Opportunity


def add(record: Opportunity, *, text: str, kind: str = Note.Kind.GENERAL, is_pinned: bool = False) -> Note:
    """Adds a note. Refusal: InvalidEntry."""
    note = Note(opportunity=record, text=text, kind=kind, is_pinned=is_pinned)
    stamps.created(note)
    _refuse_invalid(note)
    note.save()
    return note


def change(note: Note, **entries: Any) -> Note:
    """Sets columns of the note. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(note, name, value)
    _refuse_invalid(note)
    note.save()
    return note


def refuse_invalid(rows: ChildRows) -> None:
    """Refuses a note that was saved past these functions and is not valid. Refusal: InvalidEntry."""
    if not rows.is_touched(NOTE):
        return
    before = rows.before(NOTE)
    for pk, note in rows.now(NOTE).items():
        if changes.of_row(NOTE, before.get(pk), note):
            _refuse_invalid(note)


def _refuse_invalid(note: Note) -> None:
    for name in ("kind", "text"):
        try:
            answers.of(name, NOTE.name).clean(note)
        except ValidationError as error:
            raise InvalidEntry(ValidationError({name: error}), table=NOTE.name) from error

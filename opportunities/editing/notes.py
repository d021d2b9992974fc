"""Writes, changes and pins notes, and the rule for each write of a note.

Call `add` and `change` inside an `editing` block, with the record that it yields or a row of it.
"""

from typing import Any

from opportunities.editing import rows, stamps
from opportunities.editing.children import NOTE
from opportunities.models import Note, Opportunity
from salesflow.users.models import User


def add(
    record: Opportunity,
    *,
    text: str,
    kind: str = Note.Kind.GENERAL,
    is_pinned: bool = False,
    author: User | None = None,
) -> Note:
    """Adds a note. Without `author`, the person who writes is the author. Refusal: InvalidEntry."""
    note = Note(opportunity=record, text=text, kind=kind, is_pinned=is_pinned)
    stamps.created(note)
    note.created_by = author or note.created_by
    refuse_invalid(note)
    note.save()
    return note


def change(note: Note, **entries: Any) -> Note:
    """Sets columns of the note. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(note, name, value)
    refuse_invalid(note)
    note.save()
    return note


def refuse_invalid(note: Note) -> None:
    """Also for a note that was saved past these functions. Refusal: InvalidEntry."""
    rows.refuse_invalid(note, NOTE, ("kind", "text"))

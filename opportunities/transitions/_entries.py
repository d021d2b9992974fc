"""Writes the entries of a page as a part of a move."""

import copy
from collections.abc import Callable

from opportunities import editing
from opportunities.editing import Edit, children
from opportunities.models import Opportunity, write_guard

Write = Callable[[Opportunity], object]


def write_entries(edit: Edit, write: Write) -> None:
    """Runs `write` as in an `editing` block and sets what follows from it, because the gate reads that."""
    before = copy.copy(edit.record)
    with write_guard.editing_only(edit.record.pk, children.editable_models(is_open=edit.record.is_open)):
        write(edit.record)
    editing.refuse_moves(before, edit.record)
    editing.merge_and_derive(edit)

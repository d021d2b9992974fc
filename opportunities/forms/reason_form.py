"""The forms of moves that ask only for a text."""

from typing import Any

from crispy_forms.layout import Layout

from opportunities.forms import fields
from opportunities.forms.closing import REASON_LENGTH, MoveForm


class ReasonForm(MoveForm):
    """A reason. `asked` is its label."""

    reason = fields.TextField(max_length=REASON_LENGTH)

    def __init__(self, *args: Any, asked: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = asked
        self.helper.layout = Layout("reason")
        self.focus_first()

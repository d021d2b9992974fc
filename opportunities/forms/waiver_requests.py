"""The form with which a manager declines to waive a step."""

from typing import Any

from crispy_forms.layout import Layout
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.forms.closing import REASON_LENGTH, MoveForm


class DeclineWaiverForm(MoveForm):
    """The answer is optional."""

    answer = fields.TextField(label=_("Why not? (optional)"), required=False, max_length=REASON_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("answer")
        self.focus_first()

"""The form of My day that sets a new close date."""

from typing import Any

from crispy_forms.layout import Layout
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.models import Opportunity


class CloseDateForm(EditingForm):
    """The estimated close date alone."""

    estimated_close_date = fields.DateField(label=_("New close date"), error_messages={"required": _("Choose a date.")})

    def __init__(self, *args: Any, record: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("estimated_close_date", record.estimated_close_date)
        self.fields["estimated_close_date"].widget.attrs |= {"data-focus": "", "autofocus": True}
        self.helper.layout = Layout("version", "token", "estimated_close_date")

    def write_to(self, record: Opportunity) -> None:
        """Sets the date, inside `editing`."""
        record.estimated_close_date = self.cleaned_data["estimated_close_date"]

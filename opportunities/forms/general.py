"""What every opportunity has before any process asks for it: its name, its customer, and what is expected when."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import customers, money, shown
from opportunities.differences import EDITABLE_NAMES
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker import PickerField
from opportunities.forms.picking import PickingForm
from opportunities.models import Opportunity


class GeneralForm(PickingForm, EditingForm):
    """The five things that a new opportunity asks for; accounts and contacts are created on the spot."""

    name = fields.LineField(error_messages={"required": _("Give the opportunity a name.")})
    account = PickerField("account", may_create=True, required=False)
    contact = PickerField("contact", may_create=True, account_field="account", required=False)
    estimated_revenue = fields.MoneyField(required=False)
    estimated_close_date = fields.DateField(required=False)

    def __init__(self, *args: Any, record: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        for name, field in self.fields.items():
            if name in EDITABLE_NAMES:
                field.label = shown.label(name)
        self.fields["estimated_revenue"].help_text = gettext("What we expect to earn, in %(unit)s.") % {
            "unit": money.unit()
        }

    def saved_entries(self) -> dict[str, Any]:
        """The values posted, by field of the opportunity; what the post left out is not among them.

        An account and a contact created on the spot are saved now: call it in the transaction of the write.
        """
        entries = {name: value for name, value in self.cleaned_data.items() if self._is_entry(name)}
        for name in ("account", "contact"):
            row = entries.get(name)
            if row is not None and row._state.adding:
                if name == "contact":
                    row.account = entries.get("account") or (self.record.account if self.record else None)
                entries[name] = customers.save_new(row, page=self.page)
        return entries

    def _is_entry(self, name: str) -> bool:
        omitted = self.fields[name].widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        return not omitted and name in EDITABLE_NAMES

"""The form fields of all opportunities, independent of the process: name, customer, revenue and close date."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import display, money
from opportunities.customers import find_or_create
from opportunities.editing.answers import EDITABLE_NAMES
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import PickingForm
from opportunities.models import Opportunity


class GeneralForm(PickingForm, EditingForm):
    """The five fields of a new opportunity. It can also create the account and the contact."""

    name = fields.LineField(error_messages={"required": _("Give the opportunity a name.")})
    account = PickerField("account", may_create=True, required=False)
    contact = PickerField("contact", may_create=True, account_field="account", required=False)
    estimated_revenue = fields.MoneyField(required=False)
    estimated_close_date = fields.DateField(required=False)

    def __init__(self, *args: Any, record: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        for name, field in self.fields.items():
            if name in EDITABLE_NAMES:
                field.label = display.label(name)
        self.fields["estimated_revenue"].help_text = gettext("What we expect to earn, in %(unit)s.") % {
            "unit": money.unit()
        }

    def saved_entries(self) -> dict[str, Any]:
        """The posted values, by field of the opportunity, without those that two people changed differently.

        Saves a new account and a new contact: call it in the transaction of the write.
        """
        entries = {name: value for name, value in self.cleaned_data.items() if self._is_entry(name)}
        account_id = self.record.account_id if self.record else None
        if "account" in entries:
            entries["account"] = account = find_or_create.saved(entries["account"], page=self.page)
            account_id = account.pk if account else account_id
        if "contact" in entries:
            entries["contact"] = find_or_create.saved(entries["contact"], account_id=account_id, page=self.page)
        return entries

    def _is_entry(self, name: str) -> bool:
        omitted = self.fields[name].widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        return not omitted and name in EDITABLE_NAMES and name not in self.disputed

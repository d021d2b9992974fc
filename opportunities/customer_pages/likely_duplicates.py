"""What the forms of accounts, contacts and competitors say when the row is probably there already."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from opportunities.customers.duplicates import LikelyDuplicate, LikelyRow
from opportunities.customers.models import Customer
from opportunities.forms import fields


class LikelyForm(forms.BaseForm):
    """The base of a form that shows likely duplicates before it saves. The button “all the same” names them."""

    likely: tuple[LikelyRow, ...] = ()
    model: ClassVar[type[Customer]]

    @property
    def despite(self) -> list[int]:
        """The ids of the likely duplicates that the page showed when “all the same” was pressed."""
        return fields.clean_ids(fields.only_value(self.data, "despite"))

    @property
    def likely_ids(self) -> str:
        """The ids of the likely duplicates that this page shows, for that button."""
        return " ".join(str(each.row.pk) for each in self.likely)

    def refuse_likely(self, refusal: LikelyDuplicate) -> None:
        """Shows the likely duplicates, of the row or of a new account that a picker names. The page links to them."""
        names: Any = self.fields
        if type(refusal.found[0].row) is not self.model:
            self.add_error(refusal.field if refusal.field in names else None, str(refusal))
            return
        self.likely = tuple(refusal.found)
        sentence = _("This is probably there already. Look at the list, or save all the same.")
        self.add_error("name" if "name" in names else None, sentence)

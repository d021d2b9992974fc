"""The form field for money."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import money
from salesflow import safe_text


class MoneyInput(forms.TextInput):
    """A text field, because a number field refuses `1 500` and hides what was typed.

    No autocomplete="off" here or elsewhere: with it the browser's Back does not bring back what was typed.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal"} | (attrs or {}))


class _MoneyBoundField(BoundField):
    """Shows below the field how a typed amount was read."""

    field: "MoneyField"

    def __init__(self, form: forms.BaseForm, field: "MoneyField", name: str) -> None:
        super().__init__(form, field, name)
        read = field.read_as(self.data) if form.is_bound else ""
        if read:
            said = gettext("Read as %(amount)s.") % {"amount": read}
            self.help_text = f"{self.help_text} {said}".strip()


class MoneyField(forms.Field):
    """An amount in the organisation's currency, read by `money.parse`. Its value is a Decimal or None."""

    widget = MoneyInput
    default_error_messages = {"too_little": _("The amount cannot be below %(least)s.")}

    def __init__(self, *, least: Decimal | int | None = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or not str(value).strip():
            return None
        try:
            return money.parse(str(value))
        except money.NotMoney as refusal:
            raise ValidationError(str(refusal), code="invalid") from refusal

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and self.least is not None and value < self.least:
            shown = money.shown(self.least)
            raise ValidationError(self.error_messages["too_little"], code="too_little", params={"least": shown})

    def prepare_value(self, value: Any) -> Any:
        """The text as typed, or the amount formatted in the reader's language."""
        if isinstance(value, (Decimal, int)):
            return money.grouped(value)
        return safe_text.unsafe_replaced(value) if isinstance(value, str) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True

    def read_as(self, typed: Any) -> str:
        """The typed amount with its currency, such as `1 500 kr`; empty if it is no amount."""
        try:
            amount = self.to_python(typed)
        except ValidationError:
            return ""
        return "" if amount is None else money.shown(amount)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return _MoneyBoundField(form, self, field_name)

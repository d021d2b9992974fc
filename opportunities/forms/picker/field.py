"""The form field that chooses an account, a contact, a competitor or a user: type a text, choose an answer.

It works without JavaScript. With JavaScript, htmx fetches answers during typing. `PickingForm` has pickers.
"""

from typing import Any, Self
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opportunities.customers import duplicates, find_or_create, merges
from opportunities.forms import fields
from opportunities.forms.picker import kinds, search
from opportunities.forms.picker.widget import PickerEntry, PickerWidget
from salesflow import folding, safe_text
from stages import gates


class PickerField(forms.Field):
    """Its value is the chosen row, an unsaved new row (`.pk` is None), or None.

    `what` is a key of `kinds.KINDS`. `queryset` limits the choice; the row chosen before stays allowed. A picker of
    contacts lists those of `account` first, or of the account chosen in `account_field`.
    """

    widget = PickerWidget
    default_error_messages = {
        "required": _("Type a name, and choose one of the answers."),
        "invalid_choice": _("This choice is not available. Choose one of the answers."),
        "unanswered": _("Choose one of the answers."),
        "unanswered_or_new": _("Choose one of the answers, or create “%(typed)s”."),
        "nameless": _("Type the name of what you want to create."),
    }

    def __init__(
        self,
        what: str,
        *,
        queryset: QuerySet[Any] | None = None,
        may_create: bool = False,
        account: int | None = None,
        account_field: str = "",
        **kwargs: Any,
    ) -> None:
        self.what = what
        self.kind = kinds.KINDS[what]
        self.queryset = queryset
        self.may_create = may_create and self.kind.may_create
        self.account = account
        self.account_field = account_field
        self.account_name = ""
        self.page = ""
        self.present: int | None = None
        self.known: dict[int, Any] = {}
        super().__init__(**kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copies the field for a form, without the rows that another form has read."""
        copied = super().__deepcopy__(memo)
        copied.known = {}
        return copied

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return _PickerBoundField(form, self, field_name)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, PickerEntry) else self.identify(value)

    def identify(self, value: Any) -> int | None:
        """The id of a value that is a row or an id. Keeps a row, to save a query."""
        if isinstance(value, Model):
            if value.pk is not None:
                self.known[value.pk] = value
            return value.pk
        return fields.clean_id(value)

    def picked(self, value: Any) -> PickerEntry:
        if isinstance(value, PickerEntry):
            return value
        present = self.identify(value)
        return PickerEntry(choice="" if present is None else str(present))

    def has_changed(self, initial: Any, data: Any) -> bool:
        picked = self.picked(data)
        if picked.choice or picked.typed:
            return picked.choice != str(self.identify(initial))
        return initial is not None and not self.disabled

    def to_python(self, value: Any) -> Model | None:
        picked = self.picked(value)
        if picked.choice == search.NEW:
            return self._new(picked)
        row = self.row(picked.choice)
        if picked.choice and row is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self._answered(picked, row)

    def row(self, choice: str) -> Any:
        """The row with a posted id, if it may be chosen or was chosen before; else None."""
        number = fields.clean_id(choice)
        if number is None:
            return None
        if number not in self.known:
            rows = self.kind.all_rows() if number == self.present else self._rows()
            found = rows.filter(pk=number).first() or self._survivor(number, rows)
            if found is None:
                return None
            self.known[number] = found
        return self.known[number]

    def _survivor(self, number: int, rows: QuerySet[Any]) -> Any:
        """The row that this one became part of, if it was merged after the page was opened."""
        survivor = merges.survivor_id(self.what, number)
        return rows.filter(pk=survivor).first() if survivor is not None else None

    def question(self, name: str, picked: PickerEntry, *, is_asked: bool) -> search.Question:
        chosen = self.row(picked.choice)
        is_open = picked.is_unanswered or (bool(picked.typed or self.account) and not picked.choice)
        return search.Question(
            kind=self.kind,
            name=name,
            typed=safe_text.unsafe_replaced(picked.typed),
            choice=picked.choice,
            chosen=chosen,
            is_asked=is_asked or is_open,
            is_optional=not self.required,
            may_create=self.may_create,
            account=self.account,
            rows=self._rows(),
            seen=picked.seen,
        )

    def address(self, name: str) -> str:
        """The address from which htmx fetches answers."""
        asked: dict[str, Any] = {"name": name, "none": int(not self.required), "create": int(self.may_create)}
        if self.present is not None:
            asked["present"] = search.signed(self.what, self.present)
        if self.account_name:
            asked["account_name"] = self.account_name
        elif self.account is not None:
            asked["account"] = self.account
        return f"{reverse('picker', args=[self.what])}?{urlencode(asked)}"

    def _rows(self) -> QuerySet[Any]:
        return self.kind.rows() if self.queryset is None else self.queryset.all()

    def _answered(self, picked: PickerEntry, row: Any) -> Any:
        """The chosen row, or the only one with exactly the typed name.

        Raises ValidationError if another text was typed and no answer to it chosen.
        """
        if not self._is_open(picked, row):
            return row
        present = self.row(str(self.present))
        if row is None and present is not None and folding.folded(str(present)) == folding.folded(picked.typed):
            return present
        offered = search.answers(self.question("", picked, is_asked=True)).choices
        named = [choice.value for choice in offered if choice.value and _is_name(choice, picked.typed)]
        if row is None and len(named) == 1:
            return self.row(named[0])
        code = "unanswered_or_new" if any(choice.is_new for choice in offered) else "unanswered"
        raise ValidationError(self.error_messages[code], code=code, params={"typed": picked.typed})

    def _is_open(self, picked: PickerEntry, row: Any) -> bool:
        if not picked.typed:
            return False
        if row is not None:
            return picked.is_unanswered and not search.is_match(row, picked.typed)
        return picked.is_unanswered or picked.asked is None or not picked.says_none

    def _new(self, picked: PickerEntry) -> Model:
        if not self.may_create:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        name = fields.LineField(required=False).clean(picked.typed)
        if not gates.is_filled(name):
            raise ValidationError(self.error_messages["nameless"], code="nameless")
        given: dict[str, Any] = {"despite": picked.seen, "account_id": self.account}
        try:
            row: Model = find_or_create.named(self.kind.model, name, page=self.page, **given)
        except duplicates.LikelyDuplicate as likely:
            raise ValidationError(str(likely), code="likely_duplicate") from likely
        return row


def _is_name(choice: search.PickerChoice, typed: str) -> bool:
    """Whether the text is the name of this row, in any case."""
    return not choice.is_new and folding.folded(choice.name) == folding.folded(typed)


class _PickerBoundField(BoundField):
    """Sets the row chosen before, and the chosen account, on the field."""

    field: PickerField

    def __init__(self, form: forms.BaseForm, field: PickerField, name: str) -> None:
        super().__init__(form, field, name)
        cached = getattr(getattr(form, "instance", None), "_state", None)
        field.identify(getattr(cached, "fields_cache", {}).get(name))
        field.present = field.identify(self.initial)
        field.page = getattr(form, "page", "")
        widget = field.widget
        widget.field, widget.label = field, self.label
        widget.is_focused = getattr(form, "is_finding", False) and form.data.get("find") == self.html_name
        if field.account_field in form.fields:
            self._use_account(form[field.account_field])

    def _use_account(self, account: BoundField) -> None:
        self.field.account_name = account.html_name
        if isinstance(account.field, PickerField):
            self.field.account = fields.clean_id(account.field.picked(account.value()).choice)

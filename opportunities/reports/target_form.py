"""The form with the targets of a person or a unit, one field for each month of a fiscal year."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from crispy_forms.layout import Div, Layout
from crispy_forms.utils import TEMPLATE_PACK
from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import formats, money, targets
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.form import EnterPresses
from opportunities.refusals import Conflict
from salesflow.users.models import Unit, User

SAVE, SPLIT, COPY = "save", "split", "copy"
"""What a button of the form does. Only the first one saves."""

LEAST = Decimal("0.01")
MONTHS_OF_A_QUARTER = 3
YEAR = "year"


class SplitHeading:
    """A layout object with the heading of the group of fields that split an amount."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        return format_html('<h2 id="split-title">{}</h2>', gettext("One amount for several months"))


class SplitButton:
    """A layout object with the button that fills in the parts of an amount."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        return format_html(
            '<button type="submit" name="what" value="{}" class="btn btn-secondary mb-3">{}</button>',
            SPLIT,
            gettext("Split evenly"),
        )


class TargetsForm(EditingForm):
    """An empty field means no target. `split_amount` is divided among months, which are saved only by Save."""

    split_amount = fields.MoneyField(label=_("Amount to split"), required=False, least=LEAST)
    split_over = forms.ChoiceField(label=_("Over"), required=False)

    def __init__(self, *args: Any, subject: User | Unit, months: Sequence[datetime.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.months = subject, months
        self.note = ""
        """What was filled in and is not saved yet."""
        self.stored = targets.amounts_of(subject, months)
        for month in months:
            self.fields[targets.field_of(month)] = fields.MoneyField(
                label=capfirst(formats.month(month)),
                required=False,
                least=LEAST,
                error_messages={"too_little": _("A target is more than 0. Leave the field empty for none.")},
            )
            self.initial[targets.field_of(month)] = self.stored.get(month)
        self.initial["version"] = targets.version_of(subject)
        cast(forms.ChoiceField, self.fields["split_over"]).choices = self._parts
        self.helper.layout = self._layout()

    def refuse_unnamed(self) -> None:
        """Raises BadRequest, too, for a post without each month once: a missing one would lose its target."""
        super().refuse_unnamed()
        if self.is_bound:
            sent = cast(QueryDict, self.data)
            if any(len(sent.getlist(targets.field_of(month))) != 1 for month in self.months):
                raise BadRequest("A month is missing or there twice.")

    def _layout(self) -> Layout:
        quarters = [
            Div(*(Div(targets.field_of(month), css_class="col-sm-4") for month in quarter), css_class="row")
            for quarter in self._quarters
        ]
        split = Div(
            Div("split_amount", css_class="col-sm-4"),
            Div("split_over", css_class="col-sm-4"),
            Div(SplitButton(), css_class="col-sm-4 d-flex align-items-end"),
            css_class="row",
        )
        return Layout(
            EnterPresses("what", SAVE),
            "version",
            "token",
            *quarters,
            Div(SplitHeading(), split, role="group", aria_labelledby="split-title"),
        )

    @property
    def _quarters(self) -> list[Sequence[datetime.date]]:
        starts = range(0, len(self.months), MONTHS_OF_A_QUARTER)
        return [self.months[at : at + MONTHS_OF_A_QUARTER] for at in starts]

    @property
    def _parts(self) -> list[tuple[str, str]]:
        """What an amount may be split over: the year, or a quarter by the first day of its first month."""
        quarters = [(each[0].isoformat(), _span(each)) for each in self._quarters]
        return [(YEAR, _span(self.months)), *quarters]

    @property
    def entries(self) -> dict[datetime.date, Decimal | None]:
        return {month: self.cleaned_data[targets.field_of(month)] for month in self.months}

    # Filling in without saving

    def fill(self, what: str) -> None:
        """Puts the parts of the split amount, or the amounts of the year before, into the fields."""
        if what == COPY:
            self._copy()
        elif self._may_split():
            self._put(targets.split(self.cleaned_data["split_amount"], self._chosen))
            self.note = gettext("The amount is split. Look at the months and save.")

    def _may_split(self) -> bool:
        self.is_valid()
        if not {"split_amount", "split_over"}.isdisjoint(self.errors):
            return False
        if self.cleaned_data["split_amount"] is None:
            self.add_error("split_amount", _("Type the amount to split."))
        return not self.errors.get("split_amount")

    @property
    def _chosen(self) -> Sequence[datetime.date]:
        chosen = self.cleaned_data.get("split_over")
        return next((each for each in self._quarters if each[0].isoformat() == chosen), self.months)

    def _copy(self) -> None:
        before = {month - relativedelta(years=1): month for month in self.months}
        found = targets.amounts_of(self.subject, before)
        self._put({before[month]: amount for month, amount in found.items()})
        filled = gettext("The targets of the year before are filled in. Look at them and save.")
        self.note = filled if found else gettext("There are no targets of the year before.")

    def _put(self, amounts: Mapping[datetime.date, Decimal]) -> None:
        data = cast(QueryDict, self.data).copy()
        for month, amount in amounts.items():
            data[self.add_prefix(targets.field_of(month))] = money.grouped(amount)
        self.data = data
        self.full_clean()

    # A conflict

    @property
    def choosable(self) -> Collection[str]:
        return [targets.field_of(month) for month in self.months]

    def saved_value(self, name: str) -> Decimal | None:
        return next((amount for month, amount in self.stored.items() if targets.field_of(month) == name), None)

    def shown_value(self, conflict: Conflict, value: Any) -> str:
        return formats.NOTHING if value is None else money.shown(value)


def _span(months: Sequence[datetime.date]) -> str:
    return f"{formats.month(months[0])} – {formats.month(months[-1])}"

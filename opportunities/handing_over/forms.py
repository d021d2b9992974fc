"""The forms of a hand-over and of an absence."""

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.handing_over import moving, work
from opportunities.models.hand_overs import KINDS
from salesflow.users.models import User, able_to_own

ALL, TICKED = "all", "ticked"


class HandOverForm(PickingForm, EditingForm):
    """To whom, and which rows. `named` has the mark of each row that the page is about."""

    taker = PickerField("seller", label=_("To whom?"))
    stays = fields.TickField(label=_("Sales team"))
    named = forms.CharField(required=False, widget=fields.SingleHiddenInput)
    creates = True

    def __init__(self, *args: Any, giver: User, pieces: list[work.WorkRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.giver = giver
        del self.fields["version"]
        self.initial.update(stays=giver.is_active, named=",".join(piece.mark for piece in pieces))
        stays = _("%(person)s stays on the sales teams") % {"person": giver}
        self.fields["stays"].widget.caption = stays
        self.helper.layout = Layout(EnterPresses("what", TICKED), "token", "named", "taker", "stays")

    @property
    def marks(self) -> list[str]:
        """The marks of the page, as posted. Raises BadRequest if one of them is none."""
        named = list(dict.fromkeys(str(self.data.get("named", "")).split(",")))
        if len(named) > work.MOST or not all(moving.is_mark(mark) for mark in named):
            raise BadRequest("named is missing or names nothing.")
        return named

    @property
    def ticked(self) -> list[str]:
        return self.data.getlist("ticked")  # type: ignore[attr-defined]

    @property
    def whole_kinds(self) -> set[str]:
        """The kinds of which all rows are chosen, on every page."""
        return set(self.data.getlist("all")) & set(KINDS) if self.is_bound else set()  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[str]:
        """The marks of the rows to hand over: all, all of a kind, or those with a tick."""
        if self.data.get("what") == ALL:
            return self.marks
        ticked, initials = set(self.ticked), {kind[0] for kind in self.whole_kinds}
        return [mark for mark in self.marks if mark in ticked or mark[0] in initials]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("taker") == self.giver:
            self.add_error("taker", _("Choose another person."))
        if not self.chosen:
            self.add_error(None, _("Tick what is to be handed over."))
        return cleaned


class AbsenceForm(PickingForm, EditingForm):
    """Who is away, on which days, and who acts for them."""

    person = PickerField("seller", label=_("Who is away?"))
    deputy = PickerField("seller", label=_("Deputy"))
    first_day = fields.DateField(label=_("First day"), error_messages={"required": _("Choose a date.")})
    last_day = fields.DateField(label=_("Last day"), error_messages={"required": _("Choose a date.")})
    creates = True

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        del self.fields["version"]
        who: Any = self.fields["person"]
        who.queryset = able_to_own(access.people_whose_absence_may_be_set(by))
        self.initial["person"] = by
        if not by.is_manager:
            del self.fields["person"]
        days = Div(Div("first_day", css_class="col-sm-6"), Div("last_day", css_class="col-sm-6"), css_class="row")
        people = [name for name in ("person", "deputy") if name in self.fields]
        self.helper.layout = Layout(EnterPresses(), "token", *people, days)

    @property
    def entries(self) -> dict[str, Any]:
        entered = {name: self.cleaned_data[name] for name in ("deputy", "first_day", "last_day")}
        return {"person": self.cleaned_data.get("person", self.by), **entered}

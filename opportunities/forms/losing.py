"""The form that closes an opportunity as lost or asks a manager to, and the manager's answer."""

import dataclasses
from typing import Any, cast

from crispy_forms.layout import Div, Layout
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.customers.models import Competitor
from opportunities.forms import fields
from opportunities.forms.closing import NOT_LISTED, REASON_LENGTH, ClosingForm, MoveForm, RowChoiceField, reasons_for
from opportunities.forms.picker import search
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.forms.picker.widget import PickerEntry
from opportunities.models import CloseRequest, Opportunity, StatusReason

MOST_RADIOS = 12
ASK, WAIVE = "ask", "waive"
WHY_WAIVED = gettext_lazy("Why are the missing steps waived?")
WRITTEN = gettext_lazy("Written into each waiver")


class MarksReasons:
    """Marks the reasons that ask for the competitor. The style sheet shows the field of the competitor by that."""

    asking: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        if str(value) in self.asking:
            option["attrs"]["data-asks-competitor"] = True
        return option


class ReasonRadios(MarksReasons, forms.RadioSelect):
    pass


class ReasonSelect(MarksReasons, forms.Select):
    pass


class ReasonRow:
    """A layout object that renders the reasons as a grid of radio buttons; as a select if there are many."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        form.rendered_fields.add("reason")
        field = form["reason"]
        is_select = isinstance(field.field.widget, forms.Select)
        return render_to_string("closing/_reasons.html", {"field": field, "is_select": is_select})


class CompetitorField(PickerField):
    """A picker of competitors. Offers those of `record` before anything is typed."""

    record: Opportunity

    def question(self, name: str, picked: PickerEntry, *, is_asked: bool) -> search.Question:
        question = super().question(name, picked, is_asked=is_asked)
        if picked.typed or not self.record.competitor_count:
            return question
        met = Competitor.objects.filter(opportunity_links__opportunity=self.record)
        return dataclasses.replace(question, is_asked=True, rows=met)


class LostForm(PickingForm, ClosingForm):
    """`asked`: a request whose answers the form begins with.

    `may_waive`: the page has the button that waives what is missing; `may_ask`: the one that asks a manager.
    """

    competitor = CompetitorField("competitor", label=gettext_lazy("Lost to"), may_create=True, required=False)
    actual_revenue = fields.MoneyField(
        label=gettext_lazy("Actual revenue"), required=False, help_text=gettext_lazy("Optional")
    )
    waive_because = fields.TextField(label=WHY_WAIVED, required=False, max_length=REASON_LENGTH, help_text=WRITTEN)

    def __init__(
        self,
        *args: Any,
        record: Opportunity,
        may_waive: bool = False,
        may_ask: bool = False,
        needs_description: bool = False,
        asked: CloseRequest | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, record=record, initial=_initial(asked), **kwargs)
        self.may_ask = may_ask
        self.fields["description"].label = _("What happened?")
        if needs_description:
            self.fields["description"].help_text = ""
        elif may_ask:
            self.fields["description"].help_text = _("Optional. Your manager reads it.")
        if not may_waive:
            del self.fields["waive_because"]
        self._add_reasons(record)
        self.order_fields(["reason", "competitor", "closed_on", "actual_revenue", "description", "waive_because"])
        main = WAIVE if may_waive else ASK if may_ask else ""
        self.helper.layout = Layout(
            EnterPresses(main, "1"),
            ReasonRow(),
            Div("competitor", css_class="lost-to"),
            Div("closed_on", "actual_revenue", css_class="form-two"),
            "description",
            *(["waive_because"] if may_waive else []),
        )

    def _add_reasons(self, record: Opportunity) -> None:
        reasons = reasons_for(Opportunity.Status.LOST)
        is_short = len(reasons) <= MOST_RADIOS
        field: Any = RowChoiceField(reasons, label=_("Why?"), message=NOT_LISTED)
        widget = ReasonRadios({"class": "form-check-input"}) if is_short else ReasonSelect({"class": "form-select"})
        widget.asking = frozenset(str(reason.pk) for reason in reasons if reason.asks_competitor)
        if not is_short:
            field.choices = [("", _("Choose…")), *field.choices]
        widget.choices = field.choices
        field.widget = widget
        self.fields["reason"] = field
        competitor = cast(CompetitorField, self.fields["competitor"])
        competitor.record, competitor.help_text = record, _only_for(reasons)

    def clean(self) -> dict[str, Any]:
        """The competitor counts only where the reason asks for one: elsewhere the page does not show it."""
        cleaned = super().clean() or self.cleaned_data
        reason = cleaned.get("reason")
        if reason is None or not reason.asks_competitor:
            self.errors.pop("competitor", None)
            cleaned["competitor"] = None
        return cleaned

    @property
    def entries(self) -> dict[str, Any]:
        """`waive_because` is None unless the button that waives was pressed. A request has no such entry."""
        entries = super().entries
        because = entries.pop("waive_because", None)
        return entries if self.asks else entries | {"waive_because": because if self.waives else None}

    @property
    def waives(self) -> bool:
        return WAIVE in self.data and "waive_because" in self.fields

    @property
    def asks(self) -> bool:
        """Whether the button was pressed that asks a manager."""
        return ASK in self.data


class AnswerRequestForm(MoveForm):
    """A manager's answer to a request to close: why the missing steps are waived, or why not."""

    waive_because = fields.TextField(label=WHY_WAIVED, required=False, max_length=REASON_LENGTH, help_text=WRITTEN)
    answer = fields.TextField(
        label=gettext_lazy("Your answer, if you decline"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Optional. The person who asked reads it."),
    )

    def __init__(self, *args: Any, asked: CloseRequest | None, waives: bool, **kwargs: Any) -> None:
        because = waiver_reason(asked) if asked else ""
        super().__init__(*args, initial={"waive_because": because}, **kwargs)
        if not waives:
            del self.fields["waive_because"]
        self.helper.layout = Layout(*self.fields)
        self._used: list[str] = list(self.fields)
        self._waives = False

    def use(self, names: list[str], *, waives: bool) -> None:
        """Names the entries of the pressed button, and says whether it waives what is missing."""
        self._used, self._waives = names, waives

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in set(self.fields) - set(self._used):
            self.errors.pop(name, None)
        return cleaned

    @property
    def entries(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self._used}

    @property
    def waives(self) -> bool:
        return self._waives

    @property
    def lists(self) -> bool:
        return True


def _initial(asked: CloseRequest | None) -> dict[str, Any]:
    if asked is None:
        return {}
    initial: dict[str, Any] = {"description": asked.description, "waive_because": waiver_reason(asked)}
    if not asked.has_answers:
        return initial
    return initial | {
        "reason": str(asked.status_reason_id),
        "competitor": asked.competitor,
        "closed_on": asked.closed_on,
        "actual_revenue": asked.actual_revenue,
    }


def waiver_reason(asked: CloseRequest) -> str:
    """The reason of the waivers that a manager is offered: “Lost to Fleetwise: they bought a package.”"""
    if asked.competitor:
        why = _("Lost to %(competitor)s") % {"competitor": asked.competitor}
    else:
        why = str(asked.status_reason or "")
    said = ": ".join(part for part in (why, asked.description.strip()) if part)
    return Truncator(said).chars(REASON_LENGTH)


def _only_for(reasons: list[StatusReason]) -> str:
    asking = [_("“%(reason)s”") % {"reason": reason.name} for reason in reasons if reason.asks_competitor]
    return _("Only for %(reasons)s.") % {"reasons": get_text_list(asking, _("and"))} if asking else ""

"""The forms that close an opportunity and reopen it: Close as Won, Close as Lost, Reopen."""

import dataclasses
import datetime
from collections.abc import Iterable
from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.db.models import Model
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.customers.models import Competitor
from opportunities.editing.refusals import Refused
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker import search
from opportunities.forms.picker.field import Picked, PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.models import Opportunity, StatusReason
from stages.models import Stage

REASON_LENGTH = 1000


class RowChoiceField(forms.TypedChoiceField):
    """Radio buttons for a few rows. Its value is the row."""

    widget = forms.RadioSelect

    def __init__(self, rows: Iterable[Model], *, message: Any, **kwargs: Any) -> None:
        by_id = {str(row.pk): row for row in rows}
        super().__init__(
            choices=[(pk, str(row)) for pk, row in by_id.items()],
            coerce=by_id.__getitem__,
            empty_value=None,
            error_messages={"required": message, "invalid_choice": message},
            **kwargs,
        )


class MoveForm(EditingForm):
    """The entries of a move. They are not merged; `rendered_for` has the version of the page."""

    version = None  # type: ignore[assignment]  # Django's way to drop a field
    token = None  # type: ignore[assignment]
    record: Opportunity

    @property
    def entries(self) -> dict[str, Any]:
        """The arguments for the function of `transitions`."""
        return dict(self.cleaned_data)

    @property
    def waives(self) -> bool:
        """Whether the button was pressed that waives the missing steps."""
        return False

    def refuse(self, refusal: Refused) -> None:
        """Adds a refusal about a field of the form to that field. The page shows any other refusal."""
        if refusal.field in self.fields:
            super().refuse(refusal)


class ClosingForm(MoveForm):
    """The base of both closings. `today` is the organisation's date."""

    closed_on = fields.DateField(label=gettext_lazy("Close date"))
    description = fields.TextField(label=gettext_lazy("Description"), required=False)

    def __init__(self, *args: Any, record: Opportunity, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.fields["closed_on"].initial = today
        self.fields["closed_on"].widget.attrs["max"] = today.isoformat()


class WonForm(ClosingForm):
    actual_revenue = fields.MoneyField(label=gettext_lazy("Actual revenue"))
    field_order = ["actual_revenue", "closed_on"]

    def __init__(self, *args: Any, record: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.fields["actual_revenue"].initial = record.estimated_revenue
        reasons = reasons_for(Opportunity.Status.WON)
        if len(reasons) > 1:
            self.fields["reason"] = reason_field(reasons, initial=str(reasons[0].pk))
            self.order_fields(["actual_revenue", "closed_on", "reason"])
        self.only_reason = reasons[0] if len(reasons) == 1 else None
        self.helper.layout = Layout(*self.fields)

    @property
    def entries(self) -> dict[str, Any]:
        return {"reason": self.only_reason} | super().entries


class CompetitorField(PickerField):
    """A picker of competitors. Offers those of `record` before anything is typed."""

    record: Opportunity

    def question(self, name: str, picked: Picked, *, is_asked: bool) -> search.Question:
        question = super().question(name, picked, is_asked=is_asked)
        if picked.typed or not self.record.competitor_count:
            return question
        met = Competitor.objects.filter(opportunity_links__opportunity=self.record)
        return dataclasses.replace(question, is_asked=True, rows=met)


class LostForm(PickingForm, ClosingForm):
    competitor = CompetitorField(
        "competitor", label=gettext_lazy("Competitor lost to"), may_create=True, required=False
    )
    actual_revenue = fields.MoneyField(label=gettext_lazy("Actual revenue"), required=False)
    waive_because = fields.TextField(
        label=gettext_lazy("Why is what is missing waived?"), required=False, max_length=REASON_LENGTH
    )

    def __init__(self, *args: Any, record: Opportunity, may_waive: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        if not may_waive:
            del self.fields["waive_because"]
        reasons = reasons_for(Opportunity.Status.LOST)
        self.fields["reason"] = reason_field(reasons)
        competitor = cast(CompetitorField, self.fields["competitor"])
        competitor.record, competitor.help_text = record, _needed_for(reasons)
        self.order_fields(["reason", "competitor", "closed_on", "description"])
        self.helper.layout = Layout(EnterPresses(), *self.fields)

    @property
    def entries(self) -> dict[str, Any]:
        """`waive_because` is None unless the button that waives was pressed."""
        entries = super().entries
        because = entries.pop("waive_because", None)
        return entries | {"waive_because": because if self.waives else None}

    @property
    def waives(self) -> bool:
        return "waive" in self.data and "waive_because" in self.fields


class ReopenForm(MoveForm):
    """`stages` are those in which it may be opened. It was closed in the last of them."""

    reason = fields.TextField(label=gettext_lazy("Why is it reopened?"), max_length=REASON_LENGTH)

    def __init__(self, *args: Any, stages: list[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_stage"] = RowChoiceField(
            stages, label=_("Open it in"), message=_("Choose one of the stages listed."), initial=str(stages[-1].pk)
        )
        self.helper.layout = Layout(*self.fields)


def reasons_for(status: Opportunity.Status) -> list[StatusReason]:
    return list(StatusReason.objects.filter(status=status, is_archived=False))


def reason_field(reasons: list[StatusReason], **kwargs: Any) -> RowChoiceField:
    return RowChoiceField(reasons, label=_("Reason"), message=_("Choose one of the reasons listed."), **kwargs)


def _needed_for(reasons: list[StatusReason]) -> str:
    asking = [_("“%(reason)s”") % {"reason": reason.name} for reason in reasons if reason.asks_competitor]
    return _("Needed for %(reasons)s.") % {"reasons": get_text_list(asking, _("and"))} if asking else ""

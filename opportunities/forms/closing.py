"""The forms that close an opportunity as won and reopen it, and what the forms of moves have in common."""

import datetime
from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.models import Opportunity, StatusReason
from opportunities.refusals import Refused
from stages.models import Stage

REASON_LENGTH = 1000
NOT_LISTED = gettext_lazy("Choose one of the reasons listed.")


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

    @property
    def lists(self) -> bool:
        """Whether the page has listed the missing steps, so that the post must say which."""
        return self.waives

    def refuse(self, refusal: Refused) -> None:
        """Adds a refusal about a field of the form to that field. The page shows any other refusal."""
        if refusal.field in self.fields:
            super().refuse(refusal)


class ClosingForm(MoveForm):
    """The base of both closings. `today` is the organisation's date."""

    closed_on = fields.DateField(label=gettext_lazy("Close date"))
    description = fields.TextField(required=False, help_text=gettext_lazy("Optional"))

    def __init__(self, *args: Any, record: Opportunity, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("closed_on", today)
        self.fields["closed_on"].widget.attrs["max"] = today.isoformat()


class WonForm(PickingForm, ClosingForm):
    """It picks nothing itself. A Find button of a missing step below it validates nothing."""

    actual_revenue = fields.MoneyField(label=gettext_lazy("Actual revenue"))

    def __init__(self, *args: Any, record: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.fields["description"].label = _("What made them choose us?")
        self.fields["actual_revenue"].initial = record.estimated_revenue
        reasons = reasons_for(Opportunity.Status.WON)
        if len(reasons) > 1:
            asked = {"label": _("Reason"), "initial": str(reasons[0].pk)}
            self.fields["reason"] = RowChoiceField(reasons, message=NOT_LISTED, **asked)
        self.only_reason = reasons[0] if len(reasons) == 1 else None
        asks_reason = ["reason"] if len(reasons) > 1 else []
        self.order_fields(["actual_revenue", "closed_on", *asks_reason])
        self.helper.layout = Layout(
            EnterPresses(), Div("actual_revenue", "closed_on", css_class="form-two"), *asks_reason, "description"
        )

    @property
    def entries(self) -> dict[str, Any]:
        return {"reason": self.only_reason} | super().entries


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

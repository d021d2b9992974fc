"""One step in the form of a stage: its label, control, evidence and waiver."""

from typing import Any

from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from opportunities import display
from opportunities.forms import offers, open_again
from opportunities.forms.fields import StepTick
from opportunities.models import Opportunity, WaiverRequest
from opportunities.progress import Progress
from stages import gates
from stages.models import Step


class StepRow:
    """A layout object that renders a step as one row of the panel."""

    def __init__(self, step: Step, record: Opportunity, progress: Progress) -> None:
        self.step = step
        self.record = record
        self.why = gates.why_unmet(step, record)
        self.is_waived = step.pk in progress.waived and self.why is not None

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        form.rendered_fields.add(self.step.field)
        return render_to_string("opportunity/_step.html", self.shown(form, context))

    def shown(self, form: Any, context: Any) -> dict[str, Any]:
        """What the templates of a step show."""
        field, waiver_request = form[self.step.field], self._waiver_request(context)
        style(field)
        return {
            "step": self.step,
            "field": field,
            "form": form,
            "record": self.record,
            "is_met": self.why is None,
            "is_tick": self.is_tick(form),
            "is_waived": self.is_waived,
            "open_again": open_again.why(self.step, self.record) if self.why is gates.UnmetReason.NO_EVIDENCE else "",
            "waiver": context.get("waivers", {}).get(self.step.pk),
            "offers": offers.of(self.step, self.record),
            "place": offers.place_of(self.step),
            "said": context.get("said"),
            "written": context.get("written"),
            "may_lead": context.get("may_lead"),
            "waiver_request": waiver_request,
            "is_own_request": waiver_request is not None and waiver_request.by_id == context.get("reader_id"),
            "step_may": {kind for kind, steps in context.get("step_moves", {}).items() if self.step.pk in steps},
            "answer_url": reverse("answer", args=[self.record.pk, self.step.pk]),
            "choice": next((row for row in form.comparisons if row.field == self.step.field), None),
            "settled": form.conflict_version if form.comparisons else None,
            "is_left": self.step.pk in context.get("left", ()),
            "put_back": self._put_back(form),
        }

    def _put_back(self, form: Any) -> str:
        """The label of the button that shows the saved answer again, where a passed gate keeps it."""
        if self.step.field not in form.needed:
            return ""
        if self.is_tick(form):
            return _("Tick it again")
        saved = Truncator(display.value(self.step.field, getattr(self.record, self.step.field))).chars(40)
        return _("Put %(value)s back") % {"value": saved}

    def is_tick(self, form: Any) -> bool:
        return isinstance(form.fields[self.step.field].widget, StepTick)

    def _waiver_request(self, context: Any) -> WaiverRequest | None:
        """The last request to waive the missing step, if it waits for an answer or was declined."""
        if self.why is None or self.is_waived:
            return None
        request: WaiverRequest | None = context.get("waiver_requests", {}).get(self.step.pk)
        outcomes = ("", WaiverRequest.Outcome.DECLINED)
        return request if request and request.outcome in outcomes else None


def style(field: forms.BoundField) -> None:
    """Sets Bootstrap's classes on the control, as crispy's templates would."""
    widget = field.field.widget
    classes = "form-select" if isinstance(widget, forms.Select) else "form-control"
    widget.attrs["class"] = f"{classes} is-invalid" if field.errors else classes

"""One step of a stage's form: its label and mark, its control, what it rests on, and who waived it."""

from dataclasses import dataclass
from typing import Any

from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from opportunities.models import Opportunity
from opportunities.standing import Standing
from stages import gates
from stages.models import Step


@dataclass(frozen=True)
class Evidence:
    """What a tick rests on, and how much of it is there."""

    name: str
    count: int
    text: str
    tab_url: str


ADDING = {
    "decision_maker": "stakeholder_add",
    "stakeholder": "stakeholder_add",
    "competitor": "competitor_add",
    "team_member": "team_member_add",
}


def evidence_of(step: Step, record: Opportunity) -> Evidence | None:
    """What to say beside the tick of a step with evidence; None for a step without."""
    if step.evidence not in ADDING:
        return None
    count, text, tab = _counted(step.evidence, record)
    return Evidence(step.evidence, count, text, f"{record.get_absolute_url()}?stage={step.stage_id}&tab={tab}#tab")


def add_url(step: Step, record: Opportunity) -> str:
    """Where more is added of what the step's tick rests on; from there one comes back to its stage."""
    role = "&role=decision_maker" if step.evidence == "decision_maker" else ""
    return f"{reverse(ADDING[step.evidence], args=[record.pk])}?stage={step.stage_id}{role}"


def _counted(evidence: str, record: Opportunity) -> tuple[int, str, str]:
    count = getattr(record, COUNTS[evidence][0])
    texts = {
        "decision_maker": ngettext("%(count)d decision maker", "%(count)d decision makers", count),
        "stakeholder": ngettext("%(count)d stakeholder", "%(count)d stakeholders", count),
        "competitor": ngettext("%(count)d competitor", "%(count)d competitors", count),
        "team_member": ngettext("%(count)d team member", "%(count)d team members", count),
    }
    return count, texts[evidence] % {"count": count}, COUNTS[evidence][1]


COUNTS = {
    "decision_maker": ("decision_maker_count", "stakeholders"),
    "stakeholder": ("stakeholder_count", "stakeholders"),
    "competitor": ("competitor_count", "competitors"),
    "team_member": ("team_count", "team"),
}


class StepRow:
    """Layout object: a step as one row of the panel."""

    def __init__(self, step: Step, record: Opportunity, standing: Standing) -> None:
        self.step = step
        self.record = record
        self.why = gates.why_unmet(step, record)
        self.is_waived = step.pk in standing.waived and self.why is not None

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        form.rendered_fields.add(self.step.field)
        field = form[self.step.field]
        style(field)
        row = {
            "step": self.step,
            "field": field,
            "form": form,
            "record": self.record,
            "is_met": self.why is None,
            "is_waived": self.is_waived,
            "is_open_again": self.why is gates.Why.NO_EVIDENCE,
            "waiver": context.get("waivers", {}).get(self.step.pk),
            "evidence": evidence_of(self.step, self.record),
            "may_lead": context.get("may_lead"),
            "may_waive": context.get("may_waive"),
        }
        return render_to_string("opportunities/_step.html", row)


def style(field: forms.BoundField) -> None:
    """Give the control Bootstrap's classes, as crispy's own templates would."""
    widget = field.field.widget
    classes = "form-select" if isinstance(widget, forms.Select) else "form-control"
    widget.attrs["class"] = f"{classes} is-invalid" if field.errors else classes

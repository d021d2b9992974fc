"""The form of one stage, with a field for each of its steps."""

import copy
from collections.abc import Callable
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from opportunities.customers import find_or_create
from opportunities.editing import answers
from opportunities.editing.answers import Answer
from opportunities.editing.children import COUNTS
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.field import PickerField
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.forms.steps import StepRow
from opportunities.models import Opportunity, Stakeholder
from opportunities.progress import Progress
from stages import gates, vocabulary
from stages.models import Stage, Step

SELL_ALONE, CONTACT_DECIDES = "sell_alone", "contact_decides"
ADD_FOR = "add_for:"  # followed by the field of a tick: saves, and opens the page that adds its evidence
NO_KNOWN_COMPETITORS = "no_known_competitors"
REASON = "reason"
TICKS = "ticks"
NOT_WRITTEN = {"version", "token", REASON, TICKS}
UNSAVED = 0  # the id of a row that is not saved yet


class StagePanelForm(PickingForm, EditingForm):
    """The steps of one stage. No field is required: a draft can always be saved, and only moves check the gate.

    A checkbox that is off sends nothing. So `ticks` names the checkboxes on the page: a tick that was added to the
    stage since then is not cleared.
    """

    record: Opportunity
    version = fields.IdField()

    def __init__(self, *args: Any, record: Opportunity, progress: Progress, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.stage = stage
        self.steps = [step for step in gates.steps_in_use(stage) if step.field in vocabulary.fields()]
        for step in self.steps:
            self._add(step, record)
        if any(step.evidence == "competitor" for step in self.steps) and not record.competitor_count:
            self.fields[NO_KNOWN_COMPETITORS] = fields.TickField(
                label=_("No known competitors"), widget=fields.TickInput(caption=_("No known competitors"))
            )
            self.initial.setdefault(NO_KNOWN_COMPETITORS, record.no_known_competitors)
        if progress.stages.index(stage) < progress.position:
            self.fields[REASON] = fields.LineField(label=_("Why go back? (optional)"), required=False)
        self.initial[TICKS] = " ".join(name for name, field in self.fields.items() if _is_tick(field))
        self.fields[TICKS] = forms.Field(required=False, widget=fields.SingleHiddenInput)
        self.helper.layout = Layout(
            EnterPresses(), "version", "token", TICKS, *(StepRow(step, record, progress) for step in self.steps)
        )

    def _add(self, step: Step, record: Opportunity) -> None:
        answer = answers.of(step.field)
        field = CONTROLS[answer.control](answer, record)
        field.label, field.help_text, field.required = step.name, step.help, False
        if _is_tick(field):
            field.widget.attrs["aria-label"] = f"{step.name}: {_('Mark complete')}"
        self.fields[step.field] = field
        self.initial.setdefault(step.field, answer.read(record))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self._extra_action == CONTACT_DECIDES and not self._contact(cleaned):
            self.add_error("contact" if "contact" in self.fields else None, _("Choose the contact first."))
        return cleaned

    def _contact(self, cleaned: dict[str, Any]) -> Any:
        """The contact chosen here, or that of the opportunity if this stage does not ask for it."""
        return cleaned.get("contact") if "contact" in self.fields else self.record.contact

    @property
    def _extra_action(self) -> str:
        """What the pressed button does besides saving."""
        return str(self.data.get("also", ""))

    @property
    def adds_for(self) -> Step | None:
        """The step whose evidence is to be added next."""
        backed = (step for step in self.steps if step.evidence in COUNTS)
        return next((step for step in backed if self._extra_action == f"{ADD_FOR}{step.field}"), None)

    def refuse_unnamed(self) -> None:
        super().refuse_unnamed()
        if self.is_bound and TICKS not in self.data:
            raise BadRequest(f"{TICKS} is missing.")

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The fields whose value the page shows beside the pressed button, and which the button acts on."""
        if self._extra_action == SELL_ALONE:
            return ("owner",)
        return ("contact",) if self._extra_action == CONTACT_DECIDES and "contact" not in self.fields else ()

    def write_to(self, record: Opportunity) -> None:
        """Sets the posted entries, inside `editing`."""
        early = self._ticked_too_early(record) if self.adds_for else set()
        for name in self._entered():
            if name not in early:
                setattr(record, name, self._saved(name, record))
        if self._extra_action == SELL_ALONE:
            record.team_members.get_or_create(user=record.owner)
        if self._extra_action == CONTACT_DECIDES:
            decides = {"role": Stakeholder.Role.DECISION_MAKER}
            record.stakeholders.update_or_create(contact=record.contact, defaults=decides)

    def _ticked_too_early(self, record: Opportunity) -> set[str]:
        """The ticks that would be refused, because their evidence is missing until it is added next."""
        trial = self.with_entries(record)
        return {step.field for step in self.steps if gates.why_unmet(step, trial) is gates.Why.NO_EVIDENCE}

    def with_entries(self, record: Opportunity) -> Opportunity:
        """A copy of the record with the valid entries, for computing the missing steps. Writes nothing."""
        trial = copy.copy(record)
        for name in self._entered():
            value = self.cleaned_data[name]
            if isinstance(value, Model):
                setattr(trial, f"{name}_id", value.pk or UNSAVED)
            else:
                setattr(trial, name, value)
        return trial

    def _entered(self) -> list[str]:
        """The fields with a valid entry. The account comes first, because a new contact needs it."""
        names = [name for name in self.fields if name not in NOT_WRITTEN and self._was_posted(name)]
        return sorted(names, key=lambda name: name != "account")

    def _was_posted(self, name: str) -> bool:
        widget = self.fields[name].widget
        omitted = widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        return not omitted and name in self.cleaned_data and self._was_shown(name)

    def _was_shown(self, name: str) -> bool:
        shown = self.cleaned_data.get(TICKS, "")
        return name in self.data or not _is_tick(self.fields[name]) or name in shown.split()

    def _saved(self, name: str, record: Opportunity) -> Any:
        """The value entered. Saves a new account or contact, in the transaction of the write."""
        value = self.cleaned_data[name]
        if isinstance(value, Model):
            return find_or_create.saved(value, account_id=record.account_id, page=self.page)
        return value


def _is_tick(field: forms.Field) -> bool:
    return isinstance(field, fields.TickField)


def _choice(answer: Answer, record: Opportunity) -> forms.Field:
    return forms.ChoiceField(choices=[("", _("Choose…")), *answer.choices])


def _contact(answer: Answer, record: Opportunity) -> forms.Field:
    return PickerField("contact", may_create=True, account=record.account_id, account_field="account")


CONTROLS: dict[str, Callable[[Answer, Opportunity], forms.Field]] = {
    "account": lambda answer, record: PickerField("account", may_create=True),
    "contact": _contact,
    "choice": _choice,
    "money": lambda answer, record: fields.MoneyField(),
    "text": lambda answer, record: fields.TextField(),
    "tick": lambda answer, record: fields.TickField(),
    "date": lambda answer, record: fields.DateField(),
}
"""The form field that asks for an answer, by its `control`."""

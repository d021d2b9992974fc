"""The form of one stage, with a field for each of its steps."""

import copy
from collections.abc import Iterable
from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opportunities.customers import find_or_create
from opportunities.customers.models import Contact
from opportunities.editing import answers, changes, stakeholders
from opportunities.editing.rules import PassedGate
from opportunities.forms import conflict_posted, controls, fields, offers
from opportunities.forms.base import EditingForm
from opportunities.forms.offers import CONTACT_DECIDES, EXPLICIT, NO_KNOWN_COMPETITORS, SELL_ALONE, Offer
from opportunities.forms.picker.form import EnterPresses, PickingForm
from opportunities.forms.steps import StepRow
from opportunities.models import Opportunity, StakeholderRole
from opportunities.progress import Progress
from opportunities.refusals import Refused
from stages import gates, vocabulary
from stages.models import Stage, Step

REASON = "reason"
TICKS = "ticks"
NOT_WRITTEN = {"version", "token", REASON, TICKS}
UNSAVED = 0  # the id of a row that is not saved yet


class StepsForm(PickingForm, EditingForm):
    """The answers to some steps of a stage. A draft is always valid, because gates apply to moves only.

    A checkbox that is off sends nothing. So `ticks` names the checkboxes on the page: a tick that was added to the
    stage since then is not cleared.
    """

    record: Opportunity
    version = fields.IdField()

    def __init__(self, *args: Any, record: Opportunity, stage: Stage, steps: Iterable[Step], **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.stage = stage
        self.steps = [step for step in steps if step.field in vocabulary.fields()]
        for step in self.steps:
            self._add(step, record)
        self.initial[TICKS] = " ".join(name for name, field in self.fields.items() if controls.is_tick(field))
        self.fields[TICKS] = forms.Field(required=False, widget=fields.SingleHiddenInput)
        self.needed: set[str] = set()  # the answers that a passed gate keeps

    @property
    def answered(self) -> list[str]:
        """The names of the fields that answer a step."""
        return [step.field for step in self.steps]

    @property
    def settled(self) -> dict[str, int]:
        """The version whose value the person has seen, by field: see `editing`."""
        return conflict_posted.settled(cast(QueryDict, self.data), self.answered)

    @property
    def seen(self) -> dict[str, Any]:
        """What the page showed, as a move that writes the entries takes it."""
        named = {"page": self.page, "relies_on": self.relies_on, "settled": self.settled}
        return {"entries_version": self.seen_version, **named}

    def _add(self, step: Step, record: Opportunity) -> None:
        answer = answers.of(step.field)
        field = controls.of(answer, record)
        field.label, field.help_text, field.required = step.name, step.help, False
        if controls.is_tick(field):
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
        contact = cleaned.get("contact") if "contact" in self.fields else self.record.contact
        return None if contact is not None and contact.is_erased else contact

    @property
    def _extra_action(self) -> str:
        """What the pressed button does besides saving; nothing if no step of the form has such a button."""
        asked = str(self.data.get("also", ""))
        explicit = {EXPLICIT.get(step.evidence) for step in self.steps if step.evidence}
        return asked if asked in explicit or asked.startswith((offers.ADD_FOR, offers.OFFER)) else ""

    @property
    def writes_next(self) -> Offer | None:
        """What a step offers to write, if its button was pressed."""
        asked = self._extra_action
        every = (offer for step in self.steps for offer in offers.of(step, self.record))
        return next((offer for offer in every if asked and offer.button == asked), None)

    def refuse_unnamed(self) -> None:
        super().refuse_unnamed()
        if self.is_bound and TICKS not in self.data:
            raise BadRequest(f"{TICKS} is missing.")
        if self.is_bound and self.data.get("also") and not self._extra_action:
            raise BadRequest("No step of the form has this button.")

    def refuse(self, refusal: Refused) -> None:
        """The refusal of a passed gate is shown at each step that it needs, if the form has them all."""
        needed = [unmet.step.field for unmet in refusal.unmet]
        if not isinstance(refusal, PassedGate) or not set(needed) <= set(self.answered):
            super().refuse(refusal)
            return
        self.missing, self.needed = refusal.unmet, set(needed)
        for name in needed:
            sentence = _("%(stage)s is passed and needs this answer.")
            self.add_error(name, sentence % {"stage": self.stage.name})

    @property
    def may_save_the_rest(self) -> bool:
        return super().may_save_the_rest and self._extra_action not in EXPLICIT.values()

    @property
    def number_of_entries(self) -> int:
        return len(self.answered)

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The fields whose value the page shows beside the pressed button, and which the button acts on."""
        if self._extra_action == SELL_ALONE:
            return ("owner",)
        return ("contact",) if self._extra_action == CONTACT_DECIDES and "contact" not in self.fields else ()

    def write_to(self, record: Opportunity) -> None:
        """Sets the posted entries, inside `editing`."""
        early = self._ticked_too_early(record) if self.writes_next else set()
        for name in self._entered():
            if name not in early:
                setattr(record, name, self._saved(name, record))
        if self._extra_action == SELL_ALONE:
            record.team_members.get_or_create(user=record.owner)
        if self._extra_action == CONTACT_DECIDES:
            contact = cast(Contact, record.contact)
            stakeholders.add_roles(record, contact=contact, roles=[StakeholderRole.DECISION_MAKER])
        if self._extra_action == NO_KNOWN_COMPETITORS:
            record.no_known_competitors = True
        for step in self.steps:
            if step.evidence and EXPLICIT.get(step.evidence) == self._extra_action:
                setattr(record, step.field, True)

    def _ticked_too_early(self, record: Opportunity) -> set[str]:
        """The ticks that would be refused, because their evidence is missing until it is written next."""
        trial = self.with_entries(record)
        return {step.field for step in self.steps if gates.why_unmet(step, trial) is gates.UnmetReason.NO_EVIDENCE}

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

    def is_saved_in(self, record: Opportunity) -> bool:
        """Whether the record has all valid entries already, because they saved themselves. False for a new row."""
        names, typed = self._entered(), self.with_entries(record)
        return not self.errors and not changes.names_of_changed(record, typed, map(answers.of, names))

    def _entered(self) -> list[str]:
        """The fields with a valid entry. The account comes first, because a new contact needs it."""
        left = NOT_WRITTEN | self.left_as_saved | {conflict.field for conflict in self.conflicts}
        names = [name for name in self.fields if name not in left and self._was_posted(name)]
        return sorted(names, key=lambda name: name != "account")

    def _was_posted(self, name: str) -> bool:
        widget = self.fields[name].widget
        omitted = widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        return not omitted and name in self.cleaned_data and self._was_shown(name)

    def _was_shown(self, name: str) -> bool:
        shown = self.cleaned_data.get(TICKS, "")
        return name in self.data or not controls.is_tick(self.fields[name]) or name in shown.split()

    def _saved(self, name: str, record: Opportunity) -> Any:
        """The value entered. Saves a new account or contact, in the transaction of the write."""
        value = self.cleaned_data[name]
        if isinstance(value, Model):
            return find_or_create.saved(value, account_id=record.account_id, page=self.page)
        return value


class AnswerForm(StepsForm):
    """The answer to one step, which is saved by itself."""

    def __init__(self, *args: Any, record: Opportunity, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, record=record, stage=step.stage, steps=[step], **kwargs)


class StagePanelForm(StepsForm):
    """The form of one stage: the answers to all its steps and, in a passed stage, why to go back there."""

    def __init__(self, *args: Any, record: Opportunity, progress: Progress, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, record=record, stage=stage, steps=gates.steps_in_use(stage), **kwargs)
        if progress.stages.index(stage) < progress.position:
            self.fields[REASON] = fields.LineField(label=_("Why go back? (optional)"), required=False)
        self.helper.layout = Layout(
            EnterPresses(), "version", "token", TICKS, *(StepRow(step, record, progress) for step in self.steps)
        )

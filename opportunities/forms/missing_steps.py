"""The steps that are missing to win, as a part of the form that closes as won."""

from collections.abc import Callable, Iterable
from typing import Any

from crispy_forms.layout import Layout
from crispy_forms.utils import TEMPLATE_PACK
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from opportunities.forms.closing import WonForm
from opportunities.forms.panel import TICKS, StepsForm
from opportunities.forms.steps import StepRow
from opportunities.models import Opportunity
from opportunities.progress import Progress
from stages import gates, vocabulary
from stages.gates import Unmet
from stages.models import Step

MOST = 3


class MissingStepsForm(StepsForm):
    """The answers to the steps that are missing to win. They are saved with the closing or not at all."""

    def __init__(self, *args: Any, record: Opportunity, progress: Progress, steps: Iterable[Step], **kwargs: Any):
        super().__init__(*args, record=record, stage=progress.active, steps=steps, **kwargs)
        rows = (MissingStepRow(step, record, progress) for step in self.steps)
        self.helper.layout = Layout("version", "token", TICKS, *rows)


class MissingStepRow(StepRow):
    """A step in the form that closes as won. It does not save itself."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        form.rendered_fields.add(self.step.field)
        shown = self.shown(form, context) | {"answer_url": ""}
        return render_to_string("closing/_missing_step.html", shown)


def to_fill(missing: list[Unmet], record: Opportunity) -> list[Step]:
    """The steps that the form asks for: none if more than three are missing, and none that lacks evidence."""
    if len(missing) > MOST:
        return []
    steps = (unmet.step for unmet in missing)
    return first_of_each_field(step for step in steps if is_askable(step) and gates.has_evidence(step, record))


def is_askable(step: Step) -> bool:
    """Whether the form can ask for the step: the closing itself has a field of the same name for some."""
    return step.field in vocabulary.fields() and step.field not in WonForm.base_fields


def posted_steps(data: QueryDict, progress: Progress, is_askable: Callable[[Step], bool] = is_askable) -> list[Step]:
    """The steps that the posted form asked for."""
    ticks = str(data.get(TICKS, "")).split()
    steps = (step for stage in progress.stages for step in gates.steps_in_use(stage) if is_askable(step))
    return first_of_each_field(
        step for step in steps if step.field in ticks or step.field in data or f"{step.field}-find" in data
    )


def first_of_each_field(steps: Iterable[Step]) -> list[Step]:
    """Steps of different stages may have the same field: one entry answers them all."""
    by_field: dict[str, Step] = {}
    for step in steps:
        by_field.setdefault(step.field, step)
    return list(by_field.values())

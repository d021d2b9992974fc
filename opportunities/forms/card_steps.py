"""The steps that a move of a card still needs, as a form on the card. They are saved, then the card moves."""

from collections.abc import Iterable
from typing import Any, Self

from crispy_forms.layout import Layout
from crispy_forms.utils import TEMPLATE_PACK
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from opportunities.forms.missing_steps import first_of_each_field, posted_steps
from opportunities.forms.panel import TICKS, StepsForm
from opportunities.forms.steps import StepRow
from opportunities.models import Opportunity
from opportunities.progress import Progress
from stages import vocabulary
from stages.gates import Unmet
from stages.models import Step

MOST = 6
"""The steps that one form asks for. If more are missing, it begins with those of the first stage that lacks any."""


class CardStepsForm(StepsForm):
    """The answers to some missing steps. As in the panel, they are saved before the move, and also without it."""

    def __init__(self, *args: Any, record: Opportunity, progress: Progress, steps: Iterable[Step], **kwargs: Any):
        ids = f"id_{record.pk}_%s"  # several cards of a page may have a form
        super().__init__(*args, record=record, stage=progress.active, steps=steps, auto_id=ids, **kwargs)
        rows = (CardStepRow(step, record, progress) for step in self.steps)
        self.helper.layout = Layout("version", "token", TICKS, *rows)

    @classmethod
    def of(cls, unmet: list[Unmet], record: Opportunity, progress: Progress) -> Self | None:
        """The form for what a move needs; None if nothing of it can be entered in a form."""
        steps = steps_to_ask(unmet)
        return cls(record=record, progress=progress, steps=steps) if steps else None

    @classmethod
    def posted(cls, data: QueryDict, record: Opportunity, progress: Progress) -> Self | None:
        """The form that was sent; None for a button without a form, which sends no version of entries."""
        steps = posted_steps(data, progress, is_askable) if "version" in data else []
        return cls(data, record=record, progress=progress, steps=steps) if steps else None


class CardStepRow(StepRow):
    """A step in the form of a card. It does not save itself."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        form.rendered_fields.add(self.step.field)
        return render_to_string("board/_step.html", self.shown(form, context))


def is_askable(step: Step) -> bool:
    return step.field in vocabulary.fields()


def steps_to_ask(unmet: list[Unmet]) -> list[Step]:
    """The steps that the form asks for: all that are missing, or else those of the first stage that lacks any."""
    first = [each for each in unmet if each.stage == unmet[0].stage]
    asked = unmet if len(unmet) <= MOST else first
    return first_of_each_field(each.step for each in asked if is_askable(each.step))

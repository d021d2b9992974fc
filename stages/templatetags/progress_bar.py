"""`{% progress_bar bar %}`: the stages of a process and the active one of a record, as links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stages.gates import Readiness
from stages.models import Stage

register = template.Library()

STATE_WORDS = {"done": _("done"), "current": _("current"), "todo": _("not started")}
CLOSED_WORDS = STATE_WORDS | {"current": _("closed here"), "todo": _("not reached")}


@dataclass(frozen=True)
class Segment:
    """A stage in the bar."""

    stage: Stage
    number: int
    state: str
    readiness: Readiness
    is_viewed: bool
    is_closed: bool
    url: str

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def state_word(self) -> str:
        return str((CLOSED_WORDS if self.is_closed else STATE_WORDS)[self.state])

    @property
    def met(self) -> int:
        return self.readiness.met

    @property
    def required(self) -> int:
        return self.readiness.required

    @property
    def waived(self) -> int:
        return self.readiness.waived


@dataclass(frozen=True)
class ProgressBar:
    """The stages in order, the active one, and the one whose panel the page shows. `address` is that of the page."""

    stages: Sequence[Stage]
    active: Stage
    viewed: Stage
    readiness: Mapping[int, Readiness]
    is_finished: bool
    is_closed: bool
    address: str

    def __iter__(self) -> Iterator[Segment]:
        position = self.stages.index(self.active)
        for number, stage in enumerate(self.stages):
            yield Segment(
                stage=stage,
                number=number + 1,
                state=self.state(number, position),
                readiness=self.readiness[stage.pk],
                is_viewed=stage == self.viewed and stage != self.active,
                is_closed=self.is_closed,
                url=f"{self.address}?stage={stage.pk}",
            )

    def state(self, number: int, position: int) -> str:
        if number == position and not (self.is_finished and self.is_closed):
            return "current"
        return "done" if number <= position else "todo"


@register.inclusion_tag("stages/progress_bar.html")
def progress_bar(bar: ProgressBar) -> dict[str, Any]:
    return {
        "bar": list(bar),
        "label": gettext("Sales process"),
        "is_finished": bar.is_finished,
        "is_closed": bar.is_closed,
    }

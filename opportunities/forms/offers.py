"""What a step offers to write at the step itself: a debrief, a presentation, an approach note.

`OFFERS` has them by the field of the step. Their forms are those of the child tables, so each has a page of its own,
too. With `?step=` a form offers to mark the step complete in the same write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.editing.child_tables import ChildTable, StoredCount
from opportunities.editing.children import ATTACHMENT, COUNTS, DEBRIEF, NOTE, PRESENTATION
from opportunities.models import Attachment, Note, Opportunity, Presentation
from stages.models import Step


@dataclass(frozen=True)
class Kind:
    """A kind of row that a step offers to write. `preset` are the first values of its form."""

    name: str
    table: ChildTable
    evidence: str
    """The evidence that counts these rows."""
    write: str | Promise
    """The label of the button while there is none."""
    again: str | Promise
    preset: Mapping[str, str]
    is_in_place: bool = True
    """Whether its form comes into the opportunity page. Files have a page of their own."""

    @property
    def count(self) -> StoredCount:
        return COUNTS[self.evidence][1]


APPROACH = Kind(
    "approach",
    NOTE,
    "approach_note",
    _("Write how you will approach them"),
    _("Write another approach note"),
    {"kind": Note.Kind.APPROACH},
)
DEBRIEF_FORM = Kind("debrief", DEBRIEF, "debrief", _("Write the debrief"), _("Change the debrief"), {})
PROPOSAL_PRESENTED = Kind(
    "presentation",
    PRESENTATION,
    "proposal_presentation",
    _("Enter when it was presented"),
    _("Enter another presentation"),
    {"kind": Presentation.Kind.PROPOSAL},
)
FINAL_PRESENTED = Kind(
    "final_presentation",
    PRESENTATION,
    "final_presentation",
    _("Enter when it was presented"),
    _("Enter another presentation"),
    {"kind": Presentation.Kind.FINAL_PROPOSAL},
)

PROPOSAL_FILE = Kind(
    "proposal_file",
    ATTACHMENT,
    "proposal_file",
    _("Upload the proposal"),
    _("Upload another proposal"),
    {"kind": Attachment.Kind.PROPOSAL},
    is_in_place=False,
)
FINAL_FILE = Kind(
    "final_proposal_file",
    ATTACHMENT,
    "final_proposal_file",
    _("Upload the final proposal"),
    _("Upload another final proposal"),
    {"kind": Attachment.Kind.FINAL_PROPOSAL},
    is_in_place=False,
)

OFFERS: Mapping[str, tuple[Kind, ...]] = {
    "proposal_developed": (APPROACH, PROPOSAL_FILE),
    "final_proposal_completed": (FINAL_FILE,),
    "proposal_presented": (PROPOSAL_PRESENTED,),
    "final_proposal_presented": (FINAL_PRESENTED,),
    "debrief_filed": (DEBRIEF_FORM,),
}


@dataclass(frozen=True)
class Offer:
    """A row that one step of one opportunity offers to write."""

    kind: Kind
    step: Step
    record: Opportunity

    @property
    def number(self) -> int:
        """How many rows of this kind there are. No query."""
        return int(getattr(self.record, self.kind.count.column))

    @property
    def label(self) -> str:
        return str(self.kind.again if self.number else self.kind.write)

    @property
    def listed(self) -> str:
        """“2 approach notes”; empty if there are none, or if the step shows the rows themselves."""
        if not self.number or not self.kind.table.has_tab:
            return ""
        return str(self.kind.count.text % {"count": self.number})

    @property
    def tab_url(self) -> str:
        return f"{self.record.get_absolute_url()}?stage={self.step.stage_id}&tab={self.kind.table.tab}#tab"

    @property
    def url(self) -> str:
        """The page with its form."""
        query = urlencode({"step": self.step.pk, **self.kind.preset})
        return f"{reverse(f'{self.kind.table.name}_add', args=[self.record.pk])}?{query}"

    @property
    def id(self) -> str:
        """The id of its button on the page, to which the focus returns."""
        return f"offer_{self.step.field}_{self.kind.name}"


def of(step: Step, record: Opportunity) -> list[Offer]:
    """What the step offers; for a closed opportunity, what that still takes."""
    kinds = OFFERS.get(step.field, ())
    return [Offer(kind, step, record) for kind in kinds if record.is_open or kind.table.is_open_when_closed]


def has_evidence(step: Step) -> bool:
    """Whether the step offers to write the evidence that it asks for."""
    return step.evidence in {kind.evidence for kind in OFFERS.get(step.field, ())}


def named(step: Step, record: Opportunity, name: Any) -> Offer | None:
    """The offer of the step with that name."""
    return next((offer for offer in of(step, record) if offer.kind.name == name), None)

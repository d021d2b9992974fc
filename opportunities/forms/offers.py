"""What a step offers to write at the step itself: its evidence, a debrief, a presentation, a file, a mail.

`of` lists the offers of a step, for the panel, for a closed opportunity, and for the button without JavaScript. The
form of an offer opens in the place below the step (`views/in_place.py`), and has a page of its own, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from opportunities import formats
from opportunities.editing.child_table import ChildTable
from opportunities.editing.children import ATTACHMENT, COUNTS, DEBRIEF, NOTE, PRESENTATION
from opportunities.models import Attachment, Note, Opportunity, Presentation
from opportunities.models.mail_templates import OF_STEPS
from stages.models import Step

SLOT = "slot_"
"""How the id of the place of a step begins; then comes the field of the step."""

ADD_FOR = "add_for:"  # and the field of a tick: saves the panel, then comes the page that adds what the tick rests on
OFFER = "offer:"  # and the field of a step and the name of the offer: saves the panel, then comes the page of the offer

SELL_ALONE, CONTACT_DECIDES, NO_KNOWN_COMPETITORS = "sell_alone", "contact_decides", "no_known_competitors"

EXPLICIT = {"team_member": SELL_ALONE, "decision_maker": CONTACT_DECIDES, "competitor": NO_KNOWN_COMPETITORS}
"""The explicit answer to a step, by the evidence that the step asks for."""


@dataclass(frozen=True)
class Offer:
    """Something that one step of one opportunity offers to write."""

    name: str
    step: Step
    label: str
    """The label of its button."""
    again: str
    """The label of its button in the place, after one was written."""
    url: str
    """The page with its form."""
    place_url: str
    """What brings the form into the place; empty for an offer that only has a page."""
    listed: str = ""
    """What is there already: “2 approach notes”; empty for nothing, or if the step shows it otherwise."""
    listed_url: str = ""
    is_button: bool = True
    """Whether it saves the panel first, where there is no JavaScript. A closed opportunity has no panel to save."""
    is_evidence: bool = False
    explicit: str = ""
    """The answer that completes the step without another row to add; empty when there is none."""

    @property
    def id(self) -> str:
        """The id of its button, to which the focus returns."""
        return f"adds_{self.step.field}" if self.is_evidence else f"offer_{self.step.field}_{self.name}"

    @property
    def button(self) -> str:
        return f"{ADD_FOR}{self.step.field}" if self.is_evidence else f"{OFFER}{self.step.field}:{self.name}"

    @property
    def place_path(self) -> str:
        """The address to which the form in the place is sent."""
        return self.place_url.partition("?")[0]

    @property
    def place(self) -> str:
        """The id of the place below the step in which its form opens."""
        return place_of(self.step)


@dataclass(frozen=True)
class Kind:
    """A kind of row that a step offers to write beside what it asks for. `preset` are the first values of its form."""

    name: str
    table: ChildTable
    evidence: str
    """The evidence that counts these rows."""
    write: str | Promise
    """The label of the button while there is none."""
    again: str | Promise
    preset: Mapping[str, str]


APPROACH = Kind(
    "approach",
    NOTE,
    "approach_note",
    gettext_lazy("Write how you will approach them"),
    gettext_lazy("Write another approach note"),
    {"kind": Note.Kind.APPROACH},
)
DEBRIEF_FORM = Kind(
    "debrief", DEBRIEF, "debrief", gettext_lazy("Write the debrief"), gettext_lazy("Change the debrief"), {}
)
PROPOSAL_PRESENTED = Kind(
    "presentation",
    PRESENTATION,
    "proposal_presentation",
    gettext_lazy("Enter when it was presented"),
    gettext_lazy("Enter another presentation"),
    {"kind": Presentation.Kind.PROPOSAL},
)
FINAL_PRESENTED = Kind(
    "final_presentation",
    PRESENTATION,
    "final_presentation",
    gettext_lazy("Enter when it was presented"),
    gettext_lazy("Enter another presentation"),
    {"kind": Presentation.Kind.FINAL_PROPOSAL},
)
PROPOSAL_FILE = Kind(
    "proposal_file",
    ATTACHMENT,
    "proposal_file",
    gettext_lazy("Upload the proposal"),
    gettext_lazy("Upload another proposal"),
    {"kind": Attachment.Kind.PROPOSAL},
)
FINAL_FILE = Kind(
    "final_proposal_file",
    ATTACHMENT,
    "final_proposal_file",
    gettext_lazy("Upload the final proposal"),
    gettext_lazy("Upload another final proposal"),
    {"kind": Attachment.Kind.FINAL_PROPOSAL},
)

KINDS: Mapping[str, tuple[Kind, ...]] = {
    "proposal_developed": (APPROACH, PROPOSAL_FILE),
    "final_proposal_completed": (FINAL_FILE,),
    "proposal_presented": (PROPOSAL_PRESENTED,),
    "final_proposal_presented": (FINAL_PRESENTED,),
    "debrief_filed": (DEBRIEF_FORM,),
}
"""The kinds of rows that a step offers to write, by its field."""


def of(step: Step, record: Opportunity) -> list[Offer]:
    """What the step offers; for a closed opportunity, what that still takes. No query."""
    return [*evidence(step, record), *_rows(step, record), *_mail(step, record)]


def place_of(step: Step) -> str:
    """The id of the place below the step in which its forms open."""
    return f"{SLOT}{step.field}"


def evidence(step: Step, record: Opportunity) -> list[Offer]:
    """The rows that the tick of the step rests on; none if a kind of the step writes them."""
    written = {kind.evidence for kind in KINDS.get(step.field, ())}
    if step.evidence not in COUNTS or step.evidence in written or not record.is_open:
        return []
    table, count = COUNTS[step.evidence]
    number, is_in_place = getattr(record, count.column), not table.has_files
    explicit = "" if number else EXPLICIT.get(step.evidence, "")
    if explicit == CONTACT_DECIDES and record.contact is not None and record.contact.is_erased:
        explicit = ""
    are_none = step.evidence == "competitor" and record.no_known_competitors
    none = _("No known competitors.") if are_none else _("None yet")
    return [
        Offer(
            "evidence",
            step,
            _("Add another") if number else str(table.says.add_title),
            _("Add another"),
            add_url(step, record),
            reverse("add_evidence", args=[record.pk, step.pk]) if is_in_place else "",
            listed=str(count.text % {"count": number}) if number else none,
            listed_url=_tab_url(table, step, record) if number else "",
            is_evidence=True,
            explicit="" if are_none and getattr(record, step.field) else explicit,
        )
    ]


def add_url(step: Step, record: Opportunity) -> str:
    """The page that adds evidence for the step. It leads back to the stage."""
    table, count = COUNTS[step.evidence]
    preset = {name: value for name, value in count.where.items() if name in table.entered}
    return _page(table, record, stage=step.stage_id, **preset)


def _rows(step: Step, record: Opportunity) -> list[Offer]:
    """The rows that the step offers to write beside what it asks for."""
    kinds = KINDS.get(step.field, ())
    return [_row(kind, step, record) for kind in kinds if record.is_open or kind.table.is_open_when_closed]


def _row(kind: Kind, step: Step, record: Opportunity) -> Offer:
    count, url = COUNTS[kind.evidence][1], _page(kind.table, record, step=step.pk, **kind.preset)
    number, has_list = int(getattr(record, count.column)), kind.table.has_tab
    return Offer(
        kind.name,
        step,
        str(kind.again if number else kind.write),
        str(kind.again),
        url,
        "" if kind.table.has_files else url,
        listed=str(count.text % {"count": number}) if number and has_list else "",
        listed_url=_tab_url(kind.table, step, record) if number else "",
        is_button=record.is_open,
    )


def _mail(step: Step, record: Opportunity) -> list[Offer]:
    """The mail that the step asks for. A closed opportunity takes it, too."""
    if step.field not in OF_STEPS:
        return []
    url = reverse("mail_write_for", args=[record.pk, step.pk])
    label, again = pgettext("mail", "Write it"), pgettext("mail", "Write another")
    last_at = getattr(record, "last_mail_at", None)
    if not last_at:
        return [Offer("mail", step, label, again, url, url, is_button=False)]
    said = {"person": getattr(record, "last_mail_to", ""), "ago": formats.ago(last_at)}
    listed, timeline = _("Mail to %(person)s, %(ago)s") % said, f"?stage={step.stage_id}&tab=timeline#tab"
    return [
        Offer("mail", step, again, again, url, url, listed, f"{record.get_absolute_url()}{timeline}", is_button=False)
    ]


def _page(table: ChildTable, record: Opportunity, **query: object) -> str:
    return f"{reverse(f'{table.name}_add', args=[record.pk])}?{urlencode(query)}"


def _tab_url(table: ChildTable, step: Step, record: Opportunity) -> str:
    """The tab with the rows; empty for rows that the step itself shows."""
    return f"{record.get_absolute_url()}?stage={step.stage_id}&tab={table.tab}#tab" if table.has_tab else ""

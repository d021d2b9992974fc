"""A page of an opportunity as a user opened it, and the ids of the rows that it shows."""

import copy
from dataclasses import dataclass, field

from opportunities.models import Opportunity
from salesflow import once
from tests.support.machine.expected import OpportunityOnPages


@dataclass
class Page:
    """A page of the opportunity, perhaps out of date. `rows`: the ids of the child rows, by table and subject.

    `written` has what answers of this page saved by themselves, by person and field: for them that is no change of
    others.
    """

    opportunity: OpportunityOnPages
    rows: dict
    files: dict = field(default_factory=dict)  # the ids of the versions of files, by key
    presentations: dict = field(default_factory=dict)  # the ids, by key
    notes: dict = field(default_factory=dict)  # the ids, by key
    tasks: dict = field(default_factory=dict)  # the ids, by key
    debrief: int | None = None  # the id
    written: dict = field(default_factory=dict)
    token: str = field(default_factory=once.new_token)

    def note_written(self, who, before, after):
        changed = (name for name in after.values if after.values[name] != before.values[name])
        self.written |= {(who, name): after.values[name] for name in changed}


@dataclass
class SeenOnPage:
    """What a page shows to this person: as it was opened, with the answers that it saved since."""

    page: Page
    who: str

    def get(self, name):
        return self.page.written.get((self.who, name), self.page.opportunity.get(name))


def page_of(opportunity, rows, pk):
    """The page as it is now. `rows`: the ids that `assert_equal` returned."""
    ids = {
        relation: getattr(Opportunity(pk=pk), relation).order_by("pk").values_list("pk", flat=True)
        for relation in ("attachments", "presentations", "debriefs", "notes", "tasks")
    }
    return Page(
        copy.deepcopy(opportunity),
        rows,
        files={each.key: pk for each, pk in zip(opportunity.files, ids["attachments"], strict=True)},
        presentations={each.key: pk for each, pk in zip(opportunity.presentations, ids["presentations"], strict=True)},
        notes={each.key: pk for each, pk in zip(opportunity.notes, ids["notes"], strict=True)},
        tasks={each.key: pk for each, pk in zip(opportunity.tasks, ids["tasks"], strict=True)},
        debrief=ids["debriefs"].first(),
    )

"""The child tables that people edit, each with its forms and what its tab shows."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from opportunities.activities.attachments import add_versions
from opportunities.activities.notes import add_earlier
from opportunities.editing.child_table import ChildTable
from opportunities.editing.children import (
    ATTACHMENT,
    COMPETITOR,
    DEBRIEF,
    NOTE,
    PRESENTATION,
    STAKEHOLDER,
    TASK,
    TEAM_MEMBER,
)
from opportunities.forms import attachments, competitors, debriefs, notes, presentations, stakeholders, tasks, team
from opportunities.forms.children import ChangeForm, ChildForm, RemoveForm
from opportunities.models import Opportunity
from opportunities.models.attachments import NEWEST_FIRST
from opportunities.models.notes import PINNED_FIRST
from opportunities.models.tasks import OPEN_FIRST
from opportunities.views.other_opportunities import with_others
from salesflow.users.models import User


@dataclass(frozen=True)
class ChildPages:
    """A child table and its forms."""

    table: ChildTable
    add_form: type[ChildForm]
    change_form: type[ChangeForm]
    order: tuple[Any, ...] = ()
    """The order of a list of the rows. Empty: by age."""
    listed_if: Mapping[str, Any] = field(default_factory=dict)
    """A list shows only the rows with these values."""
    remove_form: type[RemoveForm] = RemoveForm
    begins_today: str = ""
    """The date in the form of a new row that is today at first."""
    add_to: Callable[[Opportunity, list[Any]], None] | None = None
    """Adds to the rows of a list what only the tab shows. It makes a fixed number of queries."""

    counted: str = ""
    """The attribute with the number of listed rows, of an opportunity from `opportunity_for`. Empty: a list counts."""

    annotated: Callable[[QuerySet[Any], User], QuerySet[Any]] | None = None
    """Adds to the query of a list what only the tab shows to this reader."""

    def first_values(self, today: datetime.date) -> dict[str, Any]:
        """What the form of a new row has at first. `today` is the organisation's date."""
        return {self.begins_today: today} if self.begins_today else {}

    def rows(self, opportunity: Opportunity) -> QuerySet[Any]:
        """The rows of the opportunity in order, with the relations that a list needs."""
        table = self.table
        rows: QuerySet[Any] = getattr(opportunity, table.relation).select_related(table.listed_with, *table.read_along)
        return rows.order_by(*self.order) if self.order else rows


PAGES = {
    pages.table.name: pages
    for pages in (
        ChildPages(
            STAKEHOLDER,
            stakeholders.StakeholderAddForm,
            stakeholders.StakeholderForm,
            counted="stakeholder_count",
            annotated=with_others,
        ),
        ChildPages(COMPETITOR, competitors.CompetitorAddForm, competitors.CompetitorForm, counted="competitor_count"),
        ChildPages(TEAM_MEMBER, team.TeamMemberAddForm, team.TeamMemberForm, counted="team_count"),
        ChildPages(
            NOTE, notes.NoteAddForm, notes.NoteForm, order=PINNED_FIRST, counted="note_count", add_to=add_earlier
        ),
        ChildPages(TASK, tasks.TaskAddForm, tasks.TaskForm, order=OPEN_FIRST),
        ChildPages(DEBRIEF, debriefs.DebriefAddForm, debriefs.DebriefForm),
        ChildPages(
            PRESENTATION,
            presentations.PresentationAddForm,
            presentations.PresentationForm,
            begins_today="held_on",
        ),
        ChildPages(
            ATTACHMENT,
            attachments.UploadForm,
            attachments.AttachmentForm,
            counted="file_count",
            order=NEWEST_FIRST,
            listed_if={"is_latest": True},
            remove_form=attachments.AttachmentRemoveForm,
            add_to=add_versions,
        ),
    )
}
"""The pages by the name of the table. Their addresses are `<name>_add`, `<name>_edit` and `<name>_remove`."""

"""The child tables of what people write about an opportunity and plan for it: entries of the registry `children`."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from opportunities.editing.child_table import ChildTable, ChildTexts, StoredCount
from opportunities.models import Attachment, Debrief, Note, Presentation, Task

NOTE = ChildTable(
    model=Note,
    relation="notes",
    name="note",
    logged=("kind", "text", "is_pinned", "created_at", "created_by"),
    filled=("created_at", "created_by"),
    counts=(
        StoredCount(
            evidence="general_note",
            column="general_note_count",
            text=ngettext_lazy("%(count)d general note", "%(count)d general notes", "count"),
            where={"kind": Note.Kind.GENERAL},
        ),
        StoredCount(
            evidence="approach_note",
            column="approach_note_count",
            text=ngettext_lazy("%(count)d approach note", "%(count)d approach notes", "count"),
            where={"kind": Note.Kind.APPROACH},
        ),
        StoredCount(
            evidence="meeting_note",
            column="meeting_note_count",
            text=ngettext_lazy("%(count)d meeting note", "%(count)d meeting notes", "count"),
            where={"kind": Note.Kind.MEETING},
        ),
        StoredCount(
            evidence="debrief_note",
            column="debrief_note_count",
            text=ngettext_lazy("%(count)d debrief note", "%(count)d debrief notes", "count"),
            where={"kind": Note.Kind.DEBRIEF},
        ),
    ),
    listed_with="created_by",
    tab="notes",
    is_edited=True,
    is_open_when_closed=True,
    says=ChildTexts(
        title=_("Notes"),
        is_telling=True,
        added=_("Added a note (%(kind)s)"),
        removed=_("Removed a note (%(kind)s)"),
        add_title=_("Write a note"),
        add_button=_("Add note"),
        removal=_("The note will no longer be listed. The timeline keeps its text."),
        none_yet=_("None yet. What should others know about this opportunity?"),
        add_hint=_("Everyone who can see the opportunity can read its notes."),
        was_added=_("Note added."),
        was_removed=_("Note removed."),
        bodies=("text",),
        referred_to=_("the note “%(name)s”"),
        rewritten=_("Changed the note “%(name)s”"),
        ticked={"is_pinned": (_("Pinned the note “%(name)s”"), _("Unpinned the note “%(name)s”"))},
    ),
)

TASK = ChildTable(
    model=Task,
    relation="tasks",
    name="task",
    logged=("text", "due", "time", "owner", "created_at", "created_by", "done_at", "done_by", "dropped_at"),
    filled=("created_at", "created_by", "done_at", "done_by", "dropped_at"),
    autocompleted=("owner",),
    counts=(
        StoredCount(
            evidence="task",
            column="task_count",
            text=ngettext_lazy("%(count)d task", "%(count)d tasks", "count"),
            where={"dropped_at": None},
            is_kept_when_closed=True,
        ),
    ),
    listed_with="owner",
    tab="tasks",
    is_edited=True,
    says=ChildTexts(
        title=_("Tasks"),
        added=_("Set the next step to “%(name)s”"),
        removed=_("Removed the task “%(name)s”"),
        add_title=_("Add a task"),
        add_button=_("Add task"),
        removal=_("“%(name)s” will no longer be planned. If it is done, mark it as done instead."),
        none_yet=_("Nothing planned. What happens next?"),
        add_hint=_("The first open task is the next step."),
        ended={
            "done_at": _("Completed “%(name)s”"),
            "dropped_at": _("Dropped “%(name)s” with the deal"),
        },
    ),
)

DEBRIEF = ChildTable(
    model=Debrief,
    relation="debriefs",
    name="debrief",
    logged=("went_well", "went_badly", "why", "competitor", "price_gap", "created_at", "created_by"),
    filled=("created_at", "created_by"),
    autocompleted=("competitor",),
    counts=(
        StoredCount(
            evidence="debrief",
            column="debrief_count",
            text=ngettext_lazy("%(count)d debrief", "%(count)d debriefs", "count"),
        ),
    ),
    listed_with="created_by",
    tab="debrief",
    has_tab=False,
    is_edited=True,
    is_single=True,
    is_open_when_closed=True,
    says=ChildTexts(
        title=_("Debrief"),
        is_telling=True,
        added=_("Filed the debrief"),
        removed=_("Removed the debrief"),
        add_title=_("Write the debrief"),
        add_button=_("Save"),
        removal=_("The debrief will no longer be shown, and reports will not count it. The timeline keeps its texts."),
        none_yet=_("No debrief yet. What did you learn?"),
        add_hint=_("Everyone who can see the opportunity can read it. Write at least one of the three answers."),
        was_added=_("Debrief filed."),
        was_removed=_("Debrief removed."),
        bodies=("went_well", "went_badly", "why"),
        referred_to=_("the debrief"),
        rewritten=_("Changed the debrief"),
    ),
)

PRESENTATION = ChildTable(
    model=Presentation,
    relation="presentations",
    name="presentation",
    logged=("kind", "held_on", "held_at", "attendees", "file", "created_at", "created_by"),
    filled=("attendees", "created_at", "created_by"),
    counts=(
        StoredCount(
            evidence="proposal_presentation",
            column="proposal_presentation_count",
            text=ngettext_lazy("%(count)d presentation", "%(count)d presentations", "count"),
            where={"kind": Presentation.Kind.PROPOSAL},
        ),
        StoredCount(
            evidence="final_presentation",
            column="final_presentation_count",
            text=ngettext_lazy("%(count)d presentation", "%(count)d presentations", "count"),
            where={"kind": Presentation.Kind.FINAL_PROPOSAL},
        ),
    ),
    listed_with="created_by",
    tab="presentations",
    has_tab=False,
    is_edited=True,
    says=ChildTexts(
        title=_("Presentations"),
        is_telling=True,
        added=_("Entered a presentation"),
        removed=_("Removed the presentation of %(held_on)s"),
        add_title=_("Enter a presentation"),
        add_button=_("Save"),
        removal=_("The presentation will no longer be shown at its step. The timeline keeps it."),
        none_yet=_("Not presented yet."),
        was_added=_("Presentation saved."),
        was_removed=_("Presentation removed."),
        referred_to=_("the presentation"),
    ),
)

OF_THE_FILE = ("number", "is_latest", "size", "content_type")
OF_MACHINES = ("series", "sha256", "storage_name")

ATTACHMENT = ChildTable(
    model=Attachment,
    relation="attachments",
    name="attachment",
    logged=("name", "kind", *OF_THE_FILE, *OF_MACHINES, "created_at", "created_by"),
    filled=(*OF_THE_FILE, *OF_MACHINES, "created_at", "created_by"),
    hidden=OF_MACHINES,
    counts=(
        StoredCount(
            evidence="proposal_file",
            column="proposal_file_count",
            text=ngettext_lazy("%(count)d proposal", "%(count)d proposals", "count"),
            where={"kind": Attachment.Kind.PROPOSAL, "is_latest": True},
        ),
        StoredCount(
            evidence="final_proposal_file",
            column="final_proposal_file_count",
            text=ngettext_lazy("%(count)d final proposal", "%(count)d final proposals", "count"),
            where={"kind": Attachment.Kind.FINAL_PROPOSAL, "is_latest": True},
        ),
        StoredCount(
            evidence="debrief_file",
            column="debrief_file_count",
            text=ngettext_lazy("%(count)d debrief file", "%(count)d debrief files", "count"),
            where={"kind": Attachment.Kind.DEBRIEF, "is_latest": True},
        ),
        StoredCount(
            evidence="quote_file",
            column="quote_file_count",
            text=ngettext_lazy("%(count)d quote", "%(count)d quotes", "count"),
            where={"kind": Attachment.Kind.QUOTE, "is_latest": True},
        ),
        StoredCount(
            evidence="other_file",
            column="other_file_count",
            text=ngettext_lazy("%(count)d other file", "%(count)d other files", "count"),
            where={"kind": Attachment.Kind.OTHER, "is_latest": True},
        ),
    ),
    listed_with="created_by",
    tab="files",
    is_edited=True,
    is_open_when_closed=True,
    has_files=True,
    says=ChildTexts(
        title=_("Files"),
        is_telling=True,
        added=_("Uploaded the file “%(name)s” (%(kind)s)"),
        added_again=_("Uploaded version %(number)s of the file “%(name)s” (%(kind)s)"),
        removed=_("Removed the file “%(name)s” (%(kind)s)"),
        removed_again=_("Removed version %(number)s of the file “%(name)s” (%(kind)s)"),
        add_title=_("Upload files"),
        add_button=pgettext_lazy("button", "Upload"),
        removal=_("“%(name)s” can no longer be downloaded. The timeline keeps its name and size."),
        none_yet=_("None yet. Which proposals, quotes and other documents belong here?"),
        add_hint=_("Everyone who can see the opportunity can download its files."),
        was_removed=_("File removed."),
        referred_to=_("the file “%(name)s”"),
        renamed={"name": _("Renamed the file “%(old)s” to “%(new)s”")},
    ),
)

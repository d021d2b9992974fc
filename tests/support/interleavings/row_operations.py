"""The operations on one row of an opportunity. A note, a debrief and a file are open when it is closed, too."""

from contextlib import contextmanager

from opportunities import transitions
from opportunities.editing import attachments, debriefs, editing, notes, presentations, tasks
from opportunities.models import (
    OpportunityCompetitor,
)
from tests.support.factories import TODAY
from tests.support.interleavings.opened_page import person
from tests.support.interleavings.operations import file_of


@contextmanager
def row_of(page, at, rows, pk, by="member", closed="refuse"):
    """A row for a write with the version of the page."""
    with editing(page.opportunity, by=person(by), at=at, version=page.version, closed=closed) as record:
        found = getattr(record, rows).filter(pk=pk).first()
        if found is None:
            raise transitions.Gone("It is not on this opportunity any more.")
        yield found


def change_the_note(page, at):
    with row_of(page, at, "notes", page.note, closed="allow") as note:
        notes.change(note, text="They decide in May.")


def pin_the_note(page, at):
    with row_of(page, at, "notes", page.note, by="owner", closed="allow") as note:
        notes.change(note, is_pinned=True)


def remove_the_note(page, at):
    with row_of(page, at, "notes", page.note, by="owner", closed="allow") as note:
        note.delete()


def change_the_debrief(page, at):
    with row_of(page, at, "debriefs", page.debrief, closed="allow") as debrief:
        debriefs.change(debrief, went_well="They listened.")


def remove_the_debrief(page, at):
    with row_of(page, at, "debriefs", page.debrief, by="owner", closed="allow") as debrief:
        debrief.delete()


def rename_the_file(page, at):
    with row_of(page, at, "attachments", page.file, closed="allow") as file:
        attachments.change(file, name="Final offer.pdf")


def remove_the_file(page, at):
    """Refused while a presentation names it. `Sweep` puts its content back."""
    with row_of(page, at, "attachments", page.file, by="owner", closed="allow") as file:
        attachments.remove(file)


def change_the_presentation(page, at):
    """It is of the file now."""
    with row_of(page, at, "presentations", page.presentation) as presentation:
        presentations.change(presentation, file=file_of(page))


def remove_the_presentation(page, at):
    with row_of(page, at, "presentations", page.presentation, by="owner") as presentation:
        presentation.delete()


def plan_a_task(page, at):
    """A closing drops it, too."""
    with page.edit("member", at) as record:
        tasks.plan(record, text="Send the offer", due=TODAY)


def remove_the_task(page, at):
    with row_of(page, at, "tasks", page.task, by="owner") as task:
        task.delete()


def change_the_stakeholder(page, at):
    with row_of(page, at, "stakeholders", page.decision_maker) as stakeholder:
        stakeholder.attitude, stakeholder.note = "supporter", "Likes it."
        stakeholder.save()


def set_the_threat(page, at):
    with row_of(page, at, "competitor_links", page.competitor) as competitor:
        competitor.threat = OpportunityCompetitor.Threat.HIGH
        competitor.save()

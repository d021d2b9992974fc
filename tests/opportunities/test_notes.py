"""Notes of an opportunity: the rules, as functions of the domain."""

import pytest

from opportunities import transitions
from opportunities.activities.notes import add_earlier
from opportunities.activities.sources import events_of
from opportunities.activities.timeline import entries
from opportunities.editing import deletion, derived, editing, notes
from opportunities.models import Event, Note, Opportunity, UnguardedWrite
from opportunities.models.notes import PINNED_FIRST
from opportunities.verify import run
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.db_assertions import refused, rows_of, unchanged
from tests.support.factories import DAY, HOUR, NOW, OpportunityFactory, change_row, reread, write_note

pytestmark = pytest.mark.django_db

KEPT = {"version", "modified_at"}
"""The columns of an opportunity that every write changes."""


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def faults():
    """The faults that `verify` finds. What the process asks for since a stage was passed is none."""
    return [fault for fault in run.faults() if not fault.is_stricter_later]


def changed_columns(before, opportunity):
    now = Opportunity.objects.filter(pk=opportunity.pk).values().get()
    return {name for name in now if now[name] != before[name]}


def columns_of(opportunity):
    return Opportunity.objects.filter(pk=opportunity.pk).values().get()


def on_closed(note, by, act):
    """Runs an act on a note inside a block that takes a closed opportunity."""
    with editing(reread(note.opportunity), by=by, at=NOW + DAY, closed="allow"):
        act(Note.objects.get(pk=note.pk))


# Writing


def test_a_note_says_who_wrote_it_and_when(opportunity, rep, manager):
    note = write_note(opportunity, by=manager, at=NOW + HOUR, text="They decide in March.", kind="meeting")

    assert (note.created_by, note.created_at) == (manager, NOW + HOUR)
    assert (note.text, note.kind, note.is_pinned) == ("They decide in March.", "meeting", False)
    assert faults() == []


def test_changing_a_note_keeps_its_author(opportunity, manager):
    note = write_note(opportunity)

    change_row(note, by=manager, at=NOW + DAY, text="They decide in April.")

    changed = Note.objects.get()
    assert (changed.text, changed.created_by, changed.created_at) == ("They decide in April.", opportunity.owner, NOW)
    assert faults() == []


def test_pinned_notes_come_first_and_then_the_newest(opportunity):
    for number, is_pinned in enumerate([False, True, False, True]):
        write_note(opportunity, text=str(number), is_pinned=is_pinned, at=NOW + number * HOUR)

    assert [note.text for note in opportunity.notes.order_by(*PINNED_FIRST)] == ["3", "1", "2", "0"]


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "x" * 4001, "Call\u202ethem", "\x00"])
def test_a_text_that_is_empty_too_long_or_misleads_is_refused(opportunity, text):
    with refused(transitions.InvalidEntry) as caught:
        write_note(opportunity, text=text)

    assert list(caught.value.errors) == ["text"]


def test_an_unknown_kind_is_refused(opportunity):
    with refused(transitions.InvalidEntry) as caught:
        write_note(opportunity, kind="secret")

    assert list(caught.value.errors) == ["kind"]


def test_a_note_is_not_written_outside_editing(opportunity):
    with refused(UnguardedWrite):
        Note(opportunity=opportunity, text="Hi", created_at=NOW, created_by=opportunity.owner).save()


def test_a_colleague_who_does_not_see_the_opportunity_writes_nothing(opportunity, colleague):
    with refused(transitions.NotAllowed):
        write_note(opportunity, by=colleague)


def test_writing_nothing_new_writes_nothing(opportunity):
    note = write_note(opportunity)

    with unchanged():
        change_row(note, text=note.text, is_pinned=False)


def test_deleting_an_opportunity_deletes_its_notes(opportunity):
    root = factories.UserFactory(is_superuser=True, role=SALES_MANAGER)
    write_note(opportunity)

    deletion.delete(opportunity=opportunity, by=root, at=NOW)

    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Short\nand more", "Short"),
        ("\n  \nSecond line", "Second line"),
        ("x" * 61, f"{'x' * 59}…"),
    ],
)
def test_a_note_is_named_by_the_beginning_of_its_first_line(text, name):
    assert str(Note(text=text)) == name


# On a closed opportunity


@pytest.fixture(params=["won", "lost", "lost early"])
def closed(request, rep, manager):
    """A closed opportunity with a note, whose process asks for more since it was closed."""
    if request.param == "lost early":
        opportunity = factories.opportunity_in(factories.DEVELOP, owner=rep)
        factories.lose(opportunity, by=manager, waive_because="They do not answer.")
    else:
        make = factories.won_opportunity if request.param == "won" else factories.lost_opportunity
        opportunity = make(owner=rep)
    write_note(opportunity, text="They called.", at=NOW + HOUR)
    factories.change_step("proposal_developed", required=True)
    factories.change_step("customer_need", required=False)
    return reread(opportunity)


ACTS = {
    "changed": lambda note: notes.change(note, text="They wrote."),
    "pinned": lambda note: notes.change(note, is_pinned=True),
    "removed": lambda note: note.delete(),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_note_of_a_closed_opportunity_is_changed_and_nothing_else(closed, manager, act):
    before, visits = columns_of(closed), rows_of(closed.visits.model)
    closings, instances = rows_of(closed.closings.model), rows_of(closed.instances.model)

    on_closed(closed.notes.get(), manager, ACTS[act])

    assert changed_columns(before, closed) - {"general_note_count", "debrief_note_count"} == KEPT
    assert rows_of(closed.visits.model) == visits
    assert (rows_of(closed.closings.model), rows_of(closed.instances.model)) == (closings, instances)
    assert closed.events.first().kind == Event.Kind.EDITED
    assert faults() == []


def test_a_note_is_added_to_a_closed_opportunity_and_nothing_else_changes(closed, manager):
    before = columns_of(closed)

    write_note(closed, by=manager, at=NOW + DAY, kind="debrief")

    assert changed_columns(before, closed) - {"general_note_count", "debrief_note_count"} == KEPT
    assert closed.notes.count() == 2
    assert faults() == []


def test_a_closed_opportunity_keeps_the_columns_of_its_gate_although_the_process_asks_for_more(rep):
    opportunity = factories.won_opportunity(owner=rep)
    before = {name: getattr(opportunity, name) for name in derived.GATE_COLUMNS}
    factories.change_step("proposal_developed", required=True)
    factories.add_step(factories.stage(factories.CLOSE), "description")

    write_note(opportunity, at=NOW + DAY)

    assert {name: getattr(reread(opportunity), name) for name in derived.GATE_COLUMNS} == before


def test_a_note_of_an_open_opportunity_leaves_its_gate_as_it_is(rep):
    opportunity = factories.ready_opportunity(factories.DEVELOP, owner=rep)
    before = columns_of(opportunity)

    write_note(opportunity, at=NOW + DAY)

    assert changed_columns(before, opportunity) == KEPT | {"general_note_count"}


# Two at once


def test_two_people_who_change_the_text_and_the_pin_are_merged(opportunity, rep, manager):
    note, version = write_note(opportunity), reread(opportunity).version
    change_row(note, by=manager, is_pinned=True)

    with editing(opportunity, by=rep, at=NOW + HOUR, version=version):
        fresh = Note.objects.get()
        fresh.text, fresh.is_pinned = "They decide in April.", False
        fresh.save()

    assert (Note.objects.get().text, Note.objects.get().is_pinned) == ("They decide in April.", True)
    assert faults() == []


def test_two_people_who_change_the_text_differently_are_told(opportunity, rep, manager):
    note, version = write_note(opportunity), reread(opportunity).version
    change_row(note, by=manager, text="They decide in April.")

    with (
        refused(transitions.StaleVersion, "Ingrid Dahl changed “text” while you were editing"),
        editing(opportunity, by=rep, at=NOW + HOUR, version=version),
    ):
        notes.change(Note.objects.get(), text="They decide in May.")


def test_a_note_that_another_person_changed_is_not_removed_unseen(opportunity, rep, manager):
    note, version = write_note(opportunity), reread(opportunity).version
    change_row(note, by=manager, text="They decide in April.")

    with refused(transitions.StaleVersion), editing(opportunity, by=rep, at=NOW + HOUR, version=version):
        Note.objects.get().delete()


# What the timeline says


def said(opportunity, rep, at=0):
    found = entries(events_of(opportunity), reader=rep, stages=[])[at]
    return [(str(phrase), [(text.text, text.before) for text in phrase.texts]) for phrase in found.phrases]


def test_the_timeline_speaks_of_notes_in_sentences(opportunity, rep):
    note = write_note(opportunity, text="They decide in March.", kind="meeting", at=NOW + DAY)
    change_row(note, text="They decide in April.", kind="approach", at=NOW + DAY)
    change_row(note, is_pinned=True, at=NOW + DAY)
    change_row(note, is_pinned=False, at=NOW + DAY)
    factories.remove(note, at=NOW + DAY)

    assert said(opportunity, rep) == [
        ("added a note (Meeting)", [("They decide in March.", "")]),
        ("set Kind of the note “They decide in April.” to Approach (was Meeting)", []),
        ("changed the note “They decide in April.”", [("They decide in April.", "They decide in March.")]),
        ("pinned the note “They decide in April.”", []),
        ("unpinned the note “They decide in April.”", []),
        ("removed a note (Approach)", [("", "They decide in April.")]),
    ]


# What it said before


def earlier(opportunity):
    rows = list(opportunity.notes.order_by("pk"))
    add_earlier(opportunity, rows)
    return [[(each.by.username, each.text, each.kind) for each in row.earlier] for row in rows]


def test_a_note_shows_its_earlier_texts_the_last_first(opportunity, rep, manager):
    note = write_note(opportunity, text="One")
    write_note(opportunity, text="Another note")
    change_row(note, text="Two")
    change_row(note, by=manager, kind="meeting")
    change_row(note, is_pinned=True)
    change_row(note, by=manager, text="Three")

    assert earlier(opportunity) == [
        [(manager.username, "Two", ""), (manager.username, "Two", "General"), (rep.username, "One", "")],
        [],
    ]


def test_reading_earlier_texts_makes_one_query_for_any_number_of_notes(opportunity, django_assert_num_queries):
    for number in range(5):
        change_row(write_note(opportunity, text=str(number)), text=f"{number} more")

    rows = list(opportunity.notes.all())
    with django_assert_num_queries(1):
        add_earlier(opportunity, rows)

    assert {len(row.earlier) for row in rows} == {1}

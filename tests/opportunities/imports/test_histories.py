"""What the second file of an import may not say, and what becomes of it where it says something odd."""

import pytest
from django.utils import timezone, translation

from opportunities.imports import making, previewing, running, second_file
from opportunities.models import Import, Note, Opportunity, Task
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER, User
from tests.support import imports
from tests.support.factories import NOW, QUALIFY, UserFactory, reason
from tests.support.imports import table

pytestmark = pytest.mark.django_db

HEADINGS = ("Id", "What", "When", "Until", "Person", "Text", "Status reason", "Revenue")
DEAL = table(["A1", "Fleet telematics", QUALIFY, "2025-11-03", "480000"])


def previewed(by, *entries, deal=DEAL, **meanings):
    """The preview of an opportunity with this history. An entry has what it is, when, and its other cells."""
    rows = [[{"Id": "A1", **entry}.get(heading, "") for heading in HEADINGS] for entry in entries]
    run = imports.mapped(by, deal, default_owner=by.pk, **meanings)
    second_file.add(run, upload=imports.upload(table(*rows, headings=HEADINGS)), name="History.csv")
    making.explain(run, mapping=making.mapping_of(run), keeps=run.keeps, at=NOW)
    previewing.count(run, clock=lambda: NOW)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("what", ["Task", "On hold"])
def test_what_ends_before_it_begins_is_refused_with_a_sentence(manager, what):
    run = previewed(manager, {"What": what, "When": "2025-11-20", "Until": "2025-11-10", "Text": "Call them"})

    assert imports.fates(run) == ["refuse"]
    assert imports.sentences(run) == ["A hold or a task of its history ends before it begins."]


def test_what_ends_on_the_day_on_which_it_began_ends_after_that(manager):
    run = previewed(manager, {"What": "Task", "When": "2025-11-20 15:00", "Until": "2025-11-20", "Text": "Call them"})

    imports.do(run)

    task = Opportunity.objects.get().tasks.get()
    assert task.done_at == task.created_at


def test_a_person_is_on_the_sales_team_once(manager, rep):
    twice = [{"What": "Sales team", "When": "2025-11-20", "Person": name} for name in (rep.username, rep.email)]

    run = imports.do(previewed(manager, *twice))

    assert imports.outcomes(run) == ["created"]
    assert [member.user for member in Opportunity.objects.get().team_members.all()] == [rep]


def test_the_preview_of_a_long_history_refuses_the_closings_of_a_rep(rep):
    notes = [{"What": "Note", "When": "2025-11-10", "Text": "Called"}] * previewing.TRIED
    lost = {"What": "Lost", "When": "2025-11-20", "Status reason": reason("no_fit").name_en}
    reopened = {"What": "Reopened", "When": "2025-11-21", "Text": "They called back"}

    run = previewed(rep, *notes, lost, reopened)

    assert imports.fates(run) == ["refuse"]
    assert imports.sentences(run) == ["Only managers may import closed opportunities."]


def test_an_opportunity_with_a_long_history_is_left_to_the_worker(manager):
    notes = [{"What": "Note", "When": "2025-11-10", "Text": "Called"}] * (running.MOST_ENTRIES_AT_ONCE + 1)
    run = previewed(manager, *notes)
    running.start(run, by=manager, at=NOW)

    running.go_on(run, clock=lambda: NOW)

    run.refresh_from_db()
    assert (run.is_under_way, imports.outcomes(run)) == (True, [""])


def test_a_person_who_is_unknown_here_is_not_on_the_team_as_another_one(manager):
    run = previewed(manager, {"What": "Sales team", "When": "2025-11-20", "Person": "Who left"})

    assert imports.fates(run) == ["refuse"]
    assert imports.sentences(run) == ["Row 2 of the file of history: It is not chosen what “Who left” means here."]
    assert run.sources["owner"] == {"Who left": 1}


def test_an_opportunity_has_at_most_a_hundred_moves_and_tasks_in_its_history(manager):
    tasks = [{"What": "Task", "When": "2025-11-10", "Text": "Call them"}] * 101

    run = previewed(manager, *tasks)

    assert imports.sentences(run) == [
        "Row 102 of the file of history: The file of history has more than 100 moves and tasks for it."
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Revenue": "NaN"},
        {"Revenue": "1e400"},
        {"Revenue": "9" * 13},
        {"Revenue": "-1"},
        {"Revenue": "USD 5"},
        {"When": "soon"},
        {"When": "2025-02-31"},
        {"When": "1025-02-01"},
        {"What": "Nonsense"},
        {"What": "Note", "Text": "x" * 20_001},
        {"What": "Stakeholder", "Person": "x" * 201},
    ],
)
@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_cell_that_cannot_be_read_is_refused_with_a_sentence(manager, wrong, language):
    with translation.override(language):
        run = previewed(manager, {"What": "Estimate", "When": "2025-11-10"} | wrong)
        [sentence] = imports.sentences(run)

    assert imports.fates(run) == ["refuse"]
    assert sentence.startswith({"en": "Row 2 of the file of history: ", "nb": "Rad 2 i historikkfilen: "}[language])
    assert "%(" not in sentence


def test_rows_without_an_id_belong_to_no_opportunity(manager):
    deals = table(["", "One", QUALIFY, "2025-11-03", "1"], ["", "Two", QUALIFY, "2025-11-03", "2"])
    run = previewed(manager, {"Id": "", "What": "Note", "When": "2025-11-10", "Text": "Whose?"}, deal=deals)

    imports.do(run)

    assert (imports.outcomes(run), Note.objects.count()) == (["created", "created"], 0)


@pytest.mark.parametrize("written", ["A  1", "A\u00a01", "A\t1"])
def test_an_id_is_the_same_in_both_files_however_its_blanks_are_written(manager, written):
    deal = table([written, "Fleet", QUALIFY, "2025-11-03", "1"])
    run = previewed(manager, {"Id": written, "What": "Note", "When": "2025-11-10", "Text": "Called"}, deal=deal)

    imports.do(run)

    assert [note.text for note in Note.objects.all()] == ["Called"]


def test_what_is_there_is_not_refused_for_a_history_that_it_does_not_get(manager):
    imports.done(manager, DEAL)

    again = previewed(manager, {"What": "Sales team", "When": "2025-11-20", "Person": "Who left"})

    assert imports.fates(again) == ["same"]


@pytest.mark.parametrize(
    ("entry", "model", "most"),
    [
        ({"What": "Task", "Person": "colleague"}, Task, 200),
        ({"What": "Note", "Person": "Who left"}, Note, 4000),
    ],
)
def test_a_text_that_is_as_long_as_it_may_be_comes_without_the_name(manager, colleague, entry, model, most):
    run = previewed(manager, {"When": "2025-11-10", "Text": "x" * most} | entry)

    imports.do(run)

    assert (imports.outcomes(run), model.objects.get().text) == (["created"], "x" * most)


def test_a_deputy_of_a_manager_writes_no_note_in_the_name_of_another_person(rep, manager):
    lead = UserFactory(role=SALES_MANAGER)
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    today = timezone.localdate()
    absences.add(person=lead, deputy=rep, first_day=today, last_day=today, by=lead, today=today)
    note = {"What": "Note", "When": "2025-11-10", "Text": "I agree", "Person": manager.username}

    imports.do(previewed(rep, note, keeps=Import.Keeps.EARLIEST))

    found = Note.objects.get()
    assert (found.created_by, found.text) == (rep, f"{manager.username}: I agree")


def test_a_file_of_history_that_replaces_another_is_explained_before_it_is_counted(manager):
    run = imports.counted(manager, DEAL)

    second_file.add(run, upload=imports.upload("foo,bar\n1,2\n"), name="Other.csv")

    run.refresh_from_db()
    assert (list(previewing.under_way()), run.is_mapped) == ([], False)

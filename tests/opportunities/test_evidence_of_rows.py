"""Steps that rest on a note, a task or a file of a kind: the tick, the passed gate, closing and reopening."""

import pytest
from django.urls import reverse
from django.utils import translation

from opportunities import transitions
from opportunities.editing import editing, notes
from opportunities.editing.children import COUNTS
from opportunities.editing.rules import ClosedWithIt, EvidenceMissing, PassedGate
from opportunities.models import Note, Task
from opportunities.refusals import BrokenConstraint
from opportunities.verify.run import faults
from salesflow import private_files
from stages import vocabulary
from stages.models import Step
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import CLOSE, HOUR, NOW, PROPOSE, QUALIFY, OpportunityFactory, opportunity_in, reread

pytestmark = pytest.mark.django_db

ROWS = {
    "approach_note": lambda opportunity: factories.write_note(opportunity, kind="approach"),
    "task": factories.plan,
    "proposal_file": lambda opportunity: factories.upload(opportunity, kind="proposal"),
    "debrief": factories.file_debrief,
    "proposal_presentation": factories.present,
}
OF_ANOTHER_KIND = {
    "approach_note": lambda opportunity: factories.write_note(opportunity, kind="meeting"),
    "proposal_file": lambda opportunity: factories.upload(opportunity, kind="quote"),
    "proposal_presentation": lambda opportunity: factories.present(opportunity, kind="final_proposal"),
}


ADD = {
    "stakeholder": factories.add_stakeholder,
    "competitor": factories.add_competitor,
    "team_member": factories.add_team_member,
    "note": factories.write_note,
    "task": factories.plan,
    "attachment": factories.upload,
    "debrief": factories.file_debrief,
    "presentation": factories.present,
}
"""Adds a row, by the name of its table."""
FILLED_IN = ("dropped_at", "is_latest")
"""What `editing` fills in of a row that a count counts."""


def rests_on(evidence, field="internal_review_completed"):
    factories.change_step(field, evidence=evidence)


def tick(opportunity):
    return factories.edit(opportunity, internal_review_completed=True)


def test_no_shipped_step_rests_on_notes_tasks_or_files():
    shipped = set(Step.objects.exclude(evidence="").values_list("evidence", flat=True))

    assert shipped == {"decision_maker", "stakeholder", "competitor", "team_member"}


@pytest.mark.parametrize("evidence", ROWS)
def test_the_tick_is_refused_until_there_is_such_a_row(rep, evidence):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    rests_on(evidence)

    with refused(EvidenceMissing):
        tick(opportunity)
    ROWS[evidence](opportunity)

    assert tick(reread(opportunity)).internal_review_completed


def test_each_word_of_the_vocabulary_counts_while_there_is_such_a_row(rep, subtests):
    """A new opportunity, and a step of its first stage that rests on each word in turn."""
    opportunity, field = OpportunityFactory(owner=rep), "decision_maker_identified"
    assert COUNTS.keys() == vocabulary.evidence().keys()

    for evidence, (table, count) in COUNTS.items():
        with subtests.test(evidence):
            rests_on(evidence, field)
            with refused(EvidenceMissing):
                factories.edit(reread(opportunity), **{field: True})
            given = {name: value for name, value in count.where.items() if name not in FILLED_IN}
            row = ADD[table.name](reread(opportunity), **given)

            factories.edit(reread(opportunity), **{field: True})
            assert field not in factories.unmet(opportunity, QUALIFY)
            factories.remove(row)
            assert field in factories.unmet(opportunity, QUALIFY)

            factories.edit(reread(opportunity), **{field: False})


@pytest.mark.parametrize("evidence", OF_ANOTHER_KIND)
def test_a_row_of_another_kind_is_no_evidence(rep, evidence):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    rests_on(evidence)
    OF_ANOTHER_KIND[evidence](opportunity)

    with refused(EvidenceMissing):
        tick(reread(opportunity))


@pytest.fixture
def passed(rep):
    """In Close, with the step of Propose resting on an approach note."""
    opportunity = opportunity_in(PROPOSE, owner=rep)
    rests_on("approach_note")
    factories.write_note(opportunity, kind="approach")
    opportunity = factories.fill(reread(opportunity), PROPOSE)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    return reread(opportunity)


def test_a_note_that_a_passed_stage_rests_on_is_not_removed_and_keeps_its_kind(passed):
    note = passed.notes.get()

    with refused(PassedGate):
        factories.remove(note)
    with refused(PassedGate):
        factories.change_row(note, kind=Note.Kind.GENERAL)

    factories.change_row(passed.notes.get(), text="They decide in May.")
    assert passed.notes.get().text == "They decide in May."


def test_of_two_notes_one_may_be_removed(passed):
    second = factories.write_note(passed, kind="approach")

    factories.remove(second)

    assert reread(passed).approach_note_count == 1


def test_a_closed_opportunity_keeps_the_note_that_it_was_closed_with(passed, rep):
    opportunity = factories.fill(passed, CLOSE)
    transitions.finish(opportunity=opportunity, by=rep, at=NOW)
    factories.win(reread(opportunity))
    note = opportunity.notes.get()

    with (
        refused(ClosedWithIt, saying="Complete internal review"),
        editing(opportunity, by=rep, at=NOW + HOUR, closed="allow"),
    ):
        note.delete()

    factories.write_note(opportunity, kind="debrief", at=NOW + HOUR)
    assert reread(opportunity).debrief_note_count == 1
    assert list(faults()) == []


RESTS = {"approach_note": "internal_review_completed", "proposal_file": "proposal_presented"}
SAYS = {
    "en": "Propose has been passed and needs {step}. Go back to Propose first to change it.",
    "nb": "{stage} er passert og krever {step}. Gå tilbake til {stage} først for å endre det.",
}


@pytest.mark.parametrize("language", SAYS)
def test_the_page_says_why_a_row_that_a_passed_stage_rests_on_is_not_removed(rep, client_of, subtests, language):
    opportunity, client = opportunity_in(PROPOSE, owner=rep), client_of(rep)
    for evidence, field in RESTS.items():
        rests_on(evidence, field)
    rows = [factories.write_note(opportunity, kind="approach"), factories.upload(opportunity, kind="proposal")]
    opportunity = factories.fill(reread(opportunity), PROPOSE)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    client.cookies["django_language"] = language

    for act, row, field in zip(("note_remove", "attachment_remove"), rows, RESTS.values(), strict=True):
        with subtests.test(act), unchanged():
            version = reread(opportunity).version
            page = client.post(reverse(act, args=[opportunity.pk, row.pk]), {"version": version})

            with translation.override(language):
                said = SAYS[language].format(stage=factories.stage(PROPOSE).name, step=factories.step(field).name)
            assert page.status_code == 422
            assert said in page.content.decode()
    assert len(list(private_files.every_name())) == 1


def test_the_page_says_why_a_note_of_a_closed_opportunity_is_not_removed(passed, rep, client_of):
    opportunity = factories.fill(passed, CLOSE)
    transitions.finish(opportunity=opportunity, by=rep, at=NOW)
    factories.win(reread(opportunity))
    opportunity = reread(opportunity)
    url = reverse("note_remove", args=[opportunity.pk, opportunity.notes.get().pk])
    client = client_of(rep)

    with unchanged():
        page = client.post(url, {"version": opportunity.version})

    assert page.status_code == 422
    assert "Reopen it to change it" in page.content.decode()


def test_the_task_of_a_won_opportunity_counts_although_it_was_dropped(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    rests_on("task")
    factories.plan(opportunity)

    factories.win(reread(opportunity))

    assert Task.objects.get().dropped_at
    assert reread(opportunity).task_count == 1
    assert list(faults()) == []


def test_a_reopened_opportunity_counts_no_dropped_task(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    rests_on("task")
    factories.plan(opportunity)
    factories.win(reread(opportunity))

    transitions.reopen(opportunity=reread(opportunity), by=rep, at=NOW + HOUR, reason="They called again.")

    assert reread(opportunity).task_count == 0
    assert reread(opportunity).missing_behind == 1


def test_a_completed_task_counts(rep):
    opportunity = opportunity_in(PROPOSE, owner=rep)
    rests_on("task")
    factories.complete(factories.plan(opportunity))

    assert tick(reread(opportunity)).internal_review_completed


def test_a_presented_file_is_not_removed(rep):
    opportunity = OpportunityFactory(owner=rep)
    file = factories.upload(opportunity)
    factories.present(opportunity, file=file)

    with refused(BrokenConstraint, saying="This file was presented"):
        factories.remove(file)


def test_another_note_of_the_kind_frees_the_first(passed, rep):
    first = passed.notes.get()
    with editing(passed, by=rep, at=NOW + HOUR) as record:
        notes.add(record, text="Go through operations.", kind=Note.Kind.APPROACH)

    factories.remove(first)

    assert reread(passed).approach_note_count == 1


def test_each_evidence_has_a_label_and_sentences_in_norwegian():
    for word in vocabulary.evidence().values():
        for text in (word.label, word.missing, word.tick_when):
            with translation.override("nb"):
                norwegian = str(text)
            with translation.override("en"):
                assert str(text) != norwegian

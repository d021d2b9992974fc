"""The derived columns: what lists and boards read instead of working out gates row by row."""

import pytest
from django.utils import translation

from opportunities.editing import derived, editing
from opportunities.models import Opportunity, Stakeholder, TeamMember, write_guard
from opportunities.progress import Progress
from opportunities.vocabulary import EVIDENCE
from stages import gates, vocabulary
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import digests, rows_of
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step
from tests.support.moves import forward, waive

pytestmark = pytest.mark.django_db


def columns(opportunity):
    opportunity = factories.reread(opportunity)
    return opportunity.steps_met, opportunity.steps_required, opportunity.is_ready


def marks(opportunity):
    opportunity = factories.reread(opportunity)
    return opportunity.unmet_steps, opportunity.steps_waived, opportunity.missing_behind


def by_hand(opportunity):
    """The same as `columns`, worked out from the rows alone."""
    opportunity = factories.reread(opportunity)
    here = Progress.of(opportunity)
    ready = gates.readiness([here.active], opportunity, here.waived)[here.active.pk]
    return ready.met, ready.required, opportunity.is_open and not here.unmet(here.reached, opportunity)


def marks_by_hand(opportunity):
    opportunity = factories.reread(opportunity)
    here = Progress.of(opportunity)
    unmet = [missing.step.pk for missing in here.unmet(here.reached, opportunity)]
    waived = [each.pk for each in gates.required_steps(here.active) if each.pk in here.waived]
    return unmet, len(waived), len(here.unmet(here.passed, opportunity))


@pytest.mark.parametrize("name", [QUALIFY, DEVELOP, PROPOSE, CLOSE])
def test_steps_met_of_required_follow_every_write(rep, name):
    opportunity = factories.opportunity_in(name, owner=rep)
    assert columns(opportunity) == by_hand(opportunity) == (0, by_hand(opportunity)[1], False)

    for missing in gates.unmet([stage(name)], opportunity):
        opportunity = factories.fill(
            opportunity, name, leave=[each.step.field for each in gates.unmet([stage(name)], opportunity)][1:]
        )
        assert missing.step.field not in factories.unmet(opportunity, name)
        assert columns(opportunity) == by_hand(opportunity)

    assert columns(opportunity)[2]


def test_an_opportunity_is_ready_only_if_the_stages_before_are_complete_too(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.add_step(stage(QUALIFY), "description")

    opportunity = factories.edit(opportunity, rating="hot")

    assert (opportunity.steps_met, opportunity.steps_required, opportunity.is_ready) == (4, 4, False)


def test_the_unmet_steps_are_those_of_the_stage_and_of_the_stages_before_it(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    asked = factories.add_step(stage(QUALIFY), "description")
    derived.recompute([stage(QUALIFY).process_id])

    assert marks(opportunity) == ([asked.pk, step("customer_need").pk], 0, 1)

    opportunity = factories.edit(opportunity, description="Lorries", customer_need="Where they are")

    assert marks(opportunity) == ([], 0, 0)


def test_a_waived_step_is_not_unmet_and_is_counted(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    waive(opportunity, "customer_need", by=manager)

    assert marks(opportunity) == ([], 1, 0)


def test_a_closed_deal_keeps_the_marks_that_it_was_closed_with(rep):
    opportunity = factories.won_opportunity(owner=rep)
    factories.add_step(stage(CLOSE), "description")

    derived.recompute([stage(CLOSE).process_id])

    assert marks(opportunity) == ([], 0, 0)


def test_what_is_closed_is_not_ready(rep):
    assert not factories.won_opportunity(owner=rep).is_ready


def test_child_rows_are_counted(rep, colleague):
    opportunity = factories.OpportunityFactory(owner=rep)
    for _ in range(2):
        factories.add_stakeholder(opportunity)
        factories.add_decision_maker(opportunity)
        factories.add_competitor(opportunity)
    for user in (rep, colleague):
        factories.add_team_member(opportunity, user=user)

    opportunity = factories.reread(opportunity)
    assert (
        opportunity.stakeholder_count,
        opportunity.decision_maker_count,
        opportunity.competitor_count,
        opportunity.team_count,
    ) == (4, 2, 2, 2)


def test_a_save_that_touches_no_child_row_reads_none(rep, django_assert_num_queries):
    opportunity = factories.OpportunityFactory(owner=rep)

    # The savepoint (2), the opportunity, its place in the process (4), the event, the opportunity again.
    with django_assert_num_queries(9), editing(opportunity, by=rep, at=NOW) as record:
        record.description = "Fleet"


def test_a_save_that_adds_a_child_row_reads_its_table_before_and_after(rep, django_assert_num_queries):
    opportunity = factories.OpportunityFactory(owner=rep)
    competitor = factories.CompetitorFactory()

    with django_assert_num_queries(9 + 3), editing(opportunity, by=rep, at=NOW) as record:
        record.competitor_links.create(competitor=competitor)

    assert factories.reread(opportunity).competitor_count == 1


# A process that changes


@pytest.fixture
def opportunities(rep, manager):
    """One in each stage, one waived, one finished, one closed, one in another process."""
    tenders = Process.objects.create(name_en="Tenders")
    read = factories.add_stage(tenders, "Read")
    factories.add_step(read, "description")
    waived = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    waive(waived, "customer_need", by=manager)
    return [
        *(factories.opportunity_in(name, owner=rep) for name in factories.STAGES),
        factories.ready_opportunity(DEVELOP, owner=rep),
        waived,
        factories.finished_opportunity(owner=rep),
        factories.won_opportunity(owner=rep),
        factories.OpportunityFactory(owner=rep, process=tenders),
    ]


def changes_of_the_process():
    def strict():
        factories.add_step(stage(DEVELOP), "description")

    def loose():
        factories.change_step("customer_need", required=False)

    def archived():
        factories.change_step("contact", "proposed_solution", is_archived=True)

    def unknown():
        factories.change_step("proposed_solution", field="shoe_size")

    def without_develop():
        factories.change_stage(DEVELOP, is_archived=True)

    return [strict, loose, archived, unknown, without_develop]


@pytest.mark.parametrize("change", changes_of_the_process(), ids=lambda change: change.__name__)
@pytest.mark.parametrize("batch", [2, 500])
def test_a_changed_process_is_worked_out_anew_for_open_opportunities(opportunities, change, batch):
    change()

    derived.recompute([stage(QUALIFY).process_id], batch)

    for opportunity in opportunities:
        if factories.reread(opportunity).is_open:
            assert columns(opportunity) == by_hand(opportunity)
            assert marks(opportunity) == marks_by_hand(opportunity)


def test_working_out_anew_touches_nothing_but_the_columns_of_the_gate(opportunities):
    factories.change_step("customer_need", required=False)
    before, rows = digests(), rows_of(Opportunity)

    derived.recompute([stage(QUALIFY).process_id])

    assert {table for table, digest in digests().items() if digest != before[table]} <= {"opportunities_opportunity"}
    for old, new in zip(rows, rows_of(Opportunity), strict=True):
        assert {name for name in old if old[name] != new[name]} <= set(derived.OF_THE_GATE)


def test_working_out_anew_takes_no_more_queries_for_more_opportunities(rep, django_assert_max_num_queries):
    for _ in range(8):
        factories.OpportunityFactory(owner=rep)

    with django_assert_max_num_queries(10):
        derived.recompute([stage(QUALIFY).process_id])


def test_an_opportunity_in_an_archived_stage_still_stands_somewhere_and_may_go_on(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)

    forward(opportunity)

    assert factories.reread(opportunity).active_stage.name_en == PROPOSE


# The vocabulary


def test_every_field_that_a_step_may_name_is_an_editable_field_of_the_opportunity():
    for name, field in vocabulary.fields().items():
        column = Opportunity._meta.get_field(name)
        assert column.editable
        assert field.attribute == column.attname
        with translation.override("en"):
            assert str(field.label) == str(column.verbose_name)


@pytest.mark.parametrize(
    ("name", "there", "not_there"),
    [
        ("decision_maker", {"decision_maker_count": 1}, {"stakeholder_count": 5}),
        ("stakeholder", {"stakeholder_count": 1}, {"decision_maker_count": 0}),
        ("competitor", {"competitor_count": 1}, {"no_known_competitors": False}),
        ("competitor", {"no_known_competitors": True}, {}),
        ("team_member", {"team_count": 1}, {"stakeholder_count": 5}),
    ],
)
def test_evidence_reads_the_record_and_nothing_else(name, there, not_there, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert EVIDENCE[name].is_there(Opportunity(**there))
        assert not EVIDENCE[name].is_there(Opportunity(**not_there))


def test_reading_where_an_opportunity_stands_takes_few_queries(rep, django_assert_num_queries):
    opportunity = factories.reread(factories.opportunity_in(PROPOSE, owner=rep))

    with django_assert_num_queries(4):
        here = Progress.of(opportunity)
        assert here.next.name_en == CLOSE
        assert here.previous.name_en == DEVELOP
        assert here.unmet(here.stages, opportunity)


def test_the_next_write_to_a_child_table_counts_rows_that_were_written_without_editing(rep):
    """The counts are derived from the rows, not added up."""
    opportunity = factories.OpportunityFactory(owner=rep)
    with write_guard.guarded_every():
        Stakeholder.objects.bulk_create([Stakeholder(opportunity=opportunity, contact=factories.ContactFactory())])
        TeamMember.objects.bulk_create([TeamMember(opportunity=opportunity, user=rep)])

    factories.add_stakeholder(opportunity)
    factories.add_team_member(opportunity, user=factories.UserFactory())

    opportunity = factories.reread(opportunity)
    assert (opportunity.stakeholder_count, opportunity.team_count) == (2, 2)


def test_a_waived_step_is_counted_as_met(rep, manager):
    opportunity = factories.OpportunityFactory(owner=rep)
    waive(opportunity, "contact", by=manager)

    assert columns(opportunity) == (1, 6, False)
    assert step("contact").pk in Progress.of(factories.reread(opportunity)).waived

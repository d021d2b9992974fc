"""The derived columns, which lists read instead of computing gates for each row."""

import pytest
from django.utils import translation

from opportunities.editing import derived, editing
from opportunities.models import Opportunity, ProcessInstance, Stakeholder, TeamMember, write_guard
from opportunities.progress import Progress
from opportunities.vocabulary import EVIDENCE
from stages import definition_cache, gates, vocabulary
from stages.models import Process
from tests.support import factories
from tests.support.db_assertions import digests, rows_of
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step
from tests.support.moves import forward, waive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


def columns(opportunity):
    opportunity = factories.reread(opportunity)
    return opportunity.steps_met, opportunity.steps_required, opportunity.is_ready


def gate_columns(opportunity):
    opportunity = factories.reread(opportunity)
    return opportunity.unmet_steps, opportunity.steps_waived, opportunity.missing_behind


def expected_columns(opportunity):
    """The same as `columns`, computed from the rows."""
    opportunity = factories.reread(opportunity)
    here = Progress.of(opportunity)
    ready = gates.readiness([here.active], opportunity, here.waived)[here.active.pk]
    return ready.met, ready.required, opportunity.is_open and not here.unmet(here.reached, opportunity)


def expected_gate_columns(opportunity):
    opportunity = factories.reread(opportunity)
    here = Progress.of(opportunity)
    unmet = [missing.step.pk for missing in here.unmet(here.reached, opportunity)]
    waived = [each.pk for each in gates.required_steps(here.active) if each.pk in here.waived]
    return unmet, len(waived), len(here.unmet(here.passed, opportunity))


@pytest.mark.parametrize("name", [QUALIFY, DEVELOP, PROPOSE, CLOSE])
def test_every_write_updates_the_counts_of_met_and_required_steps(rep, name):
    opportunity = factories.opportunity_in(name, owner=rep)
    assert columns(opportunity) == expected_columns(opportunity) == (0, expected_columns(opportunity)[1], False)

    for missing in gates.unmet([stage(name)], opportunity):
        opportunity = factories.fill(
            opportunity, name, leave=[each.step.field for each in gates.unmet([stage(name)], opportunity)][1:]
        )
        assert missing.step.field not in factories.unmet(opportunity, name)
        assert columns(opportunity) == expected_columns(opportunity)

    assert columns(opportunity)[2]


def test_an_opportunity_with_an_unmet_step_in_an_earlier_stage_is_not_ready(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.add_step(stage(QUALIFY), "description")

    opportunity = factories.edit(opportunity, rating="hot")

    assert (opportunity.steps_met, opportunity.steps_required, opportunity.is_ready) == (4, 4, False)


def test_unmet_steps_include_the_steps_of_earlier_stages(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    asked = factories.add_step(stage(QUALIFY), "description")
    derived.recompute([stage(QUALIFY).process_id])

    assert gate_columns(opportunity) == ([asked.pk, step("customer_need").pk], 0, 1)

    opportunity = factories.edit(opportunity, description="Lorries", customer_need="Where they are")

    assert gate_columns(opportunity) == ([], 0, 0)


def test_a_waived_step_is_counted_and_not_unmet(rep, manager):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])

    waive(opportunity, "customer_need", by=manager)

    assert gate_columns(opportunity) == ([], 1, 0)


def test_a_closed_opportunity_keeps_its_gate_columns(rep):
    opportunity = factories.won_opportunity(owner=rep)
    factories.add_step(stage(CLOSE), "description")

    derived.recompute([stage(CLOSE).process_id])

    assert gate_columns(opportunity) == ([], 0, 0)


def test_a_closed_opportunity_is_not_ready(rep):
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

    # The savepoint (2), the opportunity with its instance, its process, its waivers, the event, the update, and
    # that the person has seen it.
    with django_assert_num_queries(8), editing(opportunity, by=rep, at=NOW) as record:
        record.description = "Fleet"


def test_a_save_that_adds_a_child_row_reads_its_table_before_and_after(rep, django_assert_num_queries):
    opportunity = factories.OpportunityFactory(owner=rep)
    competitor = factories.CompetitorFactory()

    with django_assert_num_queries(8 + 3), editing(opportunity, by=rep, at=NOW) as record:
        record.competitor_links.create(competitor=competitor)

    assert factories.reread(opportunity).competitor_count == 1


# Changes of the process


@pytest.fixture(scope="module")
def of_every_kind(cast):
    """Opportunities: one in each stage, ready, with a waiver, finished, closed, and in another process."""
    rep, manager = cast["rep"], cast["manager"]
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


@pytest.fixture
def opportunities(of_every_kind):
    return [factories.reread(opportunity) for opportunity in of_every_kind]


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
def test_recompute_updates_open_opportunities_after_a_change_of_the_process(opportunities, change, batch):
    change()

    derived.recompute([stage(QUALIFY).process_id], batch)

    for opportunity in opportunities:
        if factories.reread(opportunity).is_open:
            assert columns(opportunity) == expected_columns(opportunity)
            assert gate_columns(opportunity) == expected_gate_columns(opportunity)


def test_recompute_writes_only_the_gate_columns(opportunities):
    factories.change_step("customer_need", required=False)
    before, rows = digests(), rows_of(Opportunity)

    derived.recompute([stage(QUALIFY).process_id])

    assert {table for table, digest in digests().items() if digest != before[table]} <= {"opportunities_opportunity"}
    for old, new in zip(rows, rows_of(Opportunity), strict=True):
        assert {name for name in old if old[name] != new[name]} <= set(derived.GATE_COLUMNS)


def test_recompute_runs_at_most_ten_queries(rep, django_assert_max_num_queries):
    for _ in range(8):
        factories.OpportunityFactory(owner=rep)

    with django_assert_max_num_queries(10):
        derived.recompute([stage(QUALIFY).process_id])


def test_an_opportunity_in_an_archived_stage_can_move_on(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)

    forward(opportunity)

    assert factories.reread(opportunity).active_stage.name_en == PROPOSE


# The vocabulary


def test_every_field_of_the_vocabulary_is_an_editable_field_of_the_opportunity():
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
def test_evidence_is_read_from_the_columns_of_the_record(name, there, not_there, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert EVIDENCE[name].is_there(Opportunity(**there))
        assert not EVIDENCE[name].is_there(Opportunity(**not_there))


def test_reading_the_progress_runs_few_queries(rep, django_assert_num_queries):
    opportunity = factories.reread(factories.opportunity_in(PROPOSE, owner=rep))

    with django_assert_num_queries(2):
        here = Progress.of(opportunity)
        assert here.next.name_en == CLOSE
        assert here.previous.name_en == DEVELOP
        assert here.unmet(here.stages, opportunity)


@pytest.mark.parametrize("change", changes_of_the_process(), ids=lambda change: change.__name__)
def test_the_progress_of_many_is_that_of_each_in_one_query(opportunities, change, django_assert_num_queries):
    change()
    instances = list(ProcessInstance.objects.filter(is_primary=True).select_related("process"))

    for instance in instances:
        definition_cache.stages_of(instance.process)

    with django_assert_num_queries(1):
        many = Progress.of_many(instances)
        steps = {pk: [[*stage.steps.all()] for stage in here.stages] for pk, here in many.items()}

    assert {*many} == {opportunity.pk for opportunity in opportunities}
    for opportunity in opportunities:
        alone, among_many = Progress.of(opportunity), many[opportunity.pk]
        assert among_many == alone
        assert steps[opportunity.pk] == [[*stage.steps.all()] for stage in alone.stages]


def test_the_progress_of_none_is_read_without_a_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Progress.of_many([]) == {}


def test_a_write_to_a_child_table_corrects_a_wrong_count(rep):
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

"""The derived columns: what lists and boards read instead of working out gates row by row."""

import pytest
from django.utils import translation

from opportunities import readiness
from opportunities.evidence import EVIDENCE
from opportunities.models import Opportunity, Stakeholder, TeamMember, door
from opportunities.standing import Standing
from stages import gates, subject
from stages.models import Process
from tests import factories
from tests.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step
from tests.rows import everything

from .test_transitions import forward, waive

pytestmark = pytest.mark.django_db


def columns(deal):
    deal = factories.reread(deal)
    return deal.steps_met, deal.steps_required, deal.is_ready


def by_hand(deal):
    """The same, worked out from the rows alone."""
    deal = factories.reread(deal)
    here = Standing.of(deal)
    ready = gates.readiness([here.active], deal, here.waived)[here.active.pk]
    return ready.met, ready.required, deal.is_open and not here.unmet(here.reached, deal)


@pytest.mark.parametrize("name", [QUALIFY, DEVELOP, PROPOSE, CLOSE])
def test_steps_met_of_required_follow_every_write(rep, name):
    deal = factories.deal_in(name, owner=rep)
    assert columns(deal) == by_hand(deal) == (0, by_hand(deal)[1], False)

    for missing in gates.unmet([stage(name)], deal):
        deal = factories.fill(deal, name, leave=[each.step.field for each in gates.unmet([stage(name)], deal)][1:])
        assert missing.step.field not in factories.unmet(deal, name)
        assert columns(deal) == by_hand(deal)

    assert columns(deal)[2]


def test_a_deal_is_ready_only_if_the_stages_before_are_complete_too(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)
    factories.add_step(stage(QUALIFY), "description")

    deal = factories.edit(deal, next_step="Call")

    assert (deal.steps_met, deal.steps_required, deal.is_ready) == (4, 4, False)


def test_what_is_closed_is_not_ready(rep):
    assert not factories.won_deal(owner=rep).is_ready


def test_the_people_are_counted(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)
    for _ in range(2):
        factories.add_stakeholder(deal)
        factories.add_decision_maker(deal)
        factories.add_competitor(deal)
    for user in (rep, colleague):
        factories.add_team_member(deal, user=user)

    deal = factories.reread(deal)
    assert (deal.stakeholder_count, deal.decision_maker_count, deal.competitor_count, deal.team_count) == (4, 2, 2, 2)


def test_counting_takes_one_query(rep, django_assert_num_queries):
    deal = factories.OpportunityFactory(owner=rep)

    with django_assert_num_queries(1):
        readiness.count_people(deal)


# A process that changes


@pytest.fixture
def deals(rep, manager):
    """One in each stage, one waived, one finished, one closed, one in another process."""
    tenders = Process.objects.create(name_en="Tenders")
    read = factories.add_stage(tenders, "Read")
    factories.add_step(read, "description")
    waived = factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    waive(waived, "customer_need", by=manager)
    return [
        *(factories.deal_in(name, owner=rep) for name in factories.STAGES),
        factories.ready_deal(DEVELOP, owner=rep),
        waived,
        factories.finished_deal(owner=rep),
        factories.won_deal(owner=rep),
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
def test_a_changed_process_is_worked_out_anew_for_open_deals(deals, change, batch, monkeypatch):
    monkeypatch.setattr(readiness, "BATCH", batch)
    change()

    readiness.recompute([stage(QUALIFY).process_id])

    for deal in deals:
        if factories.reread(deal).is_open:
            assert columns(deal) == by_hand(deal)


def test_working_out_anew_touches_nothing_but_the_columns_of_the_gate(deals):
    factories.change_step("customer_need", required=False)
    before = everything()

    readiness.recompute([stage(QUALIFY).process_id])

    after = everything()
    for table, rows in before.items():
        if table != "opportunities_opportunity":
            assert after[table] == rows
    for old, new in zip(before["opportunities_opportunity"], after["opportunities_opportunity"], strict=True):
        assert {name for name in old if old[name] != new[name]} <= set(readiness.OF_THE_GATE)


def test_working_out_anew_takes_no_more_queries_for_more_deals(rep, django_assert_max_num_queries):
    for _ in range(8):
        factories.OpportunityFactory(owner=rep)

    with django_assert_max_num_queries(10):
        readiness.recompute([stage(QUALIFY).process_id])


def test_a_deal_in_an_archived_stage_still_stands_somewhere_and_may_go_on(rep):
    deal = factories.ready_deal(DEVELOP, owner=rep)
    factories.change_stage(DEVELOP, is_archived=True)

    forward(deal)

    assert factories.reread(deal).active_stage.name_en == PROPOSE


# The vocabulary


def test_every_field_that_a_step_may_name_is_an_editable_field_of_the_deal():
    for name, field in subject.vocabulary.fields.items():
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


def test_reading_where_a_deal_stands_takes_few_queries(rep, django_assert_num_queries):
    deal = factories.reread(factories.deal_in(PROPOSE, owner=rep))

    with django_assert_num_queries(4):
        here = Standing.of(deal)
        assert here.next.name_en == CLOSE
        assert here.previous.name_en == DEVELOP
        assert here.unmet(here.stages, deal)


def test_what_the_columns_say_survives_rows_written_around_the_door(rep):
    """The next write counts anew: the columns are derived, not kept."""
    deal = factories.OpportunityFactory(owner=rep)
    with door.holding_every():
        Stakeholder.objects.bulk_create([Stakeholder(opportunity=deal, contact=factories.ContactFactory())])
        TeamMember.objects.bulk_create([TeamMember(opportunity=deal, user=rep)])

    deal = factories.edit(deal, next_step="Call", at=NOW)

    assert (deal.stakeholder_count, deal.team_count) == (1, 1)


def test_a_waived_step_is_counted_as_met(rep, manager):
    deal = factories.OpportunityFactory(owner=rep)
    waive(deal, "contact", by=manager)

    assert columns(deal) == (1, 6, False)
    assert step("contact").pk in Standing.of(factories.reread(deal)).waived

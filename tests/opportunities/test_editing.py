"""The one door for a write: what it writes, how often, and who is kept out."""

import copy
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from opportunities import editing as editing_module
from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import Event, Opportunity, OutsideTheDoor, Stakeholder, TeamMember
from tests import factories
from tests.factories import CLOSE, DEVELOP, HOUR, NOW, stage
from tests.rows import refused, unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(rep):
    return factories.deal_in(DEVELOP, owner=rep)


def last_event(deal):
    return deal.events.latest("version")


# What is written


def test_what_the_block_set_is_saved_once_with_one_event(deal, rep):
    with CaptureQueriesContext(connection) as queries, editing(deal, by=rep, at=NOW + HOUR) as record:
        record.customer_need = "Trucks"
        record.estimated_budget = Decimal("10.50")

    saved = factories.reread(deal)
    assert (saved.customer_need, saved.estimated_budget) == ("Trucks", Decimal("10.50"))
    assert (saved.version, saved.modified_at) == (deal.version + 1, NOW + HOUR)
    event = last_event(deal)
    assert (event.version, event.kind, event.by, event.at) == (saved.version, Event.Kind.EDITED, rep, NOW + HOUR)
    assert event.changes == [
        {"field": "estimated_budget", "old": "480000.00", "new": "10.50"},
        {"field": "customer_need", "old": "", "new": "Trucks"},
    ]
    statements = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(statements) == 2


def test_nothing_changed_nothing_written(deal, rep):
    with unchanged(), editing(deal, by=rep, at=NOW + HOUR) as record:
        record.customer_need = record.customer_need
        record.estimated_budget = Decimal(480000)
        record.name = str(record.name)


def test_there_is_one_event_for_each_version(deal, rep):
    for number in range(3):
        factories.edit(deal, customer_need=f"Need {number}")

    versions = list(deal.events.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, factories.reread(deal).version + 1))


def test_people_added_changed_and_removed_are_in_the_event(deal, rep):
    going = factories.add_stakeholder(deal)
    changing = factories.add_competitor(deal)

    with editing(deal, by=rep, at=NOW) as record:
        coming = record.team_members.create(user=rep, role=TeamMember.Role.DELIVERY)
        link = record.competitor_links.get(pk=changing.pk)
        link.note = "Cheap"
        link.save()
        record.stakeholders.get(pk=going.pk).delete()

    event = last_event(deal)
    assert event.changes == []
    assert [(person["noun"], person["id"], person["what"]) for person in event.people] == [
        ("stakeholder", going.pk, "removed"),
        ("competitor", changing.pk, "changed"),
        ("team_member", coming.pk, "added"),
    ]
    assert event.people[1]["changes"] == [{"field": "note", "old": "", "new": "Cheap"}]


def test_counts_and_readiness_follow_what_was_written(deal, rep):
    factories.add_team_member(deal)
    factories.add_competitor(deal)
    deal = factories.fill(deal, DEVELOP, leave=["customer_need"])

    assert (deal.team_count, deal.competitor_count, deal.stakeholder_count, deal.decision_maker_count) == (1, 1, 2, 1)
    assert (deal.steps_met, deal.steps_required, deal.is_ready) == (3, 4, False)

    deal = factories.edit(deal, customer_need="Trucks")
    assert (deal.steps_met, deal.is_ready) == (4, True)


def test_the_name_can_be_found_under_its_new_form(deal):
    factories.edit(deal, name="Sørlandet Ålesund ÆØÅ")

    assert factories.reread(deal).search_text == "sorlandet alesund aeoa"


def test_drafts_are_savable_however_incomplete(rep):
    deal = factories.OpportunityFactory(owner=rep)

    deal = factories.edit(deal, customer_need="Trucks", final_proposal_presented=True, decision_date=factories.TODAY)

    assert deal.final_proposal_presented


def test_the_object_passed_in_never_changes(deal, rep):
    before = copy.deepcopy({name: value for name, value in deal.__dict__.items() if name != "_state"})

    with editing(deal, by=rep, at=NOW) as record:
        record.name = "Another name"
        assert record is not deal

    assert {name: value for name, value in deal.__dict__.items() if name != "_state"} == before


def test_the_block_sees_what_others_wrote_meanwhile(deal, rep):
    factories.edit(deal, customer_need="Newer")

    with editing(deal, by=rep, at=NOW) as record:
        assert record.customer_need == "Newer"
        record.proposed_solution = "Ours"

    assert factories.reread(deal).customer_need == "Newer"


def test_an_error_in_the_block_writes_nothing(deal, rep):
    contact = factories.ContactFactory()

    with refused(ZeroDivisionError), editing(deal, by=rep, at=NOW) as record:
        record.name = "Another name"
        record.stakeholders.create(contact=contact)
        raise ZeroDivisionError


def test_a_refusal_takes_back_the_people_of_the_same_write(deal, rep):
    contact = factories.ContactFactory()

    with refused(transitions.InvalidEntry), editing(deal, by=rep, at=NOW) as record:
        record.stakeholders.create(contact=contact)
        record.probability = 101


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("estimated_budget", Decimal("-0.01")),
        ("estimated_revenue", Decimal("NaN")),
        ("estimated_revenue", Decimal("1e400")),
        ("probability", -1),
        ("rating", "lukewarm"),
        ("purchase_timeframe", "some day"),
        ("decision_date", "not a date"),
        ("account_id", 2**62),
        ("owner_id", 2**62),
        ("customer_need", None),
    ],
)
def test_a_value_that_a_field_does_not_take_is_refused_by_name(deal, rep, field, value):
    with refused(transitions.MoveRefused) as caught, editing(deal, by=rep, at=NOW) as record:
        setattr(record, field, value)

    if not isinstance(caught.value, transitions.BrokenConstraint):
        assert caught.value.field == field.removesuffix("_id")


@pytest.mark.parametrize("category", ["won", "lost"])
def test_the_forecast_says_won_or_lost_by_closing_only(deal, rep, category):
    with refused(transitions.MoveRefused, "set only by closing"):
        factories.edit(deal, forecast_category=category)


# What only moves, and only editing, may set


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "won"),
        ("closed_on", factories.TODAY),
        ("actual_revenue", Decimal(1)),
        ("is_finished", True),
        ("is_on_hold", True),
        ("is_ready", True),
        ("version", 99),
        ("created_at", NOW + HOUR),
        ("modified_at", NOW + 2 * HOUR),
        ("stage_entered_at", NOW + HOUR),
        ("competitor_count", 3),
        ("decision_maker_count", 3),
        ("steps_met", 9),
    ],
)
def test_a_block_that_sets_what_is_not_for_editing_is_a_bug(deal, rep, field, value):
    with refused(OutsideTheDoor), editing(deal, by=rep, at=NOW) as record:
        record.customer_need = "Trucks"
        setattr(record, field, value)


@pytest.mark.parametrize("field", ["active_stage", "pipeline_phase"])
def test_a_block_that_sets_the_stage_is_a_bug(deal, rep, field):
    with refused(OutsideTheDoor), editing(deal, by=rep, at=NOW) as record:
        setattr(record, field, stage(CLOSE))


# It does not nest


def test_editing_the_same_opportunity_inside_is_a_bug(deal, rep):
    with refused(RuntimeError, "does not nest"), editing(deal, by=rep, at=NOW) as record:
        record.name = "Another name"
        with editing(deal, by=rep, at=NOW):
            pass


def test_moving_inside_editing_is_a_bug(deal, rep):
    deal = factories.fill(deal, DEVELOP)

    with refused(RuntimeError, "does not nest"), editing(deal, by=rep, at=NOW):
        transitions.advance(opportunity=deal, by=rep, at=NOW)


def test_two_opportunities_may_be_held_at_once(deal, rep):
    other = factories.OpportunityFactory(owner=rep)

    with editing(deal, by=rep, at=NOW) as one, editing(other, by=rep, at=NOW) as two:
        one.name, two.name = "One", "Two"

    assert (factories.reread(deal).name, factories.reread(other).name) == ("One", "Two")


def test_after_a_refusal_the_door_is_free_again(deal, rep):
    with refused(transitions.InvalidEntry):
        factories.edit(deal, name="")

    assert factories.edit(deal, name="Another name").name == "Another name"


# Closed, gone, strangers


@pytest.mark.parametrize("closed", [factories.won_deal, factories.lost_deal])
def test_a_closed_opportunity_is_read_only_with_all_that_hangs_on_it(rep, manager, closed):
    deal = closed(owner=rep)
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    for person in (rep, manager):
        with refused(transitions.OpportunityClosed, "Reopen it to change it"):
            factories.edit(deal, by=person, description="Later thought")
        with refused(transitions.OpportunityClosed):
            factories.add_stakeholder(deal, by=person, contact=contact)
        with refused(transitions.OpportunityClosed):
            factories.add_competitor(deal, by=person, competitor=rival)
        with refused(transitions.OpportunityClosed):
            factories.remove(deal.team_members.get(), by=person)


def test_what_may_be_done_to_a_closed_opportunity_says_so(rep):
    deal = factories.won_deal(owner=rep)

    with editing(deal, by=rep, at=NOW, closed="allow") as record:
        record.description = "Erased"

    deal = factories.reread(deal)
    assert (deal.description, deal.status) == ("Erased", "won")


def test_an_opportunity_that_was_deleted_is_gone(deal, manager):
    ghost = Opportunity(pk=deal.pk + 1_000_000)

    with refused(transitions.Gone), editing(ghost, by=manager, at=NOW):
        pass


def test_outsiders_are_kept_out(deal, colleague, stranger):
    for outsider in (colleague, stranger):
        with refused(transitions.NotAllowed):
            factories.edit(deal, by=outsider, name="Mine")


# What the database refuses


def test_the_same_contact_twice_is_a_sentence(deal, rep):
    row = factories.add_stakeholder(deal)

    with refused(transitions.BrokenConstraint, "already a stakeholder"):
        factories.add_stakeholder(deal, contact=row.contact)


def test_the_same_competitor_and_the_same_person_twice_are_sentences(deal, rep):
    link, member = factories.add_competitor(deal), factories.add_team_member(deal)

    with refused(transitions.BrokenConstraint, "already on the opportunity"):
        factories.add_competitor(deal, competitor=link.competitor)
    with refused(transitions.BrokenConstraint, "already on the sales team"):
        factories.add_team_member(deal, user=member.user)


def test_any_other_constraint_is_a_sentence_too(deal, rep):
    with refused(transitions.BrokenConstraint, "Something else changed"), editing(deal, by=rep, at=NOW) as record:
        record.stakeholders.create(contact=factories.ContactFactory(), note=None)


# Who a row stands for


def test_a_row_that_stands_for_somebody_else_now_is_one_removed_and_one_added(deal, rep):
    before, other = factories.ContactFactory(), factories.ContactFactory()
    row = factories.add_stakeholder(deal, contact=before)

    with editing(deal, by=rep, at=NOW):
        row.contact = other
        row.save()

    event = last_event(deal)
    assert [(person["what"], person["name"]) for person in event.people] == [
        ("removed", before.name),
        ("added", other.name),
    ]
    assert factories.reread(deal).version == event.version


def test_the_contact_of_the_deal_is_not_lost_by_rewriting_its_row(deal, rep):
    row, other = deal.stakeholders.get(contact=deal.contact), factories.ContactFactory()

    with refused(transitions.ContactStays), editing(deal, by=rep, at=NOW):
        row.contact = other
        row.save()


def test_the_team_is_not_changed_by_rewriting_a_row(deal, rep, colleague, stranger):
    member = factories.add_team_member(deal, user=colleague)
    other = factories.UserFactory()

    with refused(transitions.NotAllowed, "owner and managers"), editing(deal, by=colleague, at=NOW):
        member.user = other
        member.save()
    with refused(transitions.NotAllowed, "no role"), editing(deal, by=rep, at=NOW):
        member.user = stranger
        member.save()


def test_a_row_is_not_moved_to_another_opportunity(deal, rep):
    row, other = factories.add_stakeholder(deal), factories.OpportunityFactory(owner=rep)

    with refused(OutsideTheDoor), editing(deal, by=rep, at=NOW):
        row.opportunity = other
        row.save()


def test_a_row_that_somebody_removed_does_not_come_back_by_saving_it(deal, rep):
    row = factories.add_stakeholder(deal)
    factories.remove(Stakeholder.objects.get(pk=row.pk))

    with refused(transitions.Gone), editing(deal, by=rep, at=NOW):
        row.role = Stakeholder.Role.CHAMPION
        row.save()


# Waiting


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_busy_is_a_refusal(rep, monkeypatch):
    deal = factories.OpportunityFactory(owner=rep)
    other = connection.copy()
    other.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50" if connection.vendor == "sqlite" else "SET lock_timeout = '50ms'")
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with other.cursor() as cursor:
            cursor.execute("UPDATE opportunities_opportunity SET name = name")
        with pytest.raises(transitions.Busy, match="Try again in a moment"):
            factories.edit(deal, name="Another name")
    finally:
        other.rollback()
        other.close()
        connection.close()

    assert factories.reread(deal).name == deal.name
    assert factories.edit(deal, name="Another name").name == "Another name"


@pytest.mark.parametrize("text", ["no such table: opportunities_event", "disk I/O error"])
def test_other_trouble_of_the_database_is_a_bug_and_not_a_refusal(deal, text):
    with pytest.raises(editing_module.OperationalError, match=text), editing_module.written_or_refused():
        raise editing_module.OperationalError(text)


def test_a_refusal_leaves_the_transaction_around_it_usable(deal, rep):
    with transaction.atomic():
        with pytest.raises(transitions.BrokenConstraint):
            factories.add_stakeholder(deal, contact=deal.contact)
        factories.edit(deal, name="Another name")

    assert factories.reread(deal).name == "Another name"

"""`editing`, the one way to write an opportunity: what it writes and what it refuses."""

import copy
from decimal import Decimal

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.editing import deletion, editing
from opportunities.models import Event, Opportunity, Stakeholder, TeamMember, UnguardedWrite
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import CLOSE, DEVELOP, HOUR, NOW, stage
from tests.support.meanwhile import failing

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return factories.opportunity_in(DEVELOP, owner=rep)


def last_event(opportunity):
    return opportunity.events.latest("version")


# What editing writes


def test_a_changed_record_is_saved_once_with_one_event(opportunity, rep):
    with CaptureQueriesContext(connection) as queries, editing(opportunity, by=rep, at=NOW + HOUR) as record:
        record.customer_need = "Trucks"
        record.estimated_budget = Decimal("10.50")

    saved = factories.reread(opportunity)
    assert (saved.customer_need, saved.estimated_budget) == ("Trucks", Decimal("10.50"))
    assert (saved.version, saved.modified_at) == (opportunity.version + 1, NOW + HOUR)
    event = last_event(opportunity)
    assert (event.version, event.kind, event.by, event.at) == (saved.version, Event.Kind.EDITED, rep, NOW + HOUR)
    assert event.changes == [
        {"field": "estimated_budget", "old": "480000.00", "new": "10.50"},
        {"field": "customer_need", "old": "", "new": "Trucks"},
    ]
    statements = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert [sql.split('"')[1] for sql in statements] == [
        "opportunities_event",
        "opportunities_opportunity",
        "opportunities_lastlook",
    ]


def test_an_unchanged_record_writes_nothing(opportunity, rep):
    with unchanged(), editing(opportunity, by=rep, at=NOW + HOUR) as record:
        record.customer_need = record.customer_need
        record.estimated_budget = Decimal(480000)
        record.name = str(record.name)


def test_there_is_one_event_for_each_version(opportunity, rep):
    for number in range(3):
        factories.edit(opportunity, customer_need=f"Need {number}")

    versions = list(opportunity.events.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, factories.reread(opportunity).version + 1))


def test_the_event_lists_added_changed_and_removed_child_rows(opportunity, rep):
    going = factories.add_stakeholder(opportunity)
    changing = factories.add_competitor(opportunity)

    with editing(opportunity, by=rep, at=NOW) as record:
        coming = record.team_members.create(user=rep, role=TeamMember.Role.DELIVERY)
        link = record.competitor_links.get(pk=changing.pk)
        link.note = "Cheap"
        link.save()
        record.stakeholders.get(pk=going.pk).delete()

    event = last_event(opportunity)
    assert event.changes == []
    assert [(row["table"], row["id"], row["what"]) for row in event.children] == [
        ("stakeholder", going.pk, "removed"),
        ("competitor", changing.pk, "changed"),
        ("team_member", coming.pk, "added"),
    ]
    assert event.children[1]["changes"] == [{"field": "note", "old": "", "new": "Cheap"}]


def test_counts_and_readiness_are_updated(opportunity, rep):
    factories.add_team_member(opportunity)
    factories.add_competitor(opportunity)
    opportunity = factories.fill(opportunity, DEVELOP, leave=["customer_need"])

    assert (
        opportunity.team_count,
        opportunity.competitor_count,
        opportunity.stakeholder_count,
        opportunity.decision_maker_count,
    ) == (1, 1, 2, 1)
    assert (opportunity.steps_met, opportunity.steps_required, opportunity.is_ready) == (3, 4, False)

    opportunity = factories.edit(opportunity, customer_need="Trucks")
    assert (opportunity.steps_met, opportunity.is_ready) == (4, True)


def test_the_search_text_follows_the_name(opportunity):
    factories.edit(opportunity, name="Sørlandet Ålesund ÆØÅ")

    assert factories.reread(opportunity).search_text == "sorlandet alesund aeoa"


def test_an_incomplete_opportunity_can_be_saved(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    opportunity = factories.edit(
        opportunity, customer_need="Trucks", final_proposal_presented=True, decision_date=factories.TODAY
    )

    assert opportunity.final_proposal_presented


def test_the_object_passed_in_does_not_change(opportunity, rep):
    before = copy.deepcopy({name: value for name, value in opportunity.__dict__.items() if name != "_state"})

    with editing(opportunity, by=rep, at=NOW) as record:
        record.name = "Another name"
        assert record is not opportunity

    assert {name: value for name, value in opportunity.__dict__.items() if name != "_state"} == before


def test_the_record_contains_earlier_writes_of_others(opportunity, rep):
    factories.edit(opportunity, customer_need="Newer")

    with editing(opportunity, by=rep, at=NOW) as record:
        assert record.customer_need == "Newer"
        record.proposed_solution = "Ours"

    assert factories.reread(opportunity).customer_need == "Newer"


def test_an_error_in_the_block_writes_nothing(opportunity, rep):
    contact = factories.ContactFactory()

    with refused(ZeroDivisionError), editing(opportunity, by=rep, at=NOW) as record:
        record.name = "Another name"
        record.stakeholders.create(contact=contact)
        raise ZeroDivisionError


def test_a_refusal_rolls_back_child_rows_of_the_same_write(opportunity, rep):
    contact = factories.ContactFactory()

    with refused(transitions.InvalidEntry), editing(opportunity, by=rep, at=NOW) as record:
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
def test_an_invalid_value_is_refused_on_its_field(opportunity, rep, field, value):
    with refused(transitions.Refused) as caught, editing(opportunity, by=rep, at=NOW) as record:
        setattr(record, field, value)

    if not isinstance(caught.value, transitions.BrokenConstraint):
        assert caught.value.field == field.removesuffix("_id")


@pytest.mark.parametrize("category", ["won", "lost"])
def test_the_forecast_category_won_or_lost_is_set_only_by_closing(opportunity, rep, category):
    with refused(transitions.Refused, "set only by closing"):
        factories.edit(opportunity, forecast_category=category)


# Columns that only moves and `editing` itself set


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
        ("unmet_steps", [1]),
        ("missing_behind", 3),
    ],
)
def test_setting_a_column_that_is_not_editable_raises(opportunity, rep, field, value):
    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        record.customer_need = "Trucks"
        setattr(record, field, value)


@pytest.mark.parametrize("field", ["active_stage", "pipeline_phase"])
def test_setting_the_stage_raises(opportunity, rep, field):
    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW) as record:
        setattr(record, field, stage(CLOSE))


# Nesting


def test_editing_the_same_opportunity_twice_at_once_raises(opportunity, rep):
    with refused(RuntimeError, "does not nest"), editing(opportunity, by=rep, at=NOW) as record:
        record.name = "Another name"
        with editing(opportunity, by=rep, at=NOW):
            pass


def test_moving_inside_editing_raises(opportunity, rep):
    opportunity = factories.fill(opportunity, DEVELOP)

    with refused(RuntimeError, "does not nest"), editing(opportunity, by=rep, at=NOW):
        transitions.advance(opportunity=opportunity, by=rep, at=NOW)


def test_two_opportunities_can_be_edited_at_once(opportunity, rep):
    other = factories.OpportunityFactory(owner=rep)

    with editing(opportunity, by=rep, at=NOW) as one, editing(other, by=rep, at=NOW) as two:
        one.name, two.name = "One", "Two"

    assert (factories.reread(opportunity).name, factories.reread(other).name) == ("One", "Two")


def test_an_opportunity_can_be_edited_again_after_a_refusal(opportunity, rep):
    with refused(transitions.InvalidEntry):
        factories.edit(opportunity, name="")

    assert factories.edit(opportunity, name="Another name").name == "Another name"


# Closed or deleted opportunities, and users without permission


@pytest.mark.parametrize("closed", [factories.won_opportunity, factories.lost_opportunity])
def test_a_closed_opportunity_and_its_child_rows_cannot_be_changed(rep, manager, closed):
    opportunity = closed(owner=rep)
    contact, rival = factories.ContactFactory(), factories.CompetitorFactory()

    for person in (rep, manager):
        with refused(transitions.OpportunityClosed, "Reopen it to change it"):
            factories.edit(opportunity, by=person, description="Later thought")
        with refused(transitions.OpportunityClosed):
            factories.add_stakeholder(opportunity, by=person, contact=contact)
        with refused(transitions.OpportunityClosed):
            factories.add_competitor(opportunity, by=person, competitor=rival)
        with refused(transitions.OpportunityClosed):
            factories.remove(opportunity.team_members.get(), by=person)


def test_a_closed_opportunity_can_be_changed_with_closed_allow(rep):
    opportunity = factories.won_opportunity(owner=rep)

    with editing(opportunity, by=rep, at=NOW, closed="allow") as record:
        record.description = "Erased"

    opportunity = factories.reread(opportunity)
    assert (opportunity.description, opportunity.status) == ("Erased", "won")


def test_editing_a_deleted_opportunity_is_refused(opportunity, manager):
    deleted = Opportunity(pk=opportunity.pk + 1_000_000)

    with refused(transitions.Gone), editing(deleted, by=manager, at=NOW):
        pass


def test_a_user_without_permission_cannot_edit(opportunity, colleague, stranger):
    for outsider in (colleague, stranger):
        with refused(transitions.NotAllowed):
            factories.edit(opportunity, by=outsider, name="Mine")


# What the database refuses


def test_adding_the_same_contact_twice_is_refused_with_a_sentence(opportunity, rep):
    row = factories.add_stakeholder(opportunity)

    with refused(transitions.BrokenConstraint, "already a stakeholder"):
        factories.add_stakeholder(opportunity, contact=row.contact)


def test_adding_the_same_competitor_or_team_member_twice_is_refused_with_a_sentence(opportunity, rep):
    link, member = factories.add_competitor(opportunity), factories.add_team_member(opportunity)

    with refused(transitions.BrokenConstraint, "already on the opportunity"):
        factories.add_competitor(opportunity, competitor=link.competitor)
    with refused(transitions.BrokenConstraint, "already on the sales team"):
        factories.add_team_member(opportunity, user=member.user)


def test_any_other_constraint_is_refused_with_a_sentence(opportunity, rep):
    with (
        refused(transitions.BrokenConstraint, "Something else changed"),
        editing(opportunity, by=rep, at=NOW) as record,
    ):
        record.stakeholders.create(contact=factories.ContactFactory(), note=None)


# The subject of a child row


def test_a_row_with_another_contact_is_logged_as_removed_and_added(opportunity, rep):
    before, other = factories.ContactFactory(), factories.ContactFactory()
    row = factories.add_stakeholder(opportunity, contact=before)

    with editing(opportunity, by=rep, at=NOW):
        row.contact = other
        row.save()

    event = last_event(opportunity)
    assert [(row["what"], row["name"]) for row in event.children] == [
        ("removed", before.name),
        ("added", other.name),
    ]
    assert factories.reread(opportunity).version == event.version


def test_the_row_of_the_contact_cannot_get_another_contact(opportunity, rep):
    row, other = opportunity.stakeholders.get(contact=opportunity.contact), factories.ContactFactory()

    with refused(transitions.ContactStays), editing(opportunity, by=rep, at=NOW):
        row.contact = other
        row.save()


def test_a_team_row_cannot_get_another_user_without_permission(opportunity, rep, colleague, stranger):
    member = factories.add_team_member(opportunity, user=colleague)
    other = factories.UserFactory()

    with refused(transitions.NotAllowed, "owner and managers"), editing(opportunity, by=colleague, at=NOW):
        member.user = other
        member.save()
    with refused(transitions.NotAllowed, "no role"), editing(opportunity, by=rep, at=NOW):
        member.user = stranger
        member.save()


def test_a_row_cannot_be_moved_to_another_opportunity(opportunity, rep):
    row, other = factories.add_stakeholder(opportunity), factories.OpportunityFactory(owner=rep)

    with refused(UnguardedWrite), editing(opportunity, by=rep, at=NOW):
        row.opportunity = other
        row.save()


def test_saving_a_removed_row_is_refused(opportunity, rep):
    row = factories.add_stakeholder(opportunity)
    factories.remove(Stakeholder.objects.get(pk=row.pk))

    with refused(transitions.Gone), editing(opportunity, by=rep, at=NOW):
        row.roles = Stakeholder.Role.CHAMPION
        row.save()


# Waiting


@pytest.mark.django_db(transaction=True)
def test_a_busy_database_is_a_refusal(rep, monkeypatch):
    opportunity = factories.OpportunityFactory(owner=rep)
    other = connection.copy()
    other.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50" if connection.vendor == "sqlite" else "SET lock_timeout = '50ms'")
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with other.cursor() as cursor:
            cursor.execute("UPDATE opportunities_opportunity SET name = name")
        with pytest.raises(transitions.Busy, match="Try again in a moment"):
            factories.edit(opportunity, name="Another name")
    finally:
        other.rollback()
        other.close()
        connection.close()

    assert factories.reread(opportunity).name == opportunity.name
    assert factories.edit(opportunity, name="Another name").name == "Another name"


@pytest.mark.parametrize("text", ["no such table: opportunities_event", "disk I/O error"])
def test_other_database_errors_are_raised(opportunity, text):
    with refused(OperationalError, text), failing('INSERT INTO "opportunities_event"', OperationalError(text)):
        factories.edit(opportunity, name="Another name")


def test_a_refusal_does_not_break_the_outer_transaction(opportunity, rep):
    with transaction.atomic():
        with pytest.raises(transitions.BrokenConstraint):
            factories.add_stakeholder(opportunity, contact=opportunity.contact)
        factories.edit(opportunity, name="Another name")

    assert factories.reread(opportunity).name == "Another name"


def test_a_database_error_with_another_cause_is_raised(opportunity):
    with (
        refused(DatabaseError, "value out of range"),
        failing('INSERT INTO "opportunities_event"', DatabaseError("value out of range")),
    ):
        factories.edit(opportunity, name="Another name")


def test_only_a_superuser_deletes_an_opportunity(opportunity, rep, manager):
    for by in (rep, manager):
        with refused(transitions.NotAllowed):
            deletion.delete(opportunity=opportunity, by=by, at=NOW)

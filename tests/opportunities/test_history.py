"""The history: one event for each version, with every change."""

import datetime
from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import Event
from opportunities.models.event import log_value
from tests.support import factories
from tests.support.db_assertions import rows_of
from tests.support.factories import DEVELOP, HOUR, NOW, PROPOSE, stage
from tests.support.moves import back, finish, forward, hold, jump, waive

pytestmark = pytest.mark.django_db


def kinds(opportunity):
    return list(opportunity.events.order_by("version").values_list("kind", flat=True))


def test_every_move_and_edit_writes_one_event(rep, manager):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["debrief_filed"])
    forward(opportunity)
    jump(factories.reread(opportunity), "Close")
    back(factories.reread(opportunity))
    hold(opportunity)
    transitions.resume(opportunity=opportunity, by=rep, at=NOW)
    forward(factories.reread(opportunity))
    waive(opportunity, "debrief_filed", by=manager)
    finish(factories.reread(opportunity))
    factories.win(factories.reread(opportunity))
    transitions.reopen(opportunity=opportunity, by=rep, at=NOW, reason="A mistake.")
    factories.lose(factories.reread(opportunity))

    expected = [
        "started",
        "edited",
        "advanced",
        "jumped",
        "went_back",
        "held",
        "resumed",
        "advanced",
        "waived",
        "finished",
        "won",
        "reopened",
        "lost",
    ]
    assert kinds(opportunity) == expected
    assert factories.reread(opportunity).version == len(expected)
    assert [event.version for event in opportunity.events.order_by("pk")] == list(range(1, len(expected) + 1))


def test_each_move_logs_its_stages(rep):
    opportunity = factories.opportunity_in(PROPOSE, owner=rep)
    back(opportunity)

    moves = opportunity.events.exclude(kind="edited").order_by("version").values_list("from_stage", "to_stage")
    qualify, develop, propose = (stage(name).pk for name in ("Qualify", DEVELOP, PROPOSE))
    assert list(moves) == [(None, qualify), (qualify, develop), (develop, propose), (propose, develop)]


def test_later_writes_do_not_change_old_events(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    before = rows_of(Event)

    forward(opportunity, at=NOW + HOUR)
    factories.edit(factories.reread(opportunity), name="Another name")

    assert rows_of(Event)[: len(before)] == before


def test_values_are_logged_as_readable_json(rep, colleague):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    account = factories.AccountFactory(name="Havbris")

    factories.edit(
        opportunity,
        account=account,
        owner=colleague,
        estimated_budget=Decimal(0),
        estimated_close_date=datetime.date(2026, 12, 24),
        rating="hot",
        probability=0,
        stakeholders_identified=True,
        customer_need="Æ\nø",
    )

    changes = {change["field"]: change["new"] for change in opportunity.events.latest("version").changes}
    assert changes == {
        "account": {"id": account.pk, "name": "Havbris"},
        "owner": {"id": colleague.pk, "name": "Ola Hansen"},
        "estimated_budget": "0.00",
        "estimated_close_date": "2026-12-24",
        "rating": "hot",
        "probability": 0,
        "stakeholders_identified": True,
        "customer_need": "Æ\nø",
    }


def test_an_emptied_field_is_logged(rep):
    opportunity = factories.OpportunityFactory(owner=rep, estimated_revenue=Decimal(10), description="Call")

    factories.edit(opportunity, estimated_revenue=None, description="")

    assert opportunity.events.latest("version").changes == [
        {"field": "description", "old": "Call", "new": ""},
        {"field": "estimated_revenue", "old": "10.00", "new": None},
    ]


def test_a_status_reason_is_logged_in_both_languages(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    hold(opportunity)

    (change,) = opportunity.events.latest("version").changes
    assert (change["field"], change["new"]["name_en"], change["new"]["name_nb"]) == (
        "status_reason",
        "On hold",
        "På vent",
    )


def test_child_rows_are_logged_by_name(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    contact = factories.ContactFactory(name="Berit Solberg")
    row = factories.add_stakeholder(opportunity, contact=contact)
    factories.remove(row)

    added, removed = opportunity.events.order_by("version")[1:]
    assert added.children == [
        {
            "table": "stakeholder",
            "id": row.pk,
            "name": "Berit Solberg",
            "subject": contact.pk,
            "what": "added",
            "changes": [
                {"field": "roles", "old": None, "new": "stakeholder"},
                {"field": "attitude", "old": None, "new": "unknown"},
                {"field": "influence", "old": None, "new": "unknown"},
                {"field": "note", "old": None, "new": ""},
            ],
        }
    ]
    assert (removed.children[0]["what"], removed.children[0]["name"]) == ("removed", "Berit Solberg")


def test_a_write_that_changes_a_field_and_a_child_row_is_one_event(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with editing(opportunity, by=rep, at=NOW) as record:
        record.description = "Call"
        record.stakeholders.create(contact=factories.ContactFactory())

    event = opportunity.events.latest("version")
    assert ([change["field"] for change in event.changes], len(event.children)) == (["description"], 1)
    assert Event.objects.filter(opportunity=opportunity).count() == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.5"), Decimal("1.50")),
        (Decimal(0), Decimal("0.00")),
        (NOW, NOW + 0 * HOUR),
    ],
)
def test_equal_values_are_logged_as_the_same_value(one, other):
    assert log_value(one) == log_value(other)

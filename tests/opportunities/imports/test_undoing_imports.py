"""A whole import is taken back while nothing of it was changed since."""

import pytest

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import editing
from opportunities.imports import undoing
from opportunities.models import ImportAct, Opportunity
from opportunities.refusals import NotAllowed
from opportunities.verify import run as verification
from tests.support import imports
from tests.support.factories import (
    DAY,
    NOW,
    PROPOSE,
    QUALIFY,
    AccountFactory,
    CompetitorFactory,
    UserFactory,
    opportunity_in,
    reread,
)
from tests.support.imports import done, table

pytestmark = pytest.mark.django_db

LATER = NOW + DAY
HEADINGS = (*imports.HEADINGS, "Account", "Contact")
DEALS = table(
    ["A1", "Fleet telematics", PROPOSE, "2025-11-03", "480000", "Fjord AS", "Kari Nordmann"],
    ["A2", "Road salt", QUALIFY, "2026-01-12", "120000", "Fjord AS", "Ola Nordmann"],
    ["A3", "Gravel", QUALIFY, "2026-01-12", "120000", "Old customer", ""],
    headings=HEADINGS,
)


@pytest.fixture
def run(manager):
    AccountFactory(name="Old customer")
    return done(manager, DEALS)


def undo(run, by):
    return imports.act(undoing.undo(run, by=by, at=LATER), at=LATER)


def test_undone_deals_are_gone_with_the_customers_that_came_with_them(run, manager):
    assert undo(run, manager) == (3, 0, 0)

    assert Opportunity.objects.count() == 0
    assert list(Account.objects.values_list("name", flat=True)) == ["Old customer"]
    assert Contact.objects.count() == 0
    assert imports.outcomes(run) == ["undone"] * 3
    assert list(verification.faults()) == []
    assert imports.outcomes(done(manager, DEALS, at=LATER)) == ["created"] * 3


def test_competitors_that_came_with_undone_deals_are_gone_too_unless_they_are_used(manager):
    old = CompetitorFactory(name="Old rival")
    headings = ("Name", "Stage", "Competitor")
    run = done(
        manager,
        table(["Road salt", QUALIFY, "Rival; Old rival"], ["Gravel", QUALIFY, "Rival"], headings=headings),
        columns={"Name": "name", "Stage": "stage", "Competitor": "competitor"},
    )

    assert undo(run, manager) == (2, 0, 0)

    assert list(Competitor.objects.all()) == [old]


def test_an_account_that_is_used_since_stays(run, manager):
    opportunity_in(QUALIFY, owner=manager, account=Account.objects.get(name="Fjord AS"))

    assert undo(run, manager) == (3, 0, 0)

    assert list(Account.objects.values_list("name", flat=True)) == ["Fjord AS", "Old customer"]


def test_nothing_is_undone_when_a_deal_was_changed(run, manager):
    first = Opportunity.objects.earliest("pk")
    with editing(first, by=manager, at=LATER) as record:
        record.description = "They decide in March"

    assert "1 row" in undoing.why_not(run, manager)
    with pytest.raises(undoing.CannotBeUndone):
        undo(run, manager)

    assert [row.number for row in undoing.changed_rows(run)] == [2]
    assert (Opportunity.objects.count(), ImportAct.objects.count()) == (3, 0)


def test_what_is_changed_while_it_is_undone_stays_with_the_reason(run, manager):
    act = undoing.undo(run, by=manager, at=LATER)
    first = Opportunity.objects.earliest("pk")
    with editing(first, by=manager, at=LATER) as record:
        record.description = "They decide in March"

    assert imports.act(act, at=LATER) == (2, 1, 0)

    assert list(Opportunity.objects.all()) == [first]
    assert "changed after it was imported" in act.rows.get(outcome="refused").why
    assert list(verification.faults()) == []


def test_what_an_import_changed_gets_its_former_values_again(run, manager):
    changed = done(manager, DEALS.replace("480000", "500000").replace("Fleet", "Car fleet"), at=LATER)
    first = Opportunity.objects.earliest("pk")
    assert (first.name, first.estimated_revenue) == ("Car fleet telematics", 500_000)

    assert undo(changed, manager) == (1, 0, 0)

    assert (reread(first).name, reread(first).estimated_revenue) == ("Fleet telematics", 480_000)
    assert Opportunity.objects.count() == 3


def test_another_rep_may_not_undo_and_nobody_while_it_runs(run, rep, manager):
    with pytest.raises(NotAllowed):
        undo(run, rep)
    run.finished_at = None
    run.save()
    with pytest.raises(undoing.CannotBeUndone):
        undo(run, manager)
    assert Opportunity.objects.count() == 3


def test_accounts_and_contacts_that_were_imported_by_themselves_are_undone(manager):
    ola = UserFactory(username="ola")
    old = AccountFactory(name="Old customer", city="Bergen")
    accounts = table(["Fjord AS", "Oslo", "ola"], ["Old customer", "Bergen", "ola"], headings=("Name", "City", "Owner"))
    run = done(manager, accounts, noun="accounts", columns={"Name": "name", "City": "city", "Owner": "owner"})
    assert (imports.outcomes(run), Account.objects.get(pk=old.pk).owner) == (["created", "updated"], ola)

    assert undo(run, manager) == (2, 0, 0)

    assert list(Account.objects.values_list("name", "city", "owner")) == [("Old customer", "Bergen", None)]

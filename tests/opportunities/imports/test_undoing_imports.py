"""A whole import is taken back while nothing of it was changed since."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities import transitions
from opportunities.customers import changing
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import editing
from opportunities.imports import undoing
from opportunities.models import ImportAct, Opportunity
from opportunities.refusals import NotAllowed
from opportunities.verify import run as verification
from tests.support import import_pages, imports
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


SHARED = ("Id", "Name", "Stage", "Account", "Contact", "Competitor")
WITH_CONTACT = SHARED[:-1]


@pytest.mark.parametrize("first", [0, 1])
def test_customers_of_two_imports_go_with_the_one_that_is_undone_last(manager, first):
    runs = [
        done(manager, table([key, key, QUALIFY, "Zeta AS", "Kari Nordmann", "Rival"], headings=SHARED), at=at)
        for key, at in (("A", NOW), ("B", LATER))
    ]

    undo(runs[first], manager)
    assert (Account.objects.count(), Contact.objects.count(), Competitor.objects.count()) == (1, 1, 1)

    undo(runs[1 - first], manager)
    assert (Account.objects.count(), Contact.objects.count(), Competitor.objects.count()) == (0, 0, 0)


def test_the_account_of_a_contact_that_two_imports_name_goes_with_the_contact(manager):
    first = done(manager, table(["A", "A", QUALIFY, "Zeta AS", "Kari Nordmann"], headings=WITH_CONTACT))
    second = done(manager, table(["B", "B", QUALIFY, "", "Kari Nordmann"], headings=WITH_CONTACT), at=LATER)

    undo(first, manager)
    undo(second, manager)

    assert (Account.objects.count(), Contact.objects.count()) == (0, 0)


def test_an_account_of_a_person_stays_when_the_last_import_that_used_it_is_undone(manager):
    AccountFactory(name="Zeta AS")
    run = done(manager, table(["A", "A", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT))

    undo(run, manager)

    assert Account.objects.count() == 1


def test_an_account_stays_while_the_import_that_created_it_is_not_undone(manager):
    first = done(manager, table(["A", "A", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT))
    second = done(manager, table(["B", "B", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT), at=LATER)
    opportunity = first.rows.get().opportunity
    opportunity.refresh_from_db()
    transitions.update(by=manager, at=LATER, opportunity=opportunity, entries={"account": None})

    undo(second, manager)

    assert Account.objects.count() == 1


def test_an_account_that_a_person_changed_stays_when_the_last_import_is_undone(manager):
    first = done(manager, table(["A", "A", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT))
    second = done(manager, table(["B", "B", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT), at=LATER)
    changing.change(Account, Account.objects.get().pk, {"city": "Oslo"}, version=0, by=manager, at=LATER)

    undo(first, manager)
    undo(second, manager)

    assert Account.objects.count() == 1


def test_what_a_changed_row_created_goes_when_the_change_is_undone(manager):
    done(manager, table(["A", "A", QUALIFY, "Fjord AS", "", ""], headings=SHARED))
    changed = table(["A", "A", QUALIFY, "Zeta AS", "Kari Nordmann", "Rival"], headings=SHARED)
    run = done(manager, changed, at=LATER)
    assert imports.outcomes(run) == ["updated"]

    undo(run, manager)

    assert [each.name for each in Account.objects.all()] == ["Fjord AS"]
    assert (Contact.objects.count(), Competitor.objects.count()) == (0, 0)
    assert Opportunity.objects.get().stakeholders.count() == 0
    assert list(verification.faults()) == []


WITH_OWNER = ("Id", "Name", "Stage", "Revenue", "Owner")


def test_an_undone_change_of_the_owner_leaves_the_sales_team_as_it_was(manager, rep):
    owners = {"ingrid": manager.pk, "rep": rep.pk}
    done(manager, table(["A", "A", QUALIFY, "100", "ingrid"], headings=WITH_OWNER), owners=owners)
    run = done(manager, table(["A", "A", QUALIFY, "100", "rep"], headings=WITH_OWNER), owners=owners, at=LATER)
    assert Opportunity.objects.get().owner == rep

    undo(run, manager)

    opportunity = Opportunity.objects.get()
    assert (opportunity.owner, opportunity.team_members.count()) == (manager, 0)


def test_a_change_whose_former_owner_was_disabled_is_not_undone_and_the_reason_names_the_owner(manager, rep):
    owners = {"ingrid": manager.pk, "rep": rep.pk}
    done(manager, table(["A", "A", QUALIFY, "100", "rep"], headings=WITH_OWNER), owners=owners)
    run = done(manager, table(["A", "A", QUALIFY, "200", "ingrid"], headings=WITH_OWNER), owners=owners, at=LATER)
    rep.is_active = False
    rep.save()

    act = undoing.undo(run, by=manager, at=LATER)

    assert imports.act(act, at=LATER) == (0, 1, 0)
    assert (
        act.rows.get().why == f"The former owner, {rep}, cannot have opportunities any more. Undo changes nothing here."
    )
    assert (Opportunity.objects.get().owner, Opportunity.objects.get().estimated_revenue) == (manager, 200)


def test_an_account_goes_whose_city_another_undone_import_wrote(manager):
    deals = done(manager, table(["A", "A", QUALIFY, "Zeta AS", ""], headings=WITH_CONTACT))
    accounts = table(["Zeta AS", "Oslo"], headings=("Name", "City"))
    cities = done(manager, accounts, noun="accounts", columns={"Name": "name", "City": "city"}, at=LATER)

    undo(deals, manager)
    assert Account.objects.count() == 1

    undo(cities, manager)
    assert Account.objects.count() == 0


def test_the_parent_that_an_account_of_an_import_created_goes_with_it(manager):
    accounts = table(["Zeta Oslo AS", "Zeta AS"], headings=("Name", "Parent"))
    run = done(manager, accounts, noun="accounts", columns={"Name": "name", "Parent": "parent"})
    assert Account.objects.count() == 2

    undo(run, manager)

    assert Account.objects.count() == 0


def test_the_report_names_each_row_that_could_not_be_undone_with_its_reason(manager, rep, client_of):
    owners = {"ingrid": manager.pk, "rep": rep.pk}
    rows = [[key, f"Deal {key}", QUALIFY, "100"] for key in "ABC"]
    done(manager, table(*([*row, "rep"] for row in rows), headings=WITH_OWNER), owners=owners)
    changed = table(*([*row[:3], "200", "ingrid"] for row in rows), headings=WITH_OWNER)
    run = done(manager, changed, owners=owners, at=LATER)
    rep.is_active = False
    rep.save()
    client = client_of(manager)

    answer = client.get(import_pages.page("import_undo", run))
    assert "A row that a person changes while the undo runs stays" in answer.content.decode()
    assert "0 rows" not in answer.content.decode()
    import_pages.pressed(client, "import_undo", run, "Undo the import")

    with CaptureQueriesContext(connection) as queries:
        report = client.get(import_pages.page("import_run", run)).content.decode()
    assert len(queries) <= 15
    assert "0 undone, 3 could not be undone." in report
    assert "3 rows could not be undone." in report  # the message
    assert "The import is undone." not in report
    assert report.count(f"The former owner, {rep}, cannot have opportunities any more.") == 3
    assert all(f"Deal {key}</a>" in report for key in "ABC")


def test_the_message_says_that_an_import_is_undone(run, manager, client_of):
    client = client_of(manager)

    import_pages.pressed(client, "import_undo", run, "Undo the import")

    assert "The import is undone." in client.get(import_pages.page("import_run", run)).content.decode()

"""An import does what its preview says, changes nothing twice, and lets nobody past a gate."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.customers.models import Account, Contact
from opportunities.editing import editing
from opportunities.imports import making, previewing, running
from opportunities.models import Import, Opportunity, Waiver
from opportunities.verify import run as verification
from tests.support import factories, imports
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, PROPOSE, QUALIFY, AccountFactory, UserFactory, reread
from tests.support.imports import done, table

pytestmark = pytest.mark.django_db

LATER = NOW + DAY

DEALS = table(
    ["A1", "Fleet telematics", PROPOSE, "2025-11-03", "480000"],
    ["A2", "Road salt", QUALIFY, "2026-01-12", "120000"],
)


def placed():
    """Each opportunity with its stage or its status."""
    rows = Opportunity.objects.order_by("pk").select_related("active_stage")
    return [(row.name, row.active_stage.name_en if row.is_open else row.status) for row in rows]


def written():
    return list(Opportunity.objects.order_by("pk").values_list("pk", "version"))


def test_a_managers_deals_keep_the_stage_of_the_file(manager):
    run = imports.counted(manager, DEALS)
    assert (imports.fates(run), Opportunity.objects.count()) == (["create", "create"], 0)

    imports.do(run)

    assert imports.outcomes(run) == ["created", "created"]
    assert placed() == [("Fleet telematics", PROPOSE), ("Road salt", QUALIFY)]
    assert set(Waiver.objects.values_list("kind", flat=True)) == {Waiver.Kind.IMPORTED}
    assert run.finished_at == NOW
    assert list(verification.faults()) == []


def test_a_reps_deals_are_where_the_gates_are_open_until_a_manager_agrees(rep, manager):
    from opportunities.imports import approvals

    run = done(rep, DEALS, keeps=Import.Keeps.ASKED)

    assert placed() == [("Fleet telematics", QUALIFY), ("Road salt", QUALIFY)]
    assert Waiver.objects.count() == 0
    assert list(approvals.waiting_for(manager)) == [run]

    act = approvals.approve(run, by=manager, at=LATER)

    assert imports.act(act, at=LATER) == (1, 0, 0)
    assert placed() == [("Fleet telematics", PROPOSE), ("Road salt", QUALIFY)]
    assert list(approvals.waiting_for(manager)) == []
    assert set(Waiver.objects.values_list("by", flat=True)) == {manager.pk}
    assert list(verification.faults()) == []


def test_a_rep_may_not_keep_stages_nor_import_what_is_closed_or_of_others(rep, manager):
    headings = (*imports.HEADINGS, "Closed", "Actual", "Owner")
    text = table(
        ["A1", "Won deal", "Won", "2025-11-03", "", "2026-01-30", "900", ""],
        ["A2", "Of another", QUALIFY, "2025-11-03", "", "", "", "boss"],
        headings=headings,
    )
    with pytest.raises(transitions.NotAllowed):
        imports.mapped(rep, text, keeps=Import.Keeps.MAPPED, owners={"boss": manager.pk})
    run = done(rep, text, owners={"boss": manager.pk})

    assert imports.outcomes(run) == ["refused", "refused"]
    assert [row.problems[0]["column"] for row in run.rows.all()] == ["Stage", "Owner"]
    assert Opportunity.objects.count() == 0


def test_closed_deals_come_in_as_closed(manager):
    headings = (*imports.HEADINGS, "Closed", "Actual", "Owner")
    run = done(
        manager,
        table(
            ["A1", "Won deal", "Won", "2025-11-03", "", "2026-01-30", "900", ""],
            ["A2", "Lost deal", "Lost", "2025-11-03", "500", "2026-01-31", "", ""],
            ["A3", "No day", "Won", "2025-11-03", "", "", "900", ""],
            ["A4", "Tomorrow", "Won", "2025-11-03", "", "2026-03-03", "900", ""],
            headings=headings,
        ),
    )

    assert imports.outcomes(run) == ["created", "created", "refused", "refused"]
    assert placed() == [("Won deal", "won"), ("Lost deal", "lost")]
    assert list(Opportunity.objects.order_by("pk").values_list("actual_revenue", flat=True)) == [Decimal(900), None]
    assert list(verification.faults()) == []


def test_the_same_file_again_changes_nothing(manager):
    done(manager, DEALS)
    before = written()

    again = done(manager, DEALS, at=LATER)

    assert (imports.fates(again), imports.outcomes(again)) == (["same"] * 2, ["same"] * 2)
    assert written() == before


def test_rows_without_an_id_are_known_by_what_they_say(manager):
    headings = ("Name", "Stage", "Note")
    text = table(["Salt", QUALIFY, "x"], ["Salt", QUALIFY, "x"], ["Sand", QUALIFY, ""], headings=headings)
    done(manager, text)
    assert placed() == [("Salt", QUALIFY), ("Salt", QUALIFY), ("Sand", QUALIFY)]

    again = done(manager, text + "Gravel,Qualify,\n", at=LATER)

    assert imports.outcomes(again) == ["same", "same", "same", "created"]


def test_a_changed_file_changes_its_deals_unless_a_person_did(manager):
    done(manager, DEALS)
    first, second = Opportunity.objects.order_by("pk")
    with editing(second, by=manager, at=NOW) as record:
        record.description = "Talked to them"
    changed = DEALS.replace("480000", "500000").replace("120000", "130000").replace("Fleet", "Car fleet")

    run = done(manager, changed, at=LATER)

    assert (imports.fates(run), imports.outcomes(run)) == (["update", "skip"], ["updated", "skipped"])
    assert (reread(first).name, reread(first).estimated_revenue) == ("Car fleet telematics", 500_000)
    assert reread(second).estimated_revenue == 120_000
    assert "changed here" in imports.sentences(run)[0]


def test_an_import_of_a_known_id_neither_moves_nor_closes(manager):
    done(manager, DEALS)
    before = written()
    moved = DEALS.replace("Propose", "Close").replace("Qualify", "Develop")

    again = done(manager, moved, at=LATER)

    assert imports.outcomes(again) == ["same", "same"]
    assert written() == before


def test_another_person_cannot_change_deals_by_their_ids(rep, manager):
    done(manager, DEALS)

    run = done(rep, DEALS.replace("480000", "1"), at=LATER)

    assert imports.outcomes(run) == ["refused", "refused"]
    assert Opportunity.objects.filter(estimated_revenue=1).count() == 0


def test_accounts_and_contacts_are_found_or_created(manager):
    fjord = AccountFactory(name="Fjord Data AS")
    headings = (*imports.HEADINGS, "Account", "Contact", "E-mail", "Competitor")
    rest = ["Qualify", "2026-01-12", ""]
    run = done(
        manager,
        table(
            ["A1", "One", *rest, "FJORD DATA", "Kari Nordmann", "kari@fjord.example", "Rival; Other"],
            ["A2", "Two", *rest, "Fjord Data AS", "", "KARI@fjord.example", "rival"],
            ["A3", "Three", *rest, "New Ltd", "", "nobody@new.example", ""],
            headings=headings,
        ),
    )

    assert imports.outcomes(run) == ["created", "created", "refused"]
    kari, found = Contact.objects.get(), Opportunity.objects.order_by("pk")
    assert {(row.account, row.contact) for row in found} == {(fjord, kari)}
    assert (kari.account, Account.objects.count()) == (fjord, 1)
    assert [sorted(row.competitor_links.values_list("competitor__name", flat=True)) for row in found] == [
        ["Other", "Rival"],
        ["Rival"],
    ]


def test_a_mapping_that_leaves_rows_out_and_cells_that_cannot_be_read(manager):
    from opportunities.imports.mapping import StageMeaning

    text = table(
        ["A1", "Bad day", QUALIFY, "2026-02-31", "1"],
        ["A2", "Left out", "Parked", "2026-02-01", "1"],
        ["A3", "", QUALIFY, "2026-02-01", "-5"],
        ["A4", "Fine", QUALIFY, "2026-02-01", "1"],
        ["A4", "Twice", QUALIFY, "2026-02-01", "1"],
    )
    run = done(manager, text, stages=imports.stages() | {"Parked": StageMeaning(is_skipped=True)})

    assert imports.outcomes(run) == ["refused", "skipped", "refused", "created", "refused"]
    assert placed() == [("Fine", QUALIFY)]
    cells = [(each["column"], each["cell"]) for row in run.rows.order_by("number") for each in row.problems]
    assert cells == [("Created", "2026-02-31"), ("Revenue", "-5"), ("Name", ""), ("Id", "A4")]


def test_an_import_that_was_stopped_goes_on_where_it_was(manager):
    run = imports.counted(manager, table(*([f"A{n}", f"Deal {n}", QUALIFY, "2026-02-01", ""] for n in range(5))))
    running.start(run, by=manager, at=NOW)
    running.do_some(run.pk, 2, clock=lambda: NOW)
    running.stop(run, at=NOW)
    running.do_some(run.pk, 100, clock=lambda: NOW)
    assert Opportunity.objects.count() == 2

    assert running.resume(run)
    imports.do(run)

    assert imports.outcomes(run) == ["created"] * 5
    assert Opportunity.objects.count() == 5
    assert running.resume(run) is False


def test_nobody_starts_the_import_of_another_or_maps_one_that_was_started(rep, manager):
    run = imports.counted(manager, DEALS)
    with pytest.raises(transitions.NotAllowed):
        running.start(run, by=rep, at=NOW)
    imports.do(run)

    for act in (
        lambda: making.map_columns(run, columns=imports.COLUMNS),
        lambda: making.explain(run, mapping=making.mapping_of(run), keeps="mapped", at=NOW),
        lambda: making.discard(run),
    ):
        with pytest.raises((making.NotNow, making.FileRefused)):
            act()
    assert running.start(run, by=manager, at=NOW) is False


def test_what_is_begun_and_not_started_writes_nothing_and_is_deleted_after_a_day(manager):
    from salesflow import private_files

    run = imports.counted(manager, DEALS)
    stored = run.stored_name
    assert private_files.storage().exists(stored)

    imports.counted(manager, DEALS, at=NOW + 2 * DAY)

    assert not Import.objects.filter(pk=run.pk).exists()
    assert Opportunity.objects.count() == 0


def test_a_large_file_is_counted_by_the_worker_and_small_again_when_mapped_anew(manager):
    rows = [[f"A{n}", f"Deal {n}", QUALIFY, "2026-02-01", ""] for n in range(previewing.AT_ONCE + 1)]
    run = imports.mapped(manager, table(*rows))

    previewing.count(run, clock=lambda: NOW)
    assert (run.is_counted, previewing.counted(run)) == (False, 0)
    assert previewing.count_some(run.pk, 20, clock=lambda: NOW)
    assert previewing.counted(run) == 20
    previewing.count_rows.call(run.pk)

    run.refresh_from_db()
    assert run.is_counted
    assert previewing.fates(run) == {"create": len(rows)}
    making.map_columns(run, columns=imports.COLUMNS)
    assert (run.is_counted, previewing.counted(run)) == (False, 0)


def test_people_who_lost_their_role_import_nothing_more(manager):
    run = imports.counted(manager, DEALS)
    running.start(run, by=manager, at=NOW)
    manager.groups.clear()

    imports.do(run)

    assert imports.outcomes(run) == ["refused", "refused"]
    assert Opportunity.objects.count() == 0


def test_the_owner_of_the_file_gets_the_deal(manager):
    ola = UserFactory(username="ola")
    headings = (*imports.HEADINGS, "Owner")
    text = table(["A1", "Salt", CLOSE, "2025-11-03", "", "ola"], headings=headings)

    done(manager, text)

    assert Opportunity.objects.get().owner == ola
    assert placed() == [("Salt", CLOSE)]


@pytest.mark.parametrize("named", ["Who left", ""])
def test_what_is_there_keeps_its_owner_where_the_file_names_none_who_is_known(manager, rep, named):
    ola = UserFactory(username="ola")
    headings = (*imports.HEADINGS, "Owner", "Account")
    row = ["A1", "Salt", CLOSE, "2025-11-03", "100"]
    done(manager, table([*row, "ola", "Fjord AS"], headings=headings), default_owner=rep.pk)

    again = done(manager, table([*row, named, "Fjord AS"], headings=headings), default_owner=rep.pk, at=LATER)
    changed = table([*row[:4], "200", named, "Fjord AS"], headings=headings)
    third = done(manager, changed, default_owner=rep.pk, at=LATER + DAY)

    opportunity = Opportunity.objects.get()
    assert (imports.outcomes(again), imports.outcomes(third)) == (["same"], ["updated"])
    assert (opportunity.owner, opportunity.estimated_revenue) == (ola, 200)


def test_an_account_that_is_there_keeps_its_owner_where_the_file_names_none_who_is_known(manager, rep):
    ola = UserFactory(username="ola")
    columns = {"Id": "external_id", "Name": "name", "Owner": "owner", "City": "city"}
    one = table(["K1", "Fjord AS", "ola", "Bergen"], headings=columns)
    done(manager, one, noun="accounts", columns=columns, owners={"ola": ola.pk}, default_owner=rep.pk)
    other = table(["K1", "Fjord AS", "Who left", "Oslo"], headings=columns)

    again = done(manager, other, noun="accounts", columns=columns, default_owner=rep.pk, at=LATER)

    account = Account.objects.get()
    assert imports.outcomes(again) == ["updated"]
    assert (account.owner, account.city) == (ola, "Oslo")


def test_a_deal_that_was_moved_since_is_not_lifted(rep, manager):
    from opportunities.imports import approvals

    run = done(rep, DEALS.replace(QUALIFY, DEVELOP), keeps=Import.Keeps.ASKED)
    first = Opportunity.objects.earliest("pk")
    transitions.close_as_lost(
        opportunity=first,
        by=manager,
        at=LATER,
        reason=factories.reason("no_fit"),
        closed_on=NOW.date(),
        waive_because="Gone",
    )

    act = approvals.approve(run, by=manager, at=LATER)

    assert imports.act(act, at=LATER) == (1, 0, 0)
    assert placed() == [("Fleet telematics", "lost"), ("Road salt", DEVELOP)]

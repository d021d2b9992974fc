"""Two people edit one opportunity: merged field by field; a conflict is what both changed differently."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.editing import Gone, editing
from opportunities.models import Stakeholder
from tests import factories
from tests.factories import DEVELOP, HOUR, NOW
from tests.rows import refused, unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(rep, colleague):
    """As both saw it when they opened their forms."""
    deal = factories.deal_in(DEVELOP, owner=rep)
    factories.add_team_member(deal, user=colleague)
    return factories.edit(deal, customer_need="Trucks", next_step="Call")


def save(deal, by, version, **entries):
    """Post a whole form: what was seen and what was changed."""
    with editing(deal, by=by, at=NOW + 2 * HOUR, version=version) as record:
        for name, value in entries.items():
            setattr(record, name, value)
    return factories.reread(deal)


def fields(conflicts):
    return [(each.field, each.mine, each.theirs) for each in conflicts]


# Fields


def test_what_only_the_other_changed_is_kept(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")

    saved = save(deal, rep, deal.version, customer_need="Trucks", proposed_solution="Sensors")

    assert (saved.customer_need, saved.proposed_solution) == ("Ships", "Sensors")
    changes = deal.events.latest("version").changes
    assert changes == [{"field": "proposed_solution", "old": "", "new": "Sensors"}]


def test_a_form_posted_as_it_was_seen_writes_nothing_over_a_newer_value(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")

    with unchanged():
        save(deal, rep, deal.version, customer_need="Trucks", next_step="Call")


def test_what_both_changed_alike_is_no_conflict(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")

    with unchanged():
        save(deal, rep, deal.version, customer_need="Ships")


def test_what_both_changed_differently_is_a_conflict_with_both_values_who_and_when(deal, rep, colleague):
    factories.edit(deal, by=colleague, at=NOW + HOUR, customer_need="Ships")

    with refused(transitions.StaleVersion, "Ola Hansen changed “customer need” while you were editing") as caught:
        save(deal, rep, deal.version, customer_need="Planes", proposed_solution="Sensors")

    (conflict,) = caught.value.conflicts
    assert (conflict.field, conflict.mine, conflict.theirs) == ("customer_need", "Planes", "Ships")
    assert (conflict.by, conflict.at) == (colleague, NOW + HOUR)
    assert caught.value.field == "customer_need"


def test_the_second_save_goes_through_with_the_version_of_the_refusal(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")
    with refused(transitions.StaleVersion) as caught:
        save(deal, rep, deal.version, customer_need="Planes")

    assert save(deal, rep, caught.value.version, customer_need="Planes").customer_need == "Planes"


def test_what_was_merged_is_told_so_that_the_second_save_keeps_it(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships", next_step="Write")

    with refused(transitions.StaleVersion) as caught:
        save(deal, rep, deal.version, customer_need="Planes", next_step="Call")

    assert fields(caught.value.conflicts) == [("customer_need", "Planes", "Ships")]
    assert caught.value.merged["next_step"] == "Write"


def test_every_conflict_is_listed(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships", estimated_budget=Decimal(7), probability=50)

    with refused(transitions.StaleVersion) as caught:
        save(deal, rep, deal.version, customer_need="", estimated_budget=None, probability=60)

    assert sorted(fields(caught.value.conflicts), key=str) == [
        ("customer_need", "", "Ships"),
        ("estimated_budget", None, Decimal(7)),
        ("probability", 60, 50),
    ]


def test_the_last_of_several_others_is_named(deal, rep, colleague, manager):
    factories.edit(deal, by=colleague, customer_need="Ships")
    factories.edit(deal, by=manager, at=NOW + HOUR, customer_need="Boats")

    with refused(transitions.StaleVersion) as caught:
        save(deal, rep, deal.version, customer_need="Planes")

    (conflict,) = caught.value.conflicts
    assert (conflict.theirs, conflict.by, conflict.at) == ("Boats", manager, NOW + HOUR)


def test_what_the_other_changed_and_changed_back_is_no_conflict(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")
    factories.edit(deal, by=colleague, customer_need="Trucks")

    assert save(deal, rep, deal.version, customer_need="Planes").customer_need == "Planes"


def test_a_value_from_between_is_still_a_conflict(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")
    factories.edit(deal, by=colleague, customer_need="Boats")

    with refused(transitions.StaleVersion):
        save(deal, rep, deal.version, customer_need="Ships")


@pytest.mark.parametrize(
    ("field", "seen", "theirs", "mine"),
    [
        ("estimated_budget", Decimal(480000), Decimal(0), Decimal("5.50")),
        ("estimated_close_date", None, factories.TODAY, factories.TODAY + factories.DAY),
        ("purchase_process", "committee", "unknown", "individual"),
        ("internal_review_completed", False, True, None),
        ("probability", None, 0, 30),
        ("description", "", "Ships", "Trucks"),
    ],
)
def test_every_kind_of_value_merges_and_conflicts(deal, rep, colleague, field, seen, theirs, mine):
    factories.edit(deal, by=colleague, **{field: theirs})

    assert getattr(save(deal, rep, deal.version, **{field: seen}), field) == theirs
    if mine is not None:
        with refused(transitions.StaleVersion) as caught:
            save(deal, rep, deal.version, **{field: mine})
        assert fields(caught.value.conflicts) == [(field, mine, theirs)]


def test_a_chosen_row_merges_and_conflicts_too(deal, rep, colleague):
    seen, theirs, mine = deal.account, factories.AccountFactory(), factories.AccountFactory()
    factories.edit(deal, by=colleague, account=theirs)

    assert save(deal, rep, deal.version, account=seen).account == theirs
    with refused(transitions.StaleVersion) as caught:
        save(deal, rep, deal.version, account=mine)
    assert fields(caught.value.conflicts) == [("account", mine, theirs)]


def test_what_a_rule_set_by_itself_is_merged_like_anything_else(rep, colleague):
    deal = factories.edit(factories.OpportunityFactory(owner=rep), no_known_competitors=True)
    factories.add_team_member(deal, user=colleague)
    opened = factories.reread(deal).version
    factories.add_competitor(deal, by=colleague)

    saved = save(deal, rep, opened, no_known_competitors=True, description="Ships")

    assert (saved.no_known_competitors, saved.description) == (False, "Ships")


def test_the_merged_record_is_what_the_rules_are_applied_to(deal, rep, colleague):
    rival = factories.add_competitor(deal)
    opened = factories.reread(deal).version
    factories.remove(rival, by=colleague)

    with refused(transitions.EvidenceMissing):
        save(deal, rep, opened, competitors_identified=True)


# Moves and people in between


def test_a_move_in_between_makes_no_form_stale(deal, rep, colleague):
    opened = deal.version
    transitions.go_back(opportunity=deal, by=colleague, at=NOW)

    assert save(deal, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_adding_a_stakeholder_does_not_make_ones_own_panel_stale(deal, rep):
    opened = deal.version
    factories.add_stakeholder(deal)

    assert save(deal, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_a_save_after_the_deal_was_closed_is_refused_as_closed(rep, manager):
    deal = factories.finished_deal(owner=rep)
    factories.win(deal, by=manager)

    with refused(transitions.OpportunityClosed):
        save(deal, rep, deal.version, description="Ships")


def test_without_a_version_the_last_save_wins(deal, rep, colleague):
    factories.edit(deal, by=colleague, customer_need="Ships")

    assert save(deal, rep, None, customer_need="Planes").customer_need == "Planes"


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_before_the_first_is_no_error(deal, rep, version):
    save(deal, rep, version, description="Ships")

    assert factories.reread(deal).description == "Ships"


@pytest.mark.parametrize("version", [10**6, 2**31 - 1])
def test_a_version_that_is_yet_to_come_is_refused(deal, rep, version):
    with refused(Gone):
        save(deal, rep, version, description="Ships")


@pytest.mark.parametrize("versions", [[], [""], ["1", "2"], ["999999"]], ids=str)
@pytest.mark.parametrize("of", ["panel", "row"])
def test_what_a_colleague_wrote_is_not_overwritten_by_a_page_that_says_no_version(
    deal, rep, colleague, client_of, of, versions
):
    client, stake = client_of(rep), factories.add_stakeholder(deal)
    factories.edit(deal, by=colleague, customer_need="Theirs")
    where, posted = {
        "panel": ("save/", {"stage": factories.stage(DEVELOP).pk, "customer_need": "Mine"}),
        "row": (f"stakeholders/{stake.pk}/", {"role": "champion", "note": "Mine"}),
    }[of]

    with unchanged():
        answer = client.post(f"{deal.get_absolute_url()}{where}", {**posted, "version": versions})

    assert answer.status_code == 422


# People


@pytest.fixture
def stake(deal):
    return factories.add_stakeholder(deal)


def save_stake(deal, stake, by, version, **columns):
    with editing(deal, by=by, at=NOW + 2 * HOUR, version=version) as record:
        row = record.stakeholders.get(pk=stake.pk)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save()
    return Stakeholder.objects.get(pk=stake.pk)


def test_two_columns_of_one_person_are_merged(deal, stake, rep, colleague):
    opened = factories.reread(deal).version
    save_stake(deal, stake, colleague, None, role="champion")

    saved = save_stake(deal, stake, rep, opened, role="stakeholder", note="Likes us")

    assert (saved.role, saved.note) == ("champion", "Likes us")
    (person,) = deal.events.latest("version").people
    assert person["changes"] == [{"field": "note", "old": "", "new": "Likes us"}]


def test_one_column_changed_by_both_is_a_conflict(deal, stake, rep, colleague):
    opened = factories.reread(deal).version
    save_stake(deal, stake, colleague, None, role="champion")

    with refused(transitions.StaleVersion) as caught:
        save_stake(deal, stake, rep, opened, role="end_user")

    assert fields(caught.value.conflicts) == [("role", "end_user", "champion")]
    assert caught.value.conflicts[0].by == colleague
    assert save_stake(deal, stake, rep, caught.value.version, role="end_user").role == "end_user"


def test_a_person_changed_and_changed_back_is_no_conflict(deal, stake, rep, colleague):
    opened = factories.reread(deal).version
    save_stake(deal, stake, colleague, None, role="champion")
    save_stake(deal, stake, colleague, None, role="stakeholder")

    assert save_stake(deal, stake, rep, opened, role="end_user").role == "end_user"


def test_different_people_are_never_in_conflict(deal, stake, rep, colleague):
    other = factories.add_stakeholder(deal)
    opened = factories.reread(deal).version
    save_stake(deal, stake, colleague, None, role="champion")

    assert save_stake(deal, other, rep, opened, role="end_user").role == "end_user"


def test_a_person_posted_as_seen_writes_nothing(deal, stake, rep, colleague):
    opened = factories.reread(deal).version
    save_stake(deal, stake, colleague, None, role="champion")

    with unchanged():
        save_stake(deal, stake, rep, opened, role="stakeholder", note="")


def test_the_same_stakeholder_added_by_two_is_one_and_a_sentence(deal, rep, colleague):
    contact = factories.ContactFactory()
    factories.add_stakeholder(deal, by=colleague, contact=contact)

    with refused(transitions.BrokenConstraint, "already a stakeholder"):
        factories.add_stakeholder(deal, by=rep, contact=contact)

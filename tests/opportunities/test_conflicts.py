"""Two people edit one opportunity: merged field by field; a conflict is what both changed differently."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.editing import editing
from opportunities.editing.refusals import Gone
from opportunities.models import Stakeholder
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DEVELOP, HOUR, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep, colleague):
    """As both saw it when they opened their forms."""
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    return factories.edit(opportunity, customer_need="Trucks", name="Call")


def save(opportunity, by, version, **entries):
    """Post a whole form: what was seen and what was changed."""
    with editing(opportunity, by=by, at=NOW + 2 * HOUR, version=version) as record:
        for name, value in entries.items():
            setattr(record, name, value)
    return factories.reread(opportunity)


def fields(conflicts):
    return [(each.field, each.mine, each.theirs) for each in conflicts]


# Fields


def test_what_only_the_other_changed_is_kept(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    saved = save(opportunity, rep, opportunity.version, customer_need="Trucks", proposed_solution="Sensors")

    assert (saved.customer_need, saved.proposed_solution) == ("Ships", "Sensors")
    changes = opportunity.events.latest("version").changes
    assert changes == [{"field": "proposed_solution", "old": "", "new": "Sensors"}]


def test_a_form_posted_as_it_was_seen_writes_nothing_over_a_newer_value(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    with unchanged():
        save(opportunity, rep, opportunity.version, customer_need="Trucks", name="Call")


def test_what_both_changed_alike_is_no_conflict(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    with unchanged():
        save(opportunity, rep, opportunity.version, customer_need="Ships")


def test_what_both_changed_differently_is_a_conflict_with_both_values_who_and_when(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, at=NOW + HOUR, customer_need="Ships")

    with refused(transitions.StaleVersion, "Ola Hansen changed “customer need” while you were editing") as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes", proposed_solution="Sensors")

    (conflict,) = caught.value.conflicts
    assert (conflict.field, conflict.mine, conflict.theirs) == ("customer_need", "Planes", "Ships")
    assert (conflict.by, conflict.at) == (colleague, NOW + HOUR)
    assert caught.value.field == "customer_need"


def test_the_second_save_goes_through_with_the_version_of_the_refusal(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes")

    assert save(opportunity, rep, caught.value.version, customer_need="Planes").customer_need == "Planes"


def test_what_was_merged_is_told_so_that_the_second_save_keeps_it(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships", name="Write")

    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes", name="Call")

    assert fields(caught.value.conflicts) == [("customer_need", "Planes", "Ships")]
    assert caught.value.merged["name"] == "Write"


def test_every_conflict_is_listed(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships", estimated_budget=Decimal(7), probability=50)

    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="", estimated_budget=None, probability=60)

    assert sorted(fields(caught.value.conflicts), key=str) == [
        ("customer_need", "", "Ships"),
        ("estimated_budget", None, Decimal(7)),
        ("probability", 60, 50),
    ]


def test_the_last_of_several_others_is_named(opportunity, rep, colleague, manager):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    factories.edit(opportunity, by=manager, at=NOW + HOUR, customer_need="Boats")

    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes")

    (conflict,) = caught.value.conflicts
    assert (conflict.theirs, conflict.by, conflict.at) == ("Boats", manager, NOW + HOUR)


def test_what_the_other_changed_and_changed_back_is_no_conflict(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    factories.edit(opportunity, by=colleague, customer_need="Trucks")

    assert save(opportunity, rep, opportunity.version, customer_need="Planes").customer_need == "Planes"


def test_a_value_from_between_is_still_a_conflict(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    factories.edit(opportunity, by=colleague, customer_need="Boats")

    with refused(transitions.StaleVersion):
        save(opportunity, rep, opportunity.version, customer_need="Ships")


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
def test_every_kind_of_value_merges_and_conflicts(opportunity, rep, colleague, field, seen, theirs, mine):
    factories.edit(opportunity, by=colleague, **{field: theirs})

    assert getattr(save(opportunity, rep, opportunity.version, **{field: seen}), field) == theirs
    if mine is not None:
        with refused(transitions.StaleVersion) as caught:
            save(opportunity, rep, opportunity.version, **{field: mine})
        assert fields(caught.value.conflicts) == [(field, mine, theirs)]


def test_a_chosen_row_merges_and_conflicts_too(opportunity, rep, colleague):
    seen, theirs, mine = opportunity.account, factories.AccountFactory(), factories.AccountFactory()
    factories.edit(opportunity, by=colleague, account=theirs)

    assert save(opportunity, rep, opportunity.version, account=seen).account == theirs
    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, account=mine)
    assert fields(caught.value.conflicts) == [("account", mine, theirs)]


def test_what_a_rule_set_by_itself_is_merged_like_anything_else(rep, colleague):
    opportunity = factories.edit(factories.OpportunityFactory(owner=rep), no_known_competitors=True)
    factories.add_team_member(opportunity, user=colleague)
    opened = factories.reread(opportunity).version
    factories.add_competitor(opportunity, by=colleague)

    saved = save(opportunity, rep, opened, no_known_competitors=True, description="Ships")

    assert (saved.no_known_competitors, saved.description) == (False, "Ships")


def test_the_merged_record_is_what_the_rules_are_applied_to(opportunity, rep, colleague):
    rival = factories.add_competitor(opportunity)
    opened = factories.reread(opportunity).version
    factories.remove(rival, by=colleague)

    with refused(transitions.EvidenceMissing):
        save(opportunity, rep, opened, competitors_identified=True)


# Moves and people in between


def test_a_move_in_between_makes_no_form_stale(opportunity, rep, colleague):
    opened = opportunity.version
    transitions.go_back(opportunity=opportunity, by=colleague, at=NOW)

    assert save(opportunity, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_adding_a_stakeholder_does_not_make_ones_own_panel_stale(opportunity, rep):
    opened = opportunity.version
    factories.add_stakeholder(opportunity)

    assert save(opportunity, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_a_save_after_the_opportunity_was_closed_is_refused_as_closed(rep, manager):
    opportunity = factories.finished_opportunity(owner=rep)
    factories.win(opportunity, by=manager)

    with refused(transitions.OpportunityClosed):
        save(opportunity, rep, opportunity.version, description="Ships")


def test_without_a_version_the_last_save_wins(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    assert save(opportunity, rep, None, customer_need="Planes").customer_need == "Planes"


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_before_the_first_is_no_error(opportunity, rep, version):
    save(opportunity, rep, version, description="Ships")

    assert factories.reread(opportunity).description == "Ships"


@pytest.mark.parametrize("version", [10**6, 2**31 - 1])
def test_a_version_that_is_yet_to_come_is_refused(opportunity, rep, version):
    with refused(Gone):
        save(opportunity, rep, version, description="Ships")


@pytest.mark.parametrize(
    ("versions", "status"), [([], 400), ([""], 400), (["1", "2"], 400), (["999999"], 422)], ids=str
)
@pytest.mark.parametrize("of", ["panel", "row"])
def test_what_a_colleague_wrote_is_not_overwritten_by_a_page_that_says_no_version(
    opportunity, rep, colleague, client_of, of, versions, status
):
    client, stake = client_of(rep), factories.add_stakeholder(opportunity)
    factories.edit(opportunity, by=colleague, customer_need="Theirs")
    where, posted = {
        "panel": ("save/", {"stage": factories.stage(DEVELOP).pk, "customer_need": "Mine"}),
        "row": (f"stakeholders/{stake.pk}/", {"role": "champion", "note": "Mine"}),
    }[of]

    with unchanged():
        answer = client.post(f"{opportunity.get_absolute_url()}{where}", {**posted, "version": versions})

    assert answer.status_code == status


# People


@pytest.fixture
def stake(opportunity):
    return factories.add_stakeholder(opportunity)


def save_stake(opportunity, stake, by, version, **columns):
    with editing(opportunity, by=by, at=NOW + 2 * HOUR, version=version) as record:
        row = record.stakeholders.get(pk=stake.pk)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save()
    return Stakeholder.objects.get(pk=stake.pk)


def test_two_columns_of_one_person_are_merged(opportunity, stake, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stake(opportunity, stake, colleague, None, role="champion")

    saved = save_stake(opportunity, stake, rep, opened, role="stakeholder", note="Likes us")

    assert (saved.role, saved.note) == ("champion", "Likes us")
    (person,) = opportunity.events.latest("version").children
    assert person["changes"] == [{"field": "note", "old": "", "new": "Likes us"}]


def test_one_column_changed_by_both_is_a_conflict(opportunity, stake, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stake(opportunity, stake, colleague, None, role="champion")

    with refused(transitions.StaleVersion) as caught:
        save_stake(opportunity, stake, rep, opened, role="end_user")

    assert fields(caught.value.conflicts) == [("role", "end_user", "champion")]
    assert caught.value.conflicts[0].by == colleague
    assert save_stake(opportunity, stake, rep, caught.value.version, role="end_user").role == "end_user"


def test_a_person_changed_and_changed_back_is_no_conflict(opportunity, stake, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stake(opportunity, stake, colleague, None, role="champion")
    save_stake(opportunity, stake, colleague, None, role="stakeholder")

    assert save_stake(opportunity, stake, rep, opened, role="end_user").role == "end_user"


def test_different_people_are_never_in_conflict(opportunity, stake, rep, colleague):
    other = factories.add_stakeholder(opportunity)
    opened = factories.reread(opportunity).version
    save_stake(opportunity, stake, colleague, None, role="champion")

    assert save_stake(opportunity, other, rep, opened, role="end_user").role == "end_user"


def test_a_person_posted_as_seen_writes_nothing(opportunity, stake, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stake(opportunity, stake, colleague, None, role="champion")

    with unchanged():
        save_stake(opportunity, stake, rep, opened, role="stakeholder", note="")


def test_the_same_stakeholder_added_by_two_is_one_and_a_sentence(opportunity, rep, colleague):
    contact = factories.ContactFactory()
    factories.add_stakeholder(opportunity, by=colleague, contact=contact)

    with refused(transitions.BrokenConstraint, "already a stakeholder"):
        factories.add_stakeholder(opportunity, by=rep, contact=contact)

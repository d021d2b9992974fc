"""Two users edit one opportunity. Fields are merged; a field that both changed differently is a conflict."""

from decimal import Decimal

import pytest

from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import Stakeholder
from opportunities.refusals import Gone
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DEVELOP, HOUR, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.fixture(scope="module")
def as_opened(cast):
    """The opportunity when both users opened their forms."""
    opportunity = factories.opportunity_in(DEVELOP, owner=cast["rep"])
    factories.add_team_member(opportunity, user=cast["colleague"])
    return factories.edit(opportunity, customer_need="Trucks", name="Call")


@pytest.fixture
def opportunity(as_opened):
    return factories.reread(as_opened)


def save(opportunity, by, version, **entries):
    """Saves these values as a form that showed this version."""
    with editing(opportunity, by=by, at=NOW + 2 * HOUR, version=version) as record:
        for name, value in entries.items():
            setattr(record, name, value)
    return factories.reread(opportunity)


def fields(conflicts):
    return [(each.field, each.mine, each.theirs) for each in conflicts]


# Fields


def test_a_field_that_only_the_other_user_changed_is_kept(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    saved = save(opportunity, rep, opportunity.version, customer_need="Trucks", proposed_solution="Sensors")

    assert (saved.customer_need, saved.proposed_solution) == ("Ships", "Sensors")
    changes = opportunity.events.latest("version").changes
    assert changes == [{"field": "proposed_solution", "old": "", "new": "Sensors"}]


def test_an_unchanged_form_does_not_overwrite_a_newer_value(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    with unchanged():
        save(opportunity, rep, opportunity.version, customer_need="Trucks", name="Call")


def test_the_same_change_by_both_users_is_not_a_conflict(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    with unchanged():
        save(opportunity, rep, opportunity.version, customer_need="Ships")


def test_a_write_that_relies_on_the_owner_goes_through_when_another_field_changed(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    with editing(opportunity, by=rep, at=NOW, version=opportunity.version, relies_on=("owner",)) as record:
        record.team_members.get_or_create(user=record.owner)

    assert opportunity.team_members.filter(user=rep).exists()


def test_a_conflict_has_both_values_the_user_and_the_time(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, at=NOW + HOUR, customer_need="Ships")

    with refused(transitions.StaleVersion, "Ola Hansen changed “customer need” while you were editing") as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes", proposed_solution="Sensors")

    (conflict,) = caught.value.conflicts
    assert (conflict.field, conflict.mine, conflict.theirs) == ("customer_need", "Planes", "Ships")
    assert (conflict.by, conflict.at) == (colleague, NOW + HOUR)
    assert caught.value.field == "customer_need"


def test_a_second_save_with_the_version_of_the_refusal_succeeds(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes")

    assert save(opportunity, rep, caught.value.version, customer_need="Planes").customer_need == "Planes"


def test_the_refusal_contains_the_merged_values(opportunity, rep, colleague):
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


def test_a_conflict_names_the_last_user_who_changed_the_field(opportunity, rep, colleague, manager):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    factories.edit(opportunity, by=manager, at=NOW + HOUR, customer_need="Boats")

    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, customer_need="Planes")

    (conflict,) = caught.value.conflicts
    assert (conflict.theirs, conflict.by, conflict.at) == ("Boats", manager, NOW + HOUR)


def test_a_field_changed_and_changed_back_is_not_a_conflict(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")
    factories.edit(opportunity, by=colleague, customer_need="Trucks")

    assert save(opportunity, rep, opportunity.version, customer_need="Planes").customer_need == "Planes"


def test_an_intermediate_value_of_the_other_user_is_a_conflict(opportunity, rep, colleague):
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
def test_every_kind_of_value_can_merge_and_conflict(opportunity, rep, colleague, field, seen, theirs, mine):
    factories.edit(opportunity, by=colleague, **{field: theirs})

    assert getattr(save(opportunity, rep, opportunity.version, **{field: seen}), field) == theirs
    if mine is not None:
        with refused(transitions.StaleVersion) as caught:
            save(opportunity, rep, opportunity.version, **{field: mine})
        assert fields(caught.value.conflicts) == [(field, mine, theirs)]


def test_a_foreign_key_can_merge_and_conflict(opportunity, rep, colleague):
    seen, theirs, mine = opportunity.account, factories.AccountFactory(), factories.AccountFactory()
    factories.edit(opportunity, by=colleague, account=theirs)

    assert save(opportunity, rep, opportunity.version, account=seen).account == theirs
    with refused(transitions.StaleVersion) as caught:
        save(opportunity, rep, opportunity.version, account=mine)
    assert fields(caught.value.conflicts) == [("account", mine, theirs)]


def test_a_value_set_by_a_rule_is_merged(rep, colleague):
    opportunity = factories.edit(factories.OpportunityFactory(owner=rep), no_known_competitors=True)
    factories.add_team_member(opportunity, user=colleague)
    opened = factories.reread(opportunity).version
    factories.add_competitor(opportunity, by=colleague)

    saved = save(opportunity, rep, opened, no_known_competitors=True, description="Ships")

    assert (saved.no_known_competitors, saved.description) == (False, "Ships")


def test_the_rules_are_applied_to_the_merged_record(opportunity, rep, colleague):
    rival = factories.add_competitor(opportunity)
    opened = factories.reread(opportunity).version
    factories.remove(rival, by=colleague)

    with refused(transitions.EvidenceMissing):
        save(opportunity, rep, opened, competitors_identified=True)


# Moves and child rows written meanwhile


def test_a_move_does_not_make_a_form_stale(opportunity, rep, colleague):
    opened = opportunity.version
    transitions.go_back(opportunity=opportunity, by=colleague, at=NOW)

    assert save(opportunity, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_adding_a_stakeholder_does_not_make_an_open_panel_stale(opportunity, rep):
    opened = opportunity.version
    factories.add_stakeholder(opportunity)

    assert save(opportunity, rep, opened, customer_need="Planes").customer_need == "Planes"


def test_saving_after_the_opportunity_was_closed_is_refused(rep, manager):
    opportunity = factories.finished_opportunity(owner=rep)
    factories.win(opportunity, by=manager)

    with refused(transitions.OpportunityClosed):
        save(opportunity, rep, opportunity.version, description="Ships")


def test_without_a_version_the_last_save_wins(opportunity, rep, colleague):
    factories.edit(opportunity, by=colleague, customer_need="Ships")

    assert save(opportunity, rep, None, customer_need="Planes").customer_need == "Planes"


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_before_the_first_is_accepted(opportunity, rep, version):
    save(opportunity, rep, version, description="Ships")

    assert factories.reread(opportunity).description == "Ships"


@pytest.mark.parametrize("version", [10**6, 2**31 - 1])
def test_a_version_after_the_last_is_refused(opportunity, rep, version):
    with refused(Gone):
        save(opportunity, rep, version, description="Ships")


@pytest.mark.parametrize(
    ("versions", "status"), [([], 400), ([""], 400), (["1", "2"], 400), (["999999"], 422)], ids=str
)
@pytest.mark.parametrize("of", ["panel", "row"])
def test_a_page_without_a_valid_version_does_not_overwrite_a_change(
    opportunity, rep, colleague, client_of, of, versions, status
):
    client, stakeholder = client_of(rep), factories.add_stakeholder(opportunity)
    factories.edit(opportunity, by=colleague, customer_need="Theirs")
    where, posted = {
        "panel": ("save/", {"stage": factories.stage(DEVELOP).pk, "customer_need": "Mine"}),
        "row": (
            f"stakeholders/{stakeholder.pk}/",
            {"roles": "champion", "attitude": "unknown", "influence": "unknown", "note": "Mine"},
        ),
    }[of]

    with unchanged():
        answer = client.post(f"{opportunity.get_absolute_url()}{where}", {**posted, "version": versions})

    assert answer.status_code == status


# Child rows


@pytest.fixture
def stakeholder(opportunity):
    return factories.add_stakeholder(opportunity)


def save_stakeholder(opportunity, stakeholder, by, version, **columns):
    with editing(opportunity, by=by, at=NOW + 2 * HOUR, version=version) as record:
        row = record.stakeholders.get(pk=stakeholder.pk)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save()
    return Stakeholder.objects.get(pk=stakeholder.pk)


def test_two_columns_of_one_child_row_are_merged(opportunity, stakeholder, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, stakeholder, colleague, None, roles="champion")

    saved = save_stakeholder(opportunity, stakeholder, rep, opened, roles="stakeholder", note="Likes us")

    assert (saved.roles, saved.note) == (("champion",), "Likes us")
    (person,) = opportunity.events.latest("version").children
    assert person["changes"] == [{"field": "note", "old": "", "new": "Likes us"}]


def test_a_column_of_a_child_row_changed_by_both_is_a_conflict(opportunity, stakeholder, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, stakeholder, colleague, None, attitude="neutral")

    with refused(transitions.StaleVersion) as caught:
        save_stakeholder(opportunity, stakeholder, rep, opened, attitude="opponent")

    assert fields(caught.value.conflicts) == [("attitude", "opponent", "neutral")]
    assert caught.value.conflicts[0].by == colleague
    saved = save_stakeholder(opportunity, stakeholder, rep, caught.value.version, attitude="opponent")
    assert saved.attitude == "opponent"


@pytest.mark.parametrize(
    ("seen", "theirs", "mine", "merged"),
    [
        ("stakeholder", "champion", "end_user", ("champion", "end_user")),
        ("champion,end_user", "end_user", "champion,end_user,influencer", ("end_user", "influencer")),
        ("champion,end_user", "end_user", "champion", ("stakeholder",)),
        ("champion", "champion,end_user", "champion", ("champion", "end_user")),
    ],
)
def test_roles_that_two_users_change_are_merged_one_by_one(rep, colleague, opportunity, seen, theirs, mine, merged):
    row = factories.add_stakeholder(opportunity, roles=seen)
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, row, colleague, None, roles=theirs)

    assert save_stakeholder(opportunity, row, rep, opened, roles=mine).roles == merged


def test_a_child_row_changed_and_changed_back_is_not_a_conflict(opportunity, stakeholder, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, stakeholder, colleague, None, roles="champion")
    save_stakeholder(opportunity, stakeholder, colleague, None, roles="stakeholder")

    assert save_stakeholder(opportunity, stakeholder, rep, opened, roles="end_user").roles == ("end_user",)


def test_different_child_rows_are_never_in_conflict(opportunity, stakeholder, rep, colleague):
    other = factories.add_stakeholder(opportunity)
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, stakeholder, colleague, None, roles="champion")

    assert save_stakeholder(opportunity, other, rep, opened, roles="end_user").roles == ("end_user",)


def test_an_unchanged_child_row_writes_nothing(opportunity, stakeholder, rep, colleague):
    opened = factories.reread(opportunity).version
    save_stakeholder(opportunity, stakeholder, colleague, None, roles="champion")

    with unchanged():
        save_stakeholder(opportunity, stakeholder, rep, opened, roles="stakeholder", note="")


def test_a_stakeholder_added_by_two_users_is_refused_the_second_time(opportunity, rep, colleague):
    contact = factories.ContactFactory()
    factories.add_stakeholder(opportunity, by=colleague, contact=contact)

    with refused(transitions.BrokenConstraint, "already a stakeholder"):
        factories.add_stakeholder(opportunity, by=rep, contact=contact)


def test_adding_a_row_merges_with_a_change_of_another_row(opportunity, stakeholder, rep, colleague):
    factories.change_row(stakeholder, by=colleague, note="Kind")

    with editing(opportunity, by=rep, at=NOW + 2 * HOUR, version=opportunity.version) as record:
        record.stakeholders.create(contact=factories.ContactFactory(name="Eva Lind"))

    notes = {str(row): row.note for row in opportunity.stakeholders.all()}
    assert (notes[str(stakeholder)], notes["Eva Lind"]) == ("Kind", "")

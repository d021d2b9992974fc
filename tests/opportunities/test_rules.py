"""What no write may do to an opportunity, whoever makes it: passed gates, ticks and evidence, contact, competitors."""

import pytest

from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import Stakeholder
from stages.models import Step
from tests import factories
from tests.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step
from tests.rows import refused

from .test_transitions import EACH_STEP, REQUIRED, missing

pytestmark = pytest.mark.django_db

BLANK = {
    "contact": None,
    "account": None,
    "purchase_timeframe": "",
    "estimated_budget": None,
    "purchase_process": "",
    "customer_need": " \u200b",
    "proposed_solution": "",
    "decision_date": None,
}
"""What empties each field; a tick is emptied by unticking."""

DECISION_MAKER = Stakeholder.Role.DECISION_MAKER


def after(name):
    """A deal for which the stage of that name is passed, and nothing later filled in."""
    later = {QUALIFY: DEVELOP, DEVELOP: PROPOSE, PROPOSE: CLOSE}
    return lambda owner: (
        factories.finished_deal(owner=owner) if name == CLOSE else factories.deal_in(later[name], owner=owner)
    )


# A passed gate keeps holding


@pytest.mark.parametrize(("name", "field"), EACH_STEP)
def test_a_field_behind_a_passed_gate_is_not_emptied(rep, name, field):
    deal = after(name)(rep)

    with refused(transitions.PassedGate, f"{name} has been passed and needs") as caught:
        factories.edit(deal, **{field: BLANK.get(field, False)})

    assert missing(caught) == [(name, field)]
    assert (caught.value.field, step(field).name in str(caught.value)) == (field, True)


def test_after_going_back_the_field_may_be_emptied(rep):
    deal = after(QUALIFY)(rep)
    transitions.go_back(opportunity=deal, by=rep, at=NOW)

    assert factories.edit(deal, estimated_budget=None).estimated_budget is None


def test_a_finished_process_that_goes_back_to_its_last_stage_may_be_changed_there(rep):
    deal = factories.finished_deal(owner=rep)
    transitions.go_back(opportunity=deal, by=rep, at=NOW, to_stage=stage(CLOSE))

    assert not factories.edit(deal, debrief_filed=False).debrief_filed


def test_what_is_filled_behind_a_passed_gate_may_become_something_else(rep):
    deal = after(QUALIFY)(rep)

    deal = factories.edit(deal, estimated_budget=0, contact=factories.ContactFactory(), purchase_process="unknown")

    assert (deal.estimated_budget, deal.purchase_process) == (0, "unknown")


def test_steps_of_the_active_stage_and_later_ones_may_be_emptied(rep):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep))

    deal = factories.edit(deal, customer_need="", stakeholders_identified=False, debrief_filed=False)

    assert not deal.is_ready


def test_an_optional_step_behind_a_passed_gate_may_be_unticked(rep):
    deal = factories.edit(factories.deal_in(CLOSE, owner=rep), proposal_developed=True)

    assert not factories.edit(deal, proposal_developed=False).proposal_developed


def test_several_fields_emptied_at_once_are_all_named(rep):
    deal = after(QUALIFY)(rep)

    with refused(transitions.PassedGate) as caught:
        factories.edit(deal, contact=None, estimated_budget=None, purchase_process="")

    assert missing(caught) == [
        (QUALIFY, "contact"),
        (QUALIFY, "estimated_budget"),
        (QUALIFY, "purchase_process"),
    ]


def test_a_waived_step_behind_a_passed_gate_may_be_emptied(rep, manager):
    deal = factories.fill(factories.OpportunityFactory(owner=rep), QUALIFY, leave=["estimated_budget"])
    transitions.waive(opportunity=deal, by=manager, at=NOW, step=step("estimated_budget"), reason="They do not say.")
    transitions.advance(opportunity=deal, by=rep, at=NOW)
    deal = factories.edit(deal, estimated_budget=5)

    assert factories.edit(deal, estimated_budget=None).estimated_budget is None


def test_a_step_made_required_later_blocks_no_edit_and_shows_at_the_next_move(rep):
    deal = factories.fill(after(QUALIFY)(rep), DEVELOP)
    factories.add_step(stage(QUALIFY), "description")

    deal = factories.edit(deal, customer_need="Ships")

    with refused(transitions.GateClosed) as caught:
        transitions.advance(opportunity=deal, by=rep, at=NOW)
    assert missing(caught) == [(QUALIFY, "description")]


def test_a_step_made_required_later_is_kept_once_it_is_met(rep):
    deal = after(QUALIFY)(rep)
    factories.add_step(stage(QUALIFY), "description")
    deal = factories.edit(deal, description="Ships")

    with refused(transitions.PassedGate):
        factories.edit(deal, description="")


def test_a_step_that_is_archived_holds_no_longer(rep):
    deal = after(QUALIFY)(rep)
    factories.change_step("estimated_budget", is_archived=True)

    assert factories.edit(deal, estimated_budget=None).estimated_budget is None


# The people behind a passed gate


@pytest.mark.parametrize("later", [DEVELOP, CLOSE])
def test_the_last_decision_maker_stays(rep, later):
    deal = factories.deal_in(later, owner=rep)
    last = deal.stakeholders.get(role=DECISION_MAKER)

    with refused(transitions.PassedGate, "Identify decision maker") as caught:
        factories.remove(last)
    assert missing(caught) == [(QUALIFY, "decision_maker_identified")]

    with refused(transitions.PassedGate), editing(deal, by=rep, at=NOW) as record:
        row = record.stakeholders.get(pk=last.pk)
        row.role = Stakeholder.Role.CHAMPION
        row.save()


def test_one_of_two_decision_makers_may_go(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)
    first = deal.stakeholders.get(role=DECISION_MAKER)
    factories.add_decision_maker(deal)

    factories.remove(first)

    assert factories.reread(deal).decision_maker_count == 1


def test_a_decision_maker_may_be_replaced_in_one_write(rep):
    deal = factories.deal_in(DEVELOP, owner=rep)
    other = factories.ContactFactory()

    with editing(deal, by=rep, at=NOW) as record:
        record.stakeholders.get(role=DECISION_MAKER).delete()
        record.stakeholders.create(contact=other, role=DECISION_MAKER)

    assert deal.stakeholders.get(role=DECISION_MAKER).contact == other


def test_the_last_stakeholder_stays(rep):
    deal = factories.fill(factories.deal_in(DEVELOP, owner=rep), DEVELOP)
    factories.change_step("contact", "decision_maker_identified", required=False)
    transitions.advance(opportunity=deal, by=rep, at=NOW)

    with refused(transitions.PassedGate) as caught, editing(deal, by=rep, at=NOW) as record:
        record.contact = None
        for row in record.stakeholders.all():
            row.delete()

    assert missing(caught) == [(DEVELOP, "stakeholders_identified")]


def test_the_last_competitor_stays_unless_none_is_known(rep):
    deal = after(DEVELOP)(rep)
    last = deal.competitor_links.get()

    with refused(transitions.PassedGate) as caught:
        factories.remove(last)
    assert missing(caught) == [(DEVELOP, "competitors_identified")]

    with editing(deal, by=rep, at=NOW) as record:
        record.competitor_links.get().delete()
        record.no_known_competitors = True
    assert factories.reread(deal).competitor_count == 0


def test_no_known_competitors_is_not_taken_back_behind_the_gate_without_a_competitor(rep):
    deal = factories.edit(factories.deal_in(DEVELOP, owner=rep), no_known_competitors=True)
    deal = factories.fill(deal, DEVELOP)
    transitions.advance(opportunity=deal, by=rep, at=NOW)

    with refused(transitions.PassedGate) as caught:
        factories.edit(deal, no_known_competitors=False)
    assert missing(caught) == [(DEVELOP, "competitors_identified")]

    factories.add_competitor(deal)
    assert not factories.reread(deal).no_known_competitors


def test_the_last_team_member_stays(rep):
    deal = after(PROPOSE)(rep)
    last = deal.team_members.get()

    with refused(transitions.PassedGate) as caught:
        factories.remove(last)

    assert missing(caught) == [(PROPOSE, "sales_team_identified")]


# Ticks and evidence

EVIDENCE = {
    "decision_maker_identified": factories.add_decision_maker,
    "stakeholders_identified": factories.add_stakeholder,
    "competitors_identified": factories.add_competitor,
    "sales_team_identified": factories.add_team_member,
}


@pytest.mark.parametrize(("field", "add"), EVIDENCE.items(), ids=EVIDENCE)
def test_a_tick_is_taken_only_with_its_evidence(rep, field, add):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EvidenceMissing, f"“{step(field).name}” cannot be marked complete") as caught:
        factories.edit(deal, **{field: True})
    assert caught.value.field == field
    assert missing(caught) == [(step(field).stage.name_en, field)]

    add(deal)
    assert getattr(factories.edit(deal, **{field: True}), field)


@pytest.mark.parametrize(("field", "add"), EVIDENCE.items(), ids=EVIDENCE)
def test_evidence_that_is_not_yet_passed_may_go_and_opens_the_step_again(rep, field, add):
    deal = factories.OpportunityFactory(owner=rep)
    row = add(deal)
    factories.edit(deal, **{field: True})

    factories.remove(row)

    assert getattr(factories.reread(deal), field)
    assert field in factories.unmet(deal, *factories.STAGES)


def test_a_tick_and_its_evidence_may_come_in_one_write(rep):
    deal = factories.OpportunityFactory(owner=rep)

    with editing(deal, by=rep, at=NOW) as record:
        record.stakeholders.create(contact=factories.ContactFactory(), role=DECISION_MAKER)
        record.decision_maker_identified = record.stakeholders_identified = True

    assert factories.reread(deal).decision_maker_identified


def test_a_tick_and_the_removal_of_its_evidence_do_not_go_together(rep):
    deal = factories.OpportunityFactory(owner=rep)
    link = factories.add_competitor(deal)

    with refused(transitions.EvidenceMissing), editing(deal, by=rep, at=NOW) as record:
        record.competitors_identified = True
        record.competitor_links.get(pk=link.pk).delete()


def test_a_tick_that_is_on_already_asks_for_nothing(rep):
    deal = factories.OpportunityFactory(owner=rep)
    row = factories.add_team_member(deal)
    factories.edit(deal, sales_team_identified=True)
    factories.remove(row)

    deal = factories.edit(deal, sales_team_identified=True, description="Ships")

    assert deal.description == "Ships"


def test_no_known_competitors_is_evidence(rep):
    deal = factories.OpportunityFactory(owner=rep)

    deal = factories.edit(deal, no_known_competitors=True, competitors_identified=True)

    assert "competitors_identified" not in factories.unmet(deal, DEVELOP)


def test_a_decision_maker_is_evidence_for_stakeholders_too_but_not_the_other_way(rep):
    deal = factories.OpportunityFactory(owner=rep)
    factories.add_stakeholder(deal)

    with refused(transitions.EvidenceMissing):
        factories.edit(deal, decision_maker_identified=True)

    assert factories.edit(deal, stakeholders_identified=True).stakeholders_identified


def test_evidence_does_not_depend_on_whether_somebody_is_still_employed(rep, colleague):
    deal = factories.deal_in(PROPOSE, owner=rep)
    factories.add_team_member(deal, user=colleague)
    deal = factories.fill(deal, PROPOSE)
    colleague.is_active = False
    colleague.save()

    transitions.advance(opportunity=deal, by=rep, at=NOW)

    assert factories.reread(deal).active_stage.name_en == CLOSE


def test_a_tick_whose_step_asks_for_evidence_that_nobody_knows_is_refused(rep):
    deal = factories.OpportunityFactory(owner=rep)
    factories.change_step("thank_you_sent", evidence="a_feeling")

    with refused(transitions.EvidenceMissing, "does not know"):
        factories.edit(deal, thank_you_sent=True)


def test_an_unknown_step_behind_a_passed_gate_blocks_no_edit(rep):
    deal = after(QUALIFY)(rep)
    factories.change_step("purchase_process", field="shoe_size")

    assert factories.edit(deal, description="Ships").description == "Ships"


# The contact


def test_a_contact_becomes_a_stakeholder_and_brings_its_account(rep):
    deal, contact = factories.OpportunityFactory(owner=rep), factories.ContactFactory()

    deal = factories.edit(deal, contact=contact)

    assert deal.account == contact.account
    assert deal.stakeholders.get().contact == contact
    event = deal.events.latest("version")
    assert {change["field"] for change in event.changes} == {"contact", "account"}
    assert [(person["what"], person["name"]) for person in event.people] == [("added", contact.name)]


def test_a_contact_leaves_an_account_that_is_there_alone(rep):
    account = factories.AccountFactory()
    deal = factories.OpportunityFactory(owner=rep, account=account)

    assert factories.edit(deal, contact=factories.ContactFactory()).account == account


def test_a_contact_without_account_brings_none(rep):
    deal = factories.OpportunityFactory(owner=rep)

    assert factories.edit(deal, contact=factories.ContactFactory(account=None)).account is None


def test_a_contact_who_is_a_stakeholder_already_keeps_the_role(rep):
    deal, contact = factories.OpportunityFactory(owner=rep), factories.ContactFactory()
    factories.add_decision_maker(deal, contact=contact)

    factories.edit(deal, contact=contact)

    assert deal.stakeholders.get().role == DECISION_MAKER


def test_changing_the_contact_keeps_the_old_stakeholder(rep):
    old, new = factories.ContactFactory(), factories.ContactFactory()
    deal = factories.OpportunityFactory(owner=rep, contact=old)

    factories.edit(deal, contact=new)

    assert {row.contact for row in deal.stakeholders.all()} == {old, new}


def test_the_contact_of_the_deal_stays_a_stakeholder_until_the_contact_changes(rep):
    contact = factories.ContactFactory()
    deal = factories.OpportunityFactory(owner=rep, contact=contact)
    row = deal.stakeholders.get()

    with refused(transitions.ContactStays, f"{contact.name} is the contact") as caught:
        factories.remove(row)
    assert caught.value.field == "contact"

    factories.edit(deal, contact=None)
    factories.remove(row)
    assert factories.reread(deal).stakeholder_count == 0


# No known competitors


def test_no_known_competitors_is_not_said_of_a_deal_that_has_some(rep):
    deal = factories.OpportunityFactory(owner=rep)
    factories.add_competitor(deal)

    with refused(transitions.CompetitorsKnown) as caught:
        factories.edit(deal, no_known_competitors=True)

    assert caught.value.field == "no_known_competitors"


def test_a_competitor_that_turns_up_takes_it_back(rep):
    deal = factories.edit(factories.OpportunityFactory(owner=rep), no_known_competitors=True)

    factories.add_competitor(deal)

    assert not factories.reread(deal).no_known_competitors
    event = deal.events.latest("version")
    assert event.changes == [{"field": "no_known_competitors", "old": True, "new": False}]


def test_saying_so_while_swapping_one_competitor_for_another_is_refused(rep):
    deal, other = factories.OpportunityFactory(owner=rep), factories.CompetitorFactory()
    factories.add_competitor(deal)

    with refused(transitions.CompetitorsKnown), editing(deal, by=rep, at=NOW) as record:
        record.competitor_links.get().delete()
        record.competitor_links.create(competitor=other)
        record.no_known_competitors = True


# Owner and team


def test_the_owner_gives_the_deal_away_and_stays_on_the_team(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)

    deal = factories.edit(deal, by=rep, owner=colleague)

    assert deal.owner == colleague
    assert [member.user for member in deal.team_members.all()] == [rep]


def give_away(deal, to):
    with editing(deal, by=deal.owner, at=NOW, owner_leaves=True) as record:
        record.owner = to


def test_whoever_gives_a_deal_away_may_leave_it_altogether(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(deal, user=rep)

    give_away(deal, to=colleague)

    assert not deal.team_members.exists()


def test_leaving_does_not_take_the_last_team_member_from_behind_a_passed_gate(rep, colleague):
    deal = factories.deal_in(CLOSE, owner=rep)

    with refused(transitions.PassedGate) as caught:
        give_away(deal, to=colleague)

    assert missing(caught) == [(PROPOSE, "sales_team_identified")]


def test_team_members_change_neither_owner_nor_team(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)
    member = factories.add_team_member(deal, user=colleague)
    other = factories.UserFactory()

    with refused(transitions.NotAllowed, "Only the owner and managers"):
        factories.edit(deal, by=colleague, owner=colleague)
    with refused(transitions.NotAllowed):
        factories.add_team_member(deal, by=colleague, user=other)
    with refused(transitions.NotAllowed):
        factories.remove(member, by=colleague)
    assert factories.edit(deal, by=colleague, description="Ships").description == "Ships"


def test_a_manager_changes_owner_and_team(rep, colleague, manager):
    deal = factories.OpportunityFactory(owner=rep)

    factories.add_team_member(deal, by=manager, user=colleague)
    factories.edit(deal, by=manager, owner=colleague)

    assert factories.reread(deal).owner == colleague


@pytest.mark.parametrize("flaw", ["no role", "left"])
def test_only_colleagues_in_service_own_deals_and_join_teams(rep, stranger, flaw):
    deal = factories.OpportunityFactory(owner=rep)
    person = stranger if flaw == "no role" else factories.UserFactory(is_active=False)

    with refused(transitions.NotAllowed, "has no role here"):
        factories.add_team_member(deal, user=person)
    with refused(transitions.NotAllowed, "has no role here"):
        factories.edit(deal, owner=person)


def test_a_member_who_left_does_not_block_other_edits(rep, colleague):
    deal = factories.OpportunityFactory(owner=rep)
    factories.add_team_member(deal, user=colleague)
    colleague.groups.clear()

    assert factories.edit(deal, description="Ships").description == "Ships"


def test_every_required_step_is_covered_here():
    assert {field for fields in REQUIRED.values() for field in fields} == set(
        Step.objects.filter(required=True).values_list("field", flat=True)
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("next_step", "\u202eCall"), ("next_step", "Call\nthem"), ("description", "a\x00b"), ("description", "x" * 4001)],
)
def test_a_text_that_misleads_or_is_too_long_is_refused_wherever_it_comes_from(rep, name, text):
    deal = factories.OpportunityFactory(owner=rep)

    with refused(transitions.InvalidEntry) as refusal:
        factories.edit(deal, **{name: text})

    assert list(refusal.value.errors) == [name]

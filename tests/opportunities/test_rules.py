"""The rules for every write: passed gates, ticks and evidence, contact and competitors."""

import pytest

from opportunities import transitions
from opportunities.editing import editing
from opportunities.models import Stakeholder
from stages.models import Step
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, stage, step
from tests.support.moves import EACH_STEP, REQUIRED, missing

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
"""The empty value of each field. The others are ticks."""

DECISION_MAKER = Stakeholder.Role.DECISION_MAKER


def passed_stage(name):
    """Makes an opportunity that has passed the stage of that name. Nothing later is filled in."""
    later = {QUALIFY: DEVELOP, DEVELOP: PROPOSE, PROPOSE: CLOSE}
    return lambda owner: (
        factories.finished_opportunity(owner=owner)
        if name == CLOSE
        else factories.opportunity_in(later[name], owner=owner)
    )


# Fields of a passed stage


@pytest.mark.parametrize(("name", "field"), EACH_STEP)
def test_a_required_field_of_a_passed_stage_cannot_be_emptied(rep, name, field):
    opportunity = passed_stage(name)(rep)

    with refused(transitions.PassedGate, f"{name} has been passed and needs") as caught:
        factories.edit(opportunity, **{field: BLANK.get(field, False)})

    assert missing(caught) == [(name, field)]
    assert (caught.value.field, step(field).name in str(caught.value)) == (field, True)


def test_a_field_can_be_emptied_after_going_back(rep):
    opportunity = passed_stage(QUALIFY)(rep)
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW)

    assert factories.edit(opportunity, estimated_budget=None).estimated_budget is None


def test_the_last_stage_can_be_changed_after_a_finished_process_goes_back(rep):
    opportunity = factories.finished_opportunity(owner=rep)
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW, to_stage=stage(CLOSE))

    assert not factories.edit(opportunity, debrief_filed=False).debrief_filed


def test_a_field_of_a_passed_stage_can_get_another_value(rep):
    opportunity = passed_stage(QUALIFY)(rep)

    opportunity = factories.edit(
        opportunity, estimated_budget=0, contact=factories.ContactFactory(), purchase_process="unknown"
    )

    assert (opportunity.estimated_budget, opportunity.purchase_process) == (0, "unknown")


def test_fields_of_the_active_and_later_stages_can_be_emptied(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep))

    opportunity = factories.edit(opportunity, customer_need="", stakeholders_identified=False, debrief_filed=False)

    assert not opportunity.is_ready


def test_an_optional_step_of_a_passed_stage_can_be_unticked(rep):
    opportunity = factories.edit(factories.opportunity_in(CLOSE, owner=rep), proposal_developed=True)

    assert not factories.edit(opportunity, proposal_developed=False).proposal_developed


def test_the_refusal_names_every_emptied_field(rep):
    opportunity = passed_stage(QUALIFY)(rep)

    with refused(transitions.PassedGate) as caught:
        factories.edit(opportunity, contact=None, estimated_budget=None, purchase_process="")

    assert missing(caught) == [
        (QUALIFY, "contact"),
        (QUALIFY, "estimated_budget"),
        (QUALIFY, "purchase_process"),
    ]


def test_a_waived_step_of_a_passed_stage_can_be_emptied(rep, manager):
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), QUALIFY, leave=["estimated_budget"])
    transitions.waive(
        opportunity=opportunity, by=manager, at=NOW, step=step("estimated_budget"), reason="They do not say."
    )
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    opportunity = factories.edit(opportunity, estimated_budget=5)

    assert factories.edit(opportunity, estimated_budget=None).estimated_budget is None


def test_a_step_required_later_blocks_the_next_move_but_no_edit(rep):
    opportunity = factories.fill(passed_stage(QUALIFY)(rep), DEVELOP)
    factories.add_step(stage(QUALIFY), "description")

    opportunity = factories.edit(opportunity, customer_need="Ships")

    with refused(transitions.GateClosed) as caught:
        transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    assert missing(caught) == [(QUALIFY, "description")]


def test_a_step_required_later_cannot_be_emptied_after_it_is_met(rep):
    opportunity = passed_stage(QUALIFY)(rep)
    factories.add_step(stage(QUALIFY), "description")
    opportunity = factories.edit(opportunity, description="Ships")

    with refused(transitions.PassedGate):
        factories.edit(opportunity, description="")


def test_an_archived_step_of_a_passed_stage_can_be_emptied(rep):
    opportunity = passed_stage(QUALIFY)(rep)
    factories.change_step("estimated_budget", is_archived=True)

    assert factories.edit(opportunity, estimated_budget=None).estimated_budget is None


# Child rows that a passed stage needs


@pytest.mark.parametrize("later", [DEVELOP, CLOSE])
def test_the_last_decision_maker_cannot_be_removed(rep, later):
    opportunity = factories.opportunity_in(later, owner=rep)
    last = opportunity.stakeholders.get(roles=DECISION_MAKER)

    with refused(transitions.PassedGate, "Identify decision maker") as caught:
        factories.remove(last)
    assert missing(caught) == [(QUALIFY, "decision_maker_identified")]

    with refused(transitions.PassedGate), editing(opportunity, by=rep, at=NOW) as record:
        row = record.stakeholders.get(pk=last.pk)
        row.roles = Stakeholder.Role.CHAMPION
        row.save()


def test_one_of_two_decision_makers_can_be_removed(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    first = opportunity.stakeholders.get(roles=DECISION_MAKER)
    factories.add_decision_maker(opportunity)

    factories.remove(first)

    assert factories.reread(opportunity).decision_maker_count == 1


def test_a_decision_maker_can_be_replaced_in_one_write(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    other = factories.ContactFactory()

    with editing(opportunity, by=rep, at=NOW) as record:
        record.stakeholders.get(roles=DECISION_MAKER).delete()
        record.stakeholders.create(contact=other, roles=DECISION_MAKER)

    assert opportunity.stakeholders.get(roles=DECISION_MAKER).contact == other


def test_the_last_stakeholder_cannot_be_removed(rep):
    opportunity = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP)
    factories.change_step("contact", "decision_maker_identified", required=False)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    with refused(transitions.PassedGate) as caught, editing(opportunity, by=rep, at=NOW) as record:
        record.contact = None
        for row in record.stakeholders.all():
            row.delete()

    assert missing(caught) == [(DEVELOP, "stakeholders_identified")]


def test_the_last_competitor_can_be_removed_only_with_no_known_competitors(rep):
    opportunity = passed_stage(DEVELOP)(rep)
    last = opportunity.competitor_links.get()

    with refused(transitions.PassedGate) as caught:
        factories.remove(last)
    assert missing(caught) == [(DEVELOP, "competitors_identified")]

    with editing(opportunity, by=rep, at=NOW) as record:
        record.competitor_links.get().delete()
        record.no_known_competitors = True
    assert factories.reread(opportunity).competitor_count == 0


def test_no_known_competitors_of_a_passed_stage_cannot_be_cleared(rep):
    opportunity = factories.edit(factories.opportunity_in(DEVELOP, owner=rep), no_known_competitors=True)
    opportunity = factories.fill(opportunity, DEVELOP)
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    with refused(transitions.PassedGate) as caught:
        factories.edit(opportunity, no_known_competitors=False)
    assert missing(caught) == [(DEVELOP, "competitors_identified")]

    factories.add_competitor(opportunity)
    assert not factories.reread(opportunity).no_known_competitors


def test_the_last_team_member_cannot_be_removed(rep):
    opportunity = passed_stage(PROPOSE)(rep)
    last = opportunity.team_members.get()

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
def test_a_tick_needs_its_evidence(rep, field, add):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.EvidenceMissing, f"“{step(field).name}” cannot be marked complete") as caught:
        factories.edit(opportunity, **{field: True})
    assert caught.value.field == field
    assert missing(caught) == [(step(field).stage.name_en, field)]

    add(opportunity)
    assert getattr(factories.edit(opportunity, **{field: True}), field)


@pytest.mark.parametrize(("field", "add"), EVIDENCE.items(), ids=EVIDENCE)
def test_removing_evidence_of_the_active_stage_makes_the_step_unmet(rep, field, add):
    opportunity = factories.OpportunityFactory(owner=rep)
    row = add(opportunity)
    factories.edit(opportunity, **{field: True})

    factories.remove(row)

    assert getattr(factories.reread(opportunity), field)
    assert field in factories.unmet(opportunity, *factories.STAGES)


def test_a_tick_and_its_evidence_can_be_written_together(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    with editing(opportunity, by=rep, at=NOW) as record:
        record.stakeholders.create(contact=factories.ContactFactory(), roles=DECISION_MAKER)
        record.decision_maker_identified = record.stakeholders_identified = True

    assert factories.reread(opportunity).decision_maker_identified


def test_a_tick_is_refused_when_the_same_write_removes_its_evidence(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    link = factories.add_competitor(opportunity)

    with refused(transitions.EvidenceMissing), editing(opportunity, by=rep, at=NOW) as record:
        record.competitors_identified = True
        record.competitor_links.get(pk=link.pk).delete()


def test_an_existing_tick_does_not_need_its_evidence_again(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    row = factories.add_team_member(opportunity)
    factories.edit(opportunity, sales_team_identified=True)
    factories.remove(row)

    opportunity = factories.edit(opportunity, sales_team_identified=True, description="Ships")

    assert opportunity.description == "Ships"


def test_no_known_competitors_is_evidence_for_competitors(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    opportunity = factories.edit(opportunity, no_known_competitors=True, competitors_identified=True)

    assert "competitors_identified" not in factories.unmet(opportunity, DEVELOP)


def test_a_stakeholder_without_the_role_is_no_evidence_for_a_decision_maker(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_stakeholder(opportunity)

    with refused(transitions.EvidenceMissing):
        factories.edit(opportunity, decision_maker_identified=True)

    assert factories.edit(opportunity, stakeholders_identified=True).stakeholders_identified


def test_a_disabled_team_member_is_evidence(rep, colleague):
    opportunity = factories.opportunity_in(PROPOSE, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    opportunity = factories.fill(opportunity, PROPOSE)
    colleague.is_active = False
    colleague.save()

    transitions.advance(opportunity=opportunity, by=rep, at=NOW)

    assert factories.reread(opportunity).active_stage.name_en == CLOSE


def test_a_tick_with_unknown_evidence_is_refused(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.change_step("thank_you_sent", evidence="a_feeling")

    with refused(transitions.EvidenceMissing, "does not know"):
        factories.edit(opportunity, thank_you_sent=True)


def test_an_unknown_step_of_a_passed_stage_blocks_no_edit(rep):
    opportunity = passed_stage(QUALIFY)(rep)
    factories.change_step("purchase_process", field="shoe_size")

    assert factories.edit(opportunity, description="Ships").description == "Ships"


# The contact


def test_a_new_contact_becomes_a_stakeholder_and_fills_in_the_account(rep):
    opportunity, contact = factories.OpportunityFactory(owner=rep), factories.ContactFactory()

    opportunity = factories.edit(opportunity, contact=contact)

    assert opportunity.account == contact.account
    assert opportunity.stakeholders.get().contact == contact
    event = opportunity.events.latest("version")
    assert {change["field"] for change in event.changes} == {"contact", "account"}
    assert [(row["what"], row["name"]) for row in event.children] == [("added", contact.name)]


def test_a_new_contact_does_not_replace_the_account(rep):
    account = factories.AccountFactory()
    opportunity = factories.OpportunityFactory(owner=rep, account=account)

    assert factories.edit(opportunity, contact=factories.ContactFactory()).account == account


def test_a_contact_without_an_account_leaves_the_account_empty(rep):
    opportunity = factories.OpportunityFactory(owner=rep)

    assert factories.edit(opportunity, contact=factories.ContactFactory(account=None)).account is None


def test_a_contact_who_is_a_stakeholder_keeps_the_role(rep):
    opportunity, contact = factories.OpportunityFactory(owner=rep), factories.ContactFactory()
    factories.add_decision_maker(opportunity, contact=contact)

    factories.edit(opportunity, contact=contact)

    assert opportunity.stakeholders.get().roles == (DECISION_MAKER,)


def test_the_former_contact_stays_a_stakeholder(rep):
    old, new = factories.ContactFactory(), factories.ContactFactory()
    opportunity = factories.OpportunityFactory(owner=rep, contact=old)

    factories.edit(opportunity, contact=new)

    assert {row.contact for row in opportunity.stakeholders.all()} == {old, new}


def test_the_contact_of_the_opportunity_cannot_be_removed_as_stakeholder(rep):
    contact = factories.ContactFactory()
    opportunity = factories.OpportunityFactory(owner=rep, contact=contact)
    row = opportunity.stakeholders.get()

    with refused(transitions.ContactStays, f"{contact.name} is the contact") as caught:
        factories.remove(row)
    assert caught.value.field == "contact"

    factories.edit(opportunity, contact=None)
    factories.remove(row)
    assert factories.reread(opportunity).stakeholder_count == 0


# No known competitors


def test_no_known_competitors_is_refused_when_there_are_competitors(rep):
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_competitor(opportunity)

    with refused(transitions.CompetitorsKnown) as caught:
        factories.edit(opportunity, no_known_competitors=True)

    assert caught.value.field == "no_known_competitors"


def test_adding_a_competitor_clears_no_known_competitors(rep):
    opportunity = factories.edit(factories.OpportunityFactory(owner=rep), no_known_competitors=True)

    factories.add_competitor(opportunity)

    assert not factories.reread(opportunity).no_known_competitors
    event = opportunity.events.latest("version")
    assert event.changes == [{"field": "no_known_competitors", "old": True, "new": False}]


def test_no_known_competitors_is_refused_when_a_competitor_is_replaced(rep):
    opportunity, other = factories.OpportunityFactory(owner=rep), factories.CompetitorFactory()
    factories.add_competitor(opportunity)

    with refused(transitions.CompetitorsKnown), editing(opportunity, by=rep, at=NOW) as record:
        record.competitor_links.get().delete()
        record.competitor_links.create(competitor=other)
        record.no_known_competitors = True


def test_every_required_step_is_listed_in_this_file():
    assert {field for fields in REQUIRED.values() for field in fields} == set(
        Step.objects.filter(required=True).values_list("field", flat=True)
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("name", "\u202eCall"), ("name", "Call\nthem"), ("description", "a\x00b"), ("description", "x" * 4001)],
)
def test_a_misleading_or_too_long_text_is_refused(rep, name, text):
    opportunity = factories.OpportunityFactory(owner=rep)

    with refused(transitions.InvalidEntry) as refusal:
        factories.edit(opportunity, **{name: text})

    assert list(refusal.value.errors) == [name]

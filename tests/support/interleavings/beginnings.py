"""Where the pairs begin: an opportunity in a stage, closed, with requests, after a merge."""

from opportunities import merging, transitions
from opportunities.customers.models import Contact
from opportunities.editing import editing
from opportunities.models import (
    Attachment,
)
from opportunities.privacy import erasing
from tests.support import factories, moves
from tests.support.factories import CLOSE, NOW, PROPOSE
from tests.support.interleavings.opened_page import ASKED, ERASED_PERSON, LEFT, WAIVED, person
from tests.support.interleavings.operations import (
    accept_the_review,
    change_the_owner,
    close_as_lost,
    close_as_won,
    disable_the_successor,
    name_the_person,
    reopen,
    undo_the_merge,
)
from tests.support.interleavings.pairs import FULL, OF_WAIVERS, ON_ROWS


def in_stage(name, owner, member):
    """An opportunity in this stage. Every required step of every stage is met."""
    opportunity = factories.OpportunityFactory(owner=owner)
    factories.add_team_member(opportunity, user=member)
    factories.upload(opportunity, kind=Attachment.Kind.PROPOSAL)
    factories.plan(opportunity)
    opportunity = factories.fill(opportunity)
    while opportunity.active_stage.name_en != name:
        transitions.advance(opportunity=opportunity, by=owner, at=NOW)
        opportunity = factories.reread(opportunity)
    return opportunity


def lost(owner, member):
    opportunity = in_stage(PROPOSE, owner, member)
    factories.lose(opportunity)
    return factories.reread(opportunity)


def with_a_waiver_and_a_request(owner, member):
    """In Propose, with one step waived, one asked to be waived, and one left."""
    opportunity = in_stage(PROPOSE, owner, member)
    with editing(opportunity, by=owner, at=NOW) as record:
        for field in (WAIVED, ASKED, LEFT):
            setattr(record, field, False)
    moves.waive(factories.reread(opportunity), WAIVED, by=person("manager"))
    moves.ask_for_waiver(factories.reread(opportunity), ASKED)
    return factories.reread(opportunity)


def after_a_merge(owner, member):
    """In Propose, after its contact became part of another one."""
    opportunity, survivor = in_stage(PROPOSE, owner, member), factories.ContactFactory()
    pair = {"survivor": survivor.pk, "gone": opportunity.contact_id}
    merging.merge(Contact, **pair, by=person("manager"), at=NOW)
    return factories.reread(opportunity)


def with_a_review(owner, member):
    """In Propose, after a person who had part in it was erased. No passage is left to decide about."""
    opportunity, contact = in_stage(PROPOSE, owner, member), factories.ContactFactory(name=ERASED_PERSON)
    factories.add_stakeholder(opportunity, contact=contact)
    erasing.start(contact, version=contact.version, by=person("manager"), at=NOW)
    return factories.reread(opportunity)


def with_rows(opportunity):
    """The opportunity, with a note, a debrief and a presentation, too."""
    factories.write_note(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    return factories.reread(opportunity)


BEGINNINGS = {
    "in Propose": lambda owner, member: in_stage(PROPOSE, owner, member),
    "in Close": lambda owner, member: in_stage(CLOSE, owner, member),
    "lost from Propose": lost,
    "with a waiver and a request": with_a_waiver_and_a_request,
    "after a merge": lambda owner, member: with_rows(after_a_merge(owner, member)),
    "with a review": lambda owner, member: with_rows(with_a_review(owner, member)),
    "with a row in each table": lambda owner, member: with_rows(in_stage(PROPOSE, owner, member)),
    "with all of it": lambda owner, member: with_rows(with_a_waiver_and_a_request(owner, member)),
}
ONLY_FOR = {"after a merge": {undo_the_merge}, "with a review": {accept_the_review, name_the_person}}
"""Where only the pairs with one of these operations begin."""
ELSEWHERE = {close_as_won: "in Close", reopen: "lost from Propose"}


def beginnings(first, second):
    """Where this pair begins."""
    pair = {first, second}
    if pair & set(ON_ROWS) and pair & set(OF_WAIVERS):
        return ["with all of it"]
    if pair & set(OF_WAIVERS):
        return ["with a waiver and a request"]
    if reserved := [name for name, operations in ONLY_FOR.items() if pair & operations]:
        return reserved
    if pair & set(ON_ROWS):
        return ["with a row in each table"]
    if FULL:
        return [name for name in BEGINNINGS if name not in ONLY_FOR]
    if disable_the_successor in pair and change_the_owner not in pair:
        return []
    chosen = {ELSEWHERE[each] for each in pair if each in ELSEWHERE} or {"in Propose"}
    if pair == {close_as_lost, reopen}:
        chosen.add("in Propose")
    return sorted(chosen)

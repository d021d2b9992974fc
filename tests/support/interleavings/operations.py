"""The operations on an opportunity. Each has the page that it was read from, and the moment."""

from decimal import Decimal

from opportunities import merging, transitions
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import debriefs, editing, last_looks, mails, notes, presentations, tasks
from opportunities.handing_over import moving
from opportunities.models import (
    Attachment,
    Erasure,
)
from opportunities.privacy import erasing
from opportunities.transitions import CopyPart
from salesflow import once
from stages import designing
from stages.models import Stage, Step
from tests.support import factories
from tests.support.factories import TODAY
from tests.support.interleavings.opened_page import ASKED, ERASED_PERSON, LEFT, WAIVED, person

ONE_TAB, OTHER_TAB = once.new_token(), once.new_token()


def advance(page, at):
    transitions.advance(**page.move("member", at))


def go_back(page, at):
    transitions.go_back(**page.move("owner", at))


def close_as_won(page, at):
    transitions.close_as_won(**page.move("owner", at), actual_revenue=Decimal(450_000), closed_on=TODAY)


def close_as_lost(page, at):
    canceled = factories.reason("canceled")
    transitions.close_as_lost(**page.move("member", at), reason=canceled, closed_on=TODAY)


def reopen(page, at):
    transitions.reopen(**page.move("owner", at), reason="They called.")


def of_step(field):
    return {"step": factories.step(field)}


def ask_for_a_waiver(page, at):
    transitions.ask_for_waiver(**page.move("member", at), **of_step(LEFT), reason="It does not apply.")


def take_the_request_back(page, at):
    transitions.take_back_waiver_request(**page.move("member", at), **of_step(ASKED))


def approve_the_request(page, at):
    transitions.approve_waiver_request(**page.move("manager", at), **of_step(ASKED), reason="It does not apply.")


def decline_the_request(page, at):
    transitions.decline_waiver_request(**page.move("manager", at), **of_step(ASKED), answer="Do it.")


def withdraw_the_waiver(page, at):
    transitions.withdraw_waiver(**page.move("manager", at), **of_step(WAIVED), reason="They say now.")


def complete_the_asked_step(page, at):
    with page.edit("owner", at, token=OTHER_TAB) as record:
        setattr(record, ASKED, True)


def put_on_hold(page, at):
    transitions.hold(**page.move("member", at), reason="Summer.")


def blank_a_required_field(page, at):
    with page.edit("member", at) as record:
        record.customer_need = ""


def answer_a_step(page, at):
    """An answer that saves itself, with the version and the token of its page."""
    with page.edit("member", at, token=ONE_TAB) as record:
        record.customer_need = "To know where."


def answer_it_in_another_tab(page, at):
    with page.edit("member", at, token=OTHER_TAB) as record:
        record.customer_need = "To know when."


def file_the_debrief(page, at):
    """A debrief is open when the opportunity is closed, too. Only one of two who file it at once does."""
    by, version = person("member"), page.version
    with editing(page.opportunity, by=by, at=at, version=version, closed="allow") as record:
        debriefs.file(record, why="They trusted us.")


def write_a_note(page, at):
    """A note is open when the opportunity is closed, so it waits for a move and is written after it."""
    by, version = person("member"), page.version
    with editing(page.opportunity, by=by, at=at, version=version, closed="allow") as record:
        notes.add(record, text="They called.")


def send_a_mail(page, at):
    """A mail makes no event. It marks the step complete and fills in the address of the contact in the same write."""
    with page.edit("member", at) as record:
        mails.send(record, mails.Letter(page.contact, "Thank you", "Thank you.", typed_address="berit@example.com"))
        record.thank_you_sent = True


def upload_a_version(page, at):
    """A new version of the file that is there. Two of them get different numbers, and one is the latest."""
    opportunity, last = page.opportunity, file_of(page)
    factories.upload(opportunity, by=person("member"), at=at, version_of=last, kind=Attachment.Kind.PROPOSAL)


def file_of(page):
    found = Attachment.objects.filter(pk=page.file).first()
    if found is None:
        raise transitions.Gone("Offer.pdf is not on this opportunity any more.")
    return found


def enter_a_presentation(page, at):
    with page.edit("owner", at) as record:
        presentations.enter(record, held_on=TODAY, file=file_of(page))


def complete_the_task(page, at):
    """A closing drops the task, and a new owner gets it."""
    with page.edit("member", at) as record:
        task = tasks.find_open(record, page.task, version=page.version)
        tasks.refuse_changed(record, task, version=page.version)
        tasks.complete(task)


def postpone_the_task(page, at):
    with page.edit("owner", at) as record:
        tasks.change(tasks.find_open(record, page.task, version=page.version), due=TODAY + factories.DAY)


def mark_as_seen(page, at):
    """It locks no opportunity when there is a row already. It never goes back to an older version."""
    last_looks.see(opportunity=page.opportunity, by=person("member"), at=at, version=page.version)


def see_it_first(page, at):
    """A person who has no row yet."""
    last_looks.see(opportunity=page.opportunity, by=person("manager"), at=at, version=page.version)


def mark_all_as_seen(page, at):
    last_looks.see_all({page.pk: page.version}, by=person("member"), at=at)


def copy_it(page, at):
    """Reads the opportunity and writes another one."""
    transitions.copy(
        opportunity=page.opportunity, by=person("member"), at=at, name="Copy", take=list(CopyPart), version=page.version
    )


def untick(page, at):
    with page.edit("owner", at) as record:
        record.internal_review_completed = False


def remove_the_decision_maker(page, at):
    with page.edit("member", at) as record:
        remove_row(record.stakeholders, page.decision_maker)


def remove_the_competitor(page, at):
    with page.edit("owner", at) as record:
        remove_row(record.competitor_links, page.competitor)


def remove_the_team_member(page, at):
    with page.edit("owner", at) as record:
        remove_row(record.team_members, page.member)


def remove_row(rows, pk):
    found = rows.filter(pk=pk).first()
    if found is None:
        raise transitions.Gone("It is not on this opportunity any more.")
    found.delete()


def change_the_owner(page, at):
    with page.edit("manager", at) as record:
        record.owner = person("successor")


def change_the_definition(page, at):
    """A manager makes a step required that this opportunity has not met."""
    process = Stage.objects.get(pk=page.stage.pk).process_id
    with designing.changing(process):
        step = Step.objects.get(field="proposal_developed", stage__process=process)
        step.required = True
        step.save()


def disable_the_owner(page, at):
    disable("owner")


def disable_the_successor(page, at):
    disable("successor")


def disable(name):
    user = person(name)
    user.is_active = False
    user.save()


def merge_the_contact(page, at):
    """Another contact takes the place of this one on the opportunity, and its row is deleted."""
    pair = {"survivor": page.other_contact, "gone": page.contact}
    merging.merge(Contact, **pair, by=person("manager"), at=at)


def merge_the_account(page, at):
    """Another account takes the place of this one, also as that of its contacts."""
    pair = {"survivor": page.other_account, "gone": page.account}
    merging.merge(Account, **pair, by=person("manager"), at=at)


def merge_the_competitor(page, at):
    pair = {"survivor": page.other_rival, "gone": page.rival}
    merging.merge(Competitor, **pair, by=person("manager"), at=at)


def undo_the_merge(page, at):
    """The contact that was merged before both takes its place again, unless a row of the merge changed since."""
    merging.undo(page.merge, by=person("manager"), at=at)


def accept_the_review(page, at):
    """Ends the review of an erasure, unless a text names the person again."""
    erasing.accept(Erasure.objects.get(pk=page.review), by=person("manager"), at=at)


def name_the_person(page, at):
    """A note with the name of the person whose erasure is under review."""
    with editing(page.opportunity, by=person("member"), at=at, version=page.version, closed="allow") as record:
        notes.add(record, text=f"{ERASED_PERSON} has left.")


def erase_the_contact(page, at):
    """Replaces what the opportunity has about its contact, and lists the passages of the review."""
    contact = Contact.objects.filter(pk=page.contact).first() or Contact(pk=page.contact)
    erasing.start(contact, version=page.contact_version, by=person("manager"), at=at)


def hand_it_over(page, at):
    """A manager gives the opportunity to another person. What is refused is an outcome of its row."""
    mark = f"o{page.pk}.{page.version}"
    people = {"giver": person("owner"), "taker": person("successor"), "by": person("manager")}
    moving.continue_with(moving.begin(**people, at=at, stays=True, marks=[mark]), at=at)

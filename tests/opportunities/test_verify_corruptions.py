"""`manage.py verify` reports each of many corruptions, which are made by SQL. None of them stops the other checks."""

import io
import re
from contextlib import contextmanager

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from PIL import Image

from opportunities import merging, transitions
from opportunities.activities import reminders
from opportunities.customers.models import Competitor
from opportunities.verify import row_checks
from opportunities.verify import run as verification
from salesflow.mail import delivery
from tests.support import factories
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    PROPOSE,
    QUALIFY,
    STAGES,
    TODAY,
    reason,
    reread,
    stage,
    step,
)
from tests.support.moves import approve_waiver, ask_for_waiver, decline_waiver, withdraw_waiver

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("cast")]

OPPORTUNITY, VISIT, EVENT = "opportunities_opportunity", "opportunities_stagevisit", "opportunities_event"
INSTANCE, HOLD, WAIVER = "opportunities_processinstance", "opportunities_hold", "opportunities_waiver"
CLOSING, REQUEST = "opportunities_closing", "opportunities_closerequest"
WAIVER_REQUEST = "opportunities_waiverrequest"
STAKEHOLDER, RIVAL, TEAM = (
    "opportunities_stakeholder",
    "opportunities_opportunitycompetitor",
    "opportunities_teammember",
)
BULK_RUN, BULK_ROW = "opportunities_bulkrun", "opportunities_bulkrow"
TASK, NOTE = "opportunities_task", "opportunities_note"
DEBRIEF, PRESENTATION = "opportunities_debrief", "opportunities_presentation"
FILE, PREVIEW = "opportunities_attachment", "opportunities_attachmentpreview"
MAIL, OUTBOX, ATTEMPT, TEMPLATE = (
    "opportunities_opportunitymail",
    "mail_outboxmail",
    "mail_attempt",
    "opportunities_mailtemplate",
)


@pytest.fixture(scope="module")
def row_ids(cast):
    """Ids by name: of opportunities with different histories, and of the other rows that the SQL names."""
    rep, colleague, manager = cast["rep"], cast["colleague"], cast["manager"]
    tenders = factories.add_process("Tenders", "Read")
    develop = factories.opportunity_in(DEVELOP, owner=rep)
    held = factories.opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=held, by=rep, at=NOW + HOUR, reason="They are on holiday.")
    resumed = factories.opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=resumed, by=rep, at=NOW + HOUR, reason="They are on holiday.")
    transitions.resume(opportunity=resumed, by=rep, at=NOW + DAY)
    waived = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    transitions.waive(opportunity=waived, by=manager, at=NOW + HOUR, step=step("customer_need"), reason="Small.")
    transitions.advance(opportunity=reread(waived), by=rep, at=NOW + DAY)
    won, lost = factories.won_opportunity(owner=rep), factories.ready_opportunity(CLOSE, owner=rep)
    planned = factories.opportunity_in(QUALIFY, owner=rep)
    factories.complete(factories.plan(planned, text="Done", due=TODAY), at=NOW + HOUR)
    factories.plan(planned, text="Open", due=TODAY, at=NOW + DAY)
    noted = factories.opportunity_in(QUALIFY, owner=rep)
    factories.write_note(noted, at=NOW + HOUR)
    told = factories.opportunity_in(QUALIFY, owner=rep)
    factories.file_debrief(told, at=NOW + HOUR, price_gap=8)
    factories.present(told, at=NOW + HOUR, attendees=[factories.ContactFactory()])
    shown, unread = (factories.opportunity_in(QUALIFY, owner=rep) for _ in range(2))
    factories.add_preview(factories.upload(shown, at=NOW + HOUR), content=picture(64, 48))
    factories.upload(unread, at=NOW + HOUR)
    reminders.make_calendar(rep)
    factories.write_mail(develop, at=NOW + HOUR)
    delivery.deliver_due(clock=lambda: NOW + HOUR)
    closed = factories.ready_opportunity(CLOSE, owner=rep)
    factories.plan(closed, text="Dropped", due=TODAY)
    factories.lose(reread(closed), at=NOW + HOUR)
    factories.edit(lost, thank_you_sent=False)
    factories.ask(reread(lost), by=rep, at=NOW + HOUR, description="They do not answer.")
    factories.edit(reread(lost), at=NOW + HOUR, thank_you_sent=True)
    rival = factories.CompetitorFactory()
    factories.lose(reread(lost), by=manager, at=NOW + DAY, reason=reason("out_sold"), competitor=rival)
    asked = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(asked, by=rep, at=NOW + HOUR, description="They do not answer.")
    declined = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(declined, by=rep, at=NOW + HOUR, description="They do not answer.")
    transitions.decline_close_request(opportunity=reread(declined), by=manager, at=NOW + DAY, answer="Call them.")
    taken_back = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(taken_back, by=rep, at=NOW + HOUR, description="They do not answer.")
    transitions.take_back_close_request(opportunity=reread(taken_back), by=rep, at=NOW + DAY)
    sold = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(sold, by=rep, reason=reason("out_sold"), competitor=factories.CompetitorFactory())
    dropped = factories.opportunity_in(QUALIFY, owner=rep)
    ask_for_waiver(dropped, "estimated_budget")
    factories.lose(dropped, by=manager, at=NOW + HOUR, waive_because="They do not answer.")
    reopened = factories.won_opportunity(owner=rep)
    transitions.reopen(opportunity=reopened, by=rep, at=NOW + DAY, reason="They called.", to_stage=stage(DEVELOP))
    back = factories.opportunity_in(PROPOSE, owner=rep)
    transitions.go_back(opportunity=back, by=rep, at=NOW + DAY)
    asking, unneeded, refused, agreed, withdrawn = (factories.opportunity_in(DEVELOP, owner=rep) for _ in range(5))
    for each in (asking, unneeded, refused, agreed, withdrawn):
        ask_for_waiver(each, "customer_need", at=NOW + HOUR)
    factories.edit(unneeded, customer_need="Trucks", at=NOW + DAY)
    decline_waiver(refused, "customer_need", by=manager, at=NOW + DAY, answer="Ask them.")
    approve_waiver(agreed, "customer_need", by=manager, at=NOW + DAY)
    approve_waiver(withdrawn, "customer_need", by=manager, at=NOW + DAY)
    withdraw_waiver(withdrawn, "customer_need", by=manager, at=NOW + 2 * DAY)
    renewal = transitions.copy(opportunity=reread(won), by=rep, at=NOW + DAY, name="Renewal", renewed_after=12)
    last = factories.opportunity_in(DEVELOP, owner=rep, name="Last")
    rated = factories.opportunity_in(QUALIFY, owner=rep)
    factories.finish_bulk_run(factories.bulk_run_of(rep, rated, at=NOW + HOUR), at=NOW + HOUR, choice="hot")
    stays, goes = factories.CompetitorFactory(), factories.CompetitorFactory()
    merging.merge(Competitor, survivor=stays.pk, gone=goes.pk, by=manager, at=NOW)
    opportunities = {"develop": develop, "held": held, "resumed": resumed, "waived": waived, "won": won, "lost": lost}
    opportunities |= {"asked": asked, "dropped": dropped, "reopened": reopened, "back": back}
    opportunities |= {"taken_back": taken_back, "sold": sold}
    opportunities |= {"asking": asking, "unneeded": unneeded, "refused": refused, "agreed": agreed}
    opportunities |= {"withdrawn": withdrawn, "declined": declined, "planned": planned, "closed": closed, "last": last}
    opportunities |= {"told": told, "noted": noted, "renewal": renewal, "shown": shown, "unread": unread}
    named = {f"stage_{name.lower()}": stage(name).pk for name in STAGES}
    named |= {"stage_elsewhere": tenders.stages.get().pk, "tenders": tenders.pk, "step": step("debrief_filed").pk}
    named |= {
        "rep": rep.pk,
        "colleague": colleague.pk,
        "canceled": reason("canceled").pk,
        "won_reason": reason("won").pk,
    }
    named |= {"contact": factories.ContactFactory(name="Elsewhere").pk, "rival": factories.CompetitorFactory().pk}
    return {name: opportunity.pk for name, opportunity in opportunities.items()} | named


def picture(width, height):
    written = io.BytesIO()
    Image.new("RGB", (width, height)).save(written, "PNG")
    return written.getvalue()


def change_rows(opportunity, table, change, which="1 = 1"):
    """SQL that changes these rows of that opportunity."""
    return opportunity, f"UPDATE {table} SET {change} WHERE opportunity_id = %({opportunity})s AND {which}"


def record(opportunity, change):
    return opportunity, f"UPDATE {OPPORTUNITY} SET {change} WHERE id = %({opportunity})s"


def without(opportunity, table, which="1 = 1"):
    return opportunity, f"DELETE FROM {table} WHERE opportunity_id = %({opportunity})s AND {which}"


def event(opportunity, change, kind):
    return change_rows(opportunity, EVENT, change, f"kind = '{kind}'")


def preview(opportunity, change):
    """SQL that changes the preview of the file of that opportunity."""
    files = f"SELECT id FROM {FILE} WHERE opportunity_id = %({opportunity})s"
    return opportunity, f"UPDATE {PREVIEW} SET {change} WHERE attachment_id IN ({files})"


def step_of_the_waiver(opportunity):
    return f"step_id = (SELECT MAX(step_id) FROM {WAIVER} WHERE opportunity_id = %({opportunity})s)"


OPEN_TASK, DONE_TASK = "done_at IS NULL", "done_at IS NOT NULL"
IN_QUALIFY, OPEN_VISIT = "stage_id = %(stage_qualify)s", "left_at IS NULL"
LONG_AGO, LATER = "'2020-01-01 10:00:00'", "'2026-03-02 18:00:00'"

WAITING = "outcome = '', answer = '', answered_at = NULL, answered_by_id = NULL, waiver_id = NULL"

ONE_MORE_STAKEHOLDER = f"""
    INSERT INTO {STAKEHOLDER} (opportunity_id, contact_id, roles, attitude, influence, note)
    VALUES (%(develop)s, %(contact)s, 'champion', 'unknown', 'unknown', '')
"""

# name: ((opportunity, SQL), what verify says of that opportunity)
CORRUPTIONS = {
    # the opportunity
    "name gone": (record("develop", "name = ' '"), "has no name that can be seen"),
    "name of nothing visible": (record("develop", "name = '\u2800'"), "has no name that can be seen"),
    "search text": (record("develop", "search_text = 'another'"), "is not found by its name"),
    "sort text": (record("develop", "sort_text = 'another'"), "is not sorted by its name"),
    "owner": (record("develop", "owner_id = %(colleague)s"), "its history does not account for owner"),
    "version": (record("develop", "version = 99"), "is at version 99"),
    "created by another": (record("develop", "created_by_id = %(colleague)s"), "its first event is not that of its cr"),
    "created earlier": (record("develop", f"created_at = {LONG_AGO}"), "its first event is not that of its creation"),
    "changed later": (record("develop", f"modified_at = {LATER}"), "the moment of its last event is not that of its"),
    "estimated revenue": (record("develop", "estimated_revenue = 5"), "its history does not account for estim"),
    "active stage": (record("develop", "active_stage_id = %(stage_close)s"), "active_stage_id is"),
    "pipeline phase": (record("develop", "pipeline_phase_id = %(stage_close)s"), "the pipeline phase is Close"),
    "finished": (record("develop", "is_finished = TRUE"), "is_finished is True"),
    "ready": (record("develop", "is_ready = TRUE"), "is_ready is True"),
    "steps met": (record("develop", "steps_met = 4"), "steps_met is 4"),
    "steps required": (record("develop", "steps_required = 9"), "steps_required is 9"),
    "steps waived": (record("develop", "steps_waived = 1"), "steps_waived is 1"),
    "unmet steps": (record("develop", "unmet_steps = '[0]'"), "unmet_steps is [0]"),
    "unmet steps that are none": (record("develop", "unmet_steps = '5'"), "unmet_steps is 5"),
    "missing behind": (record("develop", "missing_behind = 2"), "missing_behind is 2"),
    "stakeholder count": (record("develop", "stakeholder_count = 7"), "stakeholder_count is 7"),
    "decision maker count": (record("develop", "decision_maker_count = 7"), "decision_maker_count is 7"),
    "competitor count": (record("won", "competitor_count = 7"), "competitor_count is 7"),
    "team count": (record("won", "team_count = 7"), "team_count is 7"),
    "entered the stage": (record("develop", f"stage_entered_at = {LONG_AGO}"), "the moment it entered its stage"),
    "days counted from": (record("develop", f"stage_counted_from = {LONG_AGO}"), "the days in its stage are not"),
    "on hold without a hold": (record("develop", "is_on_hold = TRUE"), "is on hold, but has no open hold"),
    "reason of another status": (record("develop", "status_reason_id = %(canceled)s"), "is open, but its reason is"),
    "another contact": (record("develop", "contact_id = %(contact)s"), "its contact is not among its stakeholders"),
    "close date": (record("won", "closed_on = '2026-01-01'"), "its close date is not that of its closing"),
    "actual revenue": (record("won", "actual_revenue = 7"), "its actual revenue is not that of its closing"),
    "source created later": (record("renewal", "source_id = %(last)s"), "which was not there yet"),
    "source of itself": (record("renewal", "source_id = id"), "which was not there yet"),
    "another source": (record("renewal", "source_id = %(lost)s"), "its history does not account for source"),
    "source gone": (
        record("renewal", "source_id = NULL, source_kind = ''"),
        "its history does not account for source",
    ),
    "another kind of copy": (record("renewal", "source_kind = 'copy'"), "its history does not account for source_kind"),
    # gates
    "an answer gone behind a gate": (record("develop", "estimated_budget = NULL"), "has passed Qualify without “Esti"),
    "an answer of nothing visible": (
        record("back", "purchase_process = '\u3164'"),
        "has passed Qualify without “Purch",
    ),
    "a tick gone behind a gate": (record("won", "debrief_filed = FALSE"), "has passed Close without “File debrief”"),
    "a decision maker no more": (
        change_rows("develop", STAKEHOLDER, "roles = 'champion'"),
        "has passed Qualify without “Identify decision maker”",
    ),
    "requirements emptied": (
        change_rows("develop", VISIT, "requirements = '[]'", IN_QUALIFY),
        "its visit of Qualify does not say whether “Identify contact” was met when it was left",
    ),
    "requirements that are no list": (
        change_rows("develop", VISIT, "requirements = '{}'", IN_QUALIFY),
        "its visit of Qualify has malformed requirements",
    ),
    "requirements of an odd form": (
        change_rows("develop", VISIT, """requirements = '[{"step": "x"}, 7, null]'""", IN_QUALIFY),
        "its visit of Qualify has malformed requirements",
    ),
    "left through the gate with a step unmet": (
        change_rows(
            "develop", VISIT, """requirements = '[{"step": 1, "field": "contact", "state": "unmet"}]'""", IN_QUALIFY
        ),
        "has passed the gate of Qualify while step 1 was unmet",
    ),
    "waived without a waiver": (
        change_rows(
            "develop", VISIT, """requirements = '[{"step": 1, "field": "contact", "state": "waived"}]'""", IN_QUALIFY
        ),
        "its visit of Qualify says that step 1 was waived, but there is no waiver",
    ),
    # visits
    "first visit deleted": (without("develop", VISIT, IN_QUALIFY), "its history has a visit of Qualify"),
    "last visit deleted": (without("develop", VISIT, OPEN_VISIT), "its history has a visit of Develop"),
    "a visit of another stage": (
        change_rows("won", VISIT, "stage_id = %(stage_close)s", IN_QUALIFY),
        "its history has a visit of Qualify",
    ),
    "a visit that began earlier": (
        change_rows("develop", VISIT, f"entered_at = {LONG_AGO}", IN_QUALIFY),
        "has a visit of Qualify, entered 2020-01-01",
    ),
    "a visit that ended later": (
        change_rows("develop", VISIT, f"left_at = {LATER}", IN_QUALIFY),
        "was in Qualify and Develop at the same time",
    ),
    "a visit entered by another": (
        change_rows("develop", VISIT, "entered_by_id = %(colleague)s", IN_QUALIFY),
        "which is not in its history",
    ),
    "a visit left by another": (
        change_rows("develop", VISIT, "left_by_id = %(colleague)s", IN_QUALIFY),
        "which is not in its history",
    ),
    "a visit given to another opportunity": (
        change_rows("develop", VISIT, "opportunity_id = %(last)s", IN_QUALIFY),
        "its history has a visit of Qualify",
    ),
    "a closed one that is still visited": (
        change_rows("won", VISIT, "left_at = NULL, left_by_id = NULL", "stage_id = %(stage_close)s"),
        "has 1 open visits where there should be 0",
    ),
    # the process
    "no primary process": (change_rows("develop", INSTANCE, "is_primary = FALSE"), "has 0 primary processes"),
    "moved by its instance": (
        change_rows("develop", INSTANCE, "active_stage_id = %(stage_close)s"),
        "is in Close, but",
    ),
    "a stage of another process": (
        change_rows("develop", INSTANCE, "active_stage_id = %(stage_elsewhere)s"),
        "is in Read, which is no stage of its process",
    ),
    "another process": (
        change_rows("develop", INSTANCE, "process_id = %(tenders)s"),
        "which is no stage of its process",
    ),
    "finished earlier": (
        change_rows("won", INSTANCE, f"finished_at = {LONG_AGO}"),
        "the moment its process was finished",
    ),
    "won and not finished": (
        change_rows("won", INSTANCE, "finished_at = NULL"),
        "is won, but its process is not finished",
    ),
    "begun by another": (
        change_rows("develop", INSTANCE, "started_by_id = %(colleague)s"),
        "the moment its process began",
    ),
    # history
    "an event deleted": (without("develop", EVENT, "version = 2"), "its history has holes"),
    "the last event deleted": (without("develop", EVENT, "version = 3"), "is at version 3, its history at 2"),
    "an event without its visit": (event("develop", "kind = 'advanced', version = 9", "edited"), "event 9 is"),
    "an edit that becomes a move": (
        event("develop", "kind = 'advanced', to_stage_id = %(stage_develop)s", "edited"),
        "its history has a visit of Develop",
    ),
    "a move that becomes an edit": (event("develop", "kind = 'edited'", "advanced"), "event 3 is “Edited”, and enters"),
    "a move of another kind": (event("develop", "kind = 'went_back'", "advanced"), "event 3 is “Went back”"),
    "a step back that becomes one ahead": (event("back", "kind = 'jumped'", "went_back"), "is “Moved ahead”, but the"),
    "a jump that becomes an advance": (
        change_rows(
            "won", EVENT, "to_stage_id = %(stage_propose)s", "kind = 'advanced' AND from_stage_id = %(stage_qualify)s"
        ),
        "is “Moved to the next stage”, but there are stages in between",
    ),
    "a won one that was lost": (event("won", "kind = 'lost'", "won"), "is “Closed as lost”, but the status it set"),
    "an unknown kind": (event("develop", "kind = 'sold'", "advanced"), "has an unknown kind: “sold”"),
    "a second creation": (event("develop", "kind = 'started'", "edited"), "which only the first event is"),
    "a move made by another": (event("develop", "by_id = %(colleague)s", "advanced"), "its history has a visit"),
    "created by another in its history": (
        event("develop", "by_id = %(colleague)s", "started"),
        "its first event is not that of its creation",
    ),
    "a move from another stage": (
        event("develop", "from_stage_id = %(stage_close)s", "advanced"),
        "event 3 says that it left Close, but it was in Qualify",
    ),
    "a move to another stage": (
        event("develop", "to_stage_id = %(stage_close)s", "advanced"),
        "its history has a visit of Close",
    ),
    "a move at another time": (event("develop", f"at = {LONG_AGO}", "advanced"), "the moments of its history are not"),
    "an edit of nothing": (event("develop", "changes = '[]', children = '[]'", "edited"), "edited, and not what"),
    "changes forgotten": (event("develop", "changes = '[]'", "edited"), "its history does not account for"),
    "child rows forgotten": (event("develop", "children = '[]'", "edited"), "which is not in its history"),
    "changes that are no list": (event("develop", "changes = '{}'", "edited"), "event 2 has malformed changes"),
    "changes that are a text": (event("develop", """changes = '"x"'""", "edited"), "event 2 has malformed changes"),
    "changes that are null": (event("develop", "changes = 'null'", "edited"), "event 2 has malformed changes"),
    "changes of an odd form": (
        event("develop", """changes = '[{"field": 7}, {"field": "owner", "old": {}, "new": []}, 3]'""", "edited"),
        "event 2 has malformed changes",
    ),
    "child rows that are no list": (event("develop", "children = '7'", "edited"), "event 2 has malformed child rows"),
    "child rows of an odd form": (
        event("develop", """children = '[{"table": "alien", "id": 1}, {"table": ["stakeholder"]}, null]'""", "edited"),
        "event 2 has malformed child rows",
    ),
    "another value before": (
        event("won", """changes = '[{"field": "name", "old": "Other", "new": "Other"}]'""", "finished"),
        "has another old value of name than the history before it",
    ),
    # people
    "a stakeholder more": (("develop", ONE_MORE_STAKEHOLDER), "has a stakeholder"),
    "a team member gone": (without("won", TEAM), "its history has a team_member"),
    "a competitor gone": (without("won", RIVAL), "its history has a competitor"),
    "another note": (change_rows("won", RIVAL, "note = 'Cheap'"), "its history has other values than its competitor"),
    "an unknown role": (change_rows("won", TEAM, "role = 'odd'"), "has an unknown role: “odd”"),
    "an unknown rating": (record("develop", "rating = 'icy'"), "has an unknown rating: “icy”"),
    # files and previews
    "a file in the name of another": (
        change_rows("unread", FILE, "created_by_id = %(colleague)s"),
        "its history has other values than its attachment",
    ),
    "a preview without its picture": (preview("unread", "state = 'made', content_type = 'image/png'"), "is missing: "),
    "a preview of another size": (preview("shown", "width = 5"), "has 64 × 48 pixels instead of 5 × 48"),
    "a preview that is no picture": (preview("shown", "content_type = 'image/jpeg'"), "cannot be read: "),
    "a preview that is a page": (preview("shown", "content_type = 'text/html'"), "is of a type that is none of a prev"),
    # tasks
    "another next step": (record("planned", "next_step = 'Other'"), "next_step is Other and should be Open"),
    "another date of the next step": (record("planned", "next_step_due = NULL"), "next_step_due is None and should be"),
    "a next step of a closed one": (record("closed", "next_step = 'Other'"), "next_step is Other and should be"),
    "an earlier task": (
        change_rows("planned", TASK, "due = '2026-01-01', text = 'Early'", OPEN_TASK),
        "next_step is Open and should be Early",
    ),
    "a task gone": (without("planned", TASK, OPEN_TASK), "its history has a task"),
    "another text": (
        change_rows("planned", TASK, "text = 'Other'", DONE_TASK),
        "its history has other values than its task",
    ),
    "an invisible text": (change_rows("planned", TASK, "text = '\u2065'", DONE_TASK), "without a visible text"),
    "done by another": (
        change_rows("planned", TASK, "done_by_id = %(colleague)s", DONE_TASK),
        "other values than its task",
    ),
    "done at another moment": (
        change_rows("planned", TASK, f"done_at = {LATER}", DONE_TASK),
        "other values than its task",
    ),
    "open again": (
        change_rows("planned", TASK, "done_at = NULL, done_by_id = NULL", DONE_TASK),
        "other values than its task",
    ),
    "an open task of a closed one": (
        change_rows("closed", TASK, "dropped_at = NULL"),
        "its task “Dropped” is still open",
    ),
    "a task dropped by no closing": (
        event("closed", "kind = 'edited'", "lost"),
        "drops a task, and closes nothing",
    ),
    "planned by another": (
        change_rows("planned", EVENT, "by_id = %(colleague)s", "version = 4"),
        "has a task planned by another person",
    ),
    "done in the name of another": (
        change_rows("planned", EVENT, "by_id = %(colleague)s", "version = 3"),
        "has a task done by another person",
    ),
    # debriefs and presentations
    "a debrief gone": (without("told", DEBRIEF), "its history has a debrief"),
    "a debrief without a text": (change_rows("told", DEBRIEF, "why = '\u2065'"), "without a visible text"),
    "a debrief with another text": (change_rows("told", DEBRIEF, "why = 'Price'"), "other values than its debrief"),
    "a debrief not counted": (record("told", "debrief_count = 0"), "debrief_count is 0 and should be 1"),
    "a presentation gone": (without("told", PRESENTATION), "its history has a presentation"),
    "a presentation on another day": (
        change_rows("told", PRESENTATION, "held_on = '2026-01-01'"),
        "other values than its presentation",
    ),
    "a presentation to nobody known": (
        change_rows("told", PRESENTATION, """attendees = '[{"id": "x"}]'"""),
        "whose attendees are malformed",
    ),
    "a task counted twice": (record("won", "task_count = 2"), "task_count is 2 and should be"),
    "an approach note not counted": (
        record("noted", "approach_note_count = 1"),
        "approach_note_count is 1 and should be 0",
    ),
    # notes
    "a note gone": (without("noted", NOTE), "its history has a note"),
    "a note without a text": (change_rows("noted", NOTE, "text = '\u2065'"), "without a visible text"),
    "a note with another text": (change_rows("noted", NOTE, "text = 'Other'"), "other values than its note"),
    "a note pinned past its history": (change_rows("noted", NOTE, "is_pinned = TRUE"), "other values than its note"),
    "a note of no kind": (change_rows("noted", NOTE, "kind = 'secret'"), "has an unknown kind: “secret”"),
    "a note by another": (change_rows("noted", NOTE, "created_by_id = %(colleague)s"), "other values than its note"),
    "a note in the name of another": (
        change_rows("noted", EVENT, "by_id = %(colleague)s", "version = 2"),
        "has a note written by another person",
    ),
    # mails
    "a mail without a text": (change_rows("develop", MAIL, "text = '\u2065'"), "without a visible subject or text"),
    "a mail written later": (change_rows("develop", MAIL, f"created_at = {LATER}"), "asked for at another time"),
    "a mail of another kind": (("develop", f"UPDATE {OUTBOX} SET kind = 'digest'"), "is of another kind"),
    "a mail that is not kept": (("develop", f"UPDATE {OUTBOX} SET is_kept = FALSE"), "is not kept"),
    "an attempt gone": (("develop", f"DELETE FROM {ATTEMPT}"), "was tried 1 times, and 0 attempts are stored"),
    "a mail to send again": (
        ("develop", f"UPDATE {OUTBOX} SET outcome = 'waiting', finished_at = NULL"),
        "is sent in the outbox and by no attempt",
    ),
    # holds
    "a hold gone": (without("held", HOLD), "its history has a hold"),
    "a hold by another": (change_rows("held", HOLD, "by_id = %(colleague)s"), "has a hold from"),
    "a hold without a reason": (change_rows("held", HOLD, "reason = ' '"), "has a hold without a reason"),
    "a hold that ended otherwise": (change_rows("resumed", HOLD, f"until_at = {LATER}"), "has a hold from"),
    "a hold without its event": (event("held", "kind = 'resumed'", "held"), "which is not in its history"),
    # waivers
    "a waiver gone": (without("waived", WAIVER), "its history has a waiver"),
    "a waiver without its event": (
        event("waived", "kind = 'edited', waived_steps = '[]'", "waived"),
        "has a waiver of step",
    ),
    "a waiver without a reason": (change_rows("waived", WAIVER, "reason = '\u2065'"), "has a waiver without a reason"),
    "a waiver of another step": (change_rows("waived", WAIVER, "step_id = %(step)s"), "its history has a waiver"),
    "a waiver by another": (change_rows("waived", WAIVER, "by_id = %(rep)s"), "its history has a waiver"),
    "a waiver for a closing gone": (
        without("dropped", WAIVER, step_of_the_waiver("dropped")),
        "its history has a waiver",
    ),
    # requests to waive a step, and withdrawn waivers
    "the steps asked for": (record("asking", "asked_steps = '[]'"), "asked_steps is []"),
    "a request to waive gone": (without("asking", WAIVER_REQUEST), "its history has a request to waive"),
    "a request to waive by another": (
        change_rows("asking", WAIVER_REQUEST, "by_id = %(colleague)s"),
        "its history has a request to waive",
    ),
    "a request to waive another step": (
        change_rows("asking", WAIVER_REQUEST, "step_id = %(step)s"),
        "its history has a request to waive",
    ),
    "a request to waive without a reason": (
        change_rows("asking", WAIVER_REQUEST, "reason = '\u2065'"),
        "has a request to waive a step without a reason",
    ),
    "a request to waive without its event": (
        event("asking", "waiver_changes = '[]'", "asked_waiver"),
        "has a request to waive step",
    ),
    "another answer to a request to waive": (
        change_rows("refused", WAIVER_REQUEST, "answer = 'Yes'"),
        "its history has a request to waive",
    ),
    "another outcome of a request to waive": (
        change_rows("refused", WAIVER_REQUEST, "outcome = 'taken_back'"),
        "its history has a request to waive",
    ),
    "approved with the waiver of another": (
        change_rows(
            "agreed",
            WAIVER_REQUEST,
            f"waiver_id = (SELECT MAX(id) FROM {WAIVER} WHERE opportunity_id = %(waived)s)",
        ),
        "has a request that was approved with a waiver of another opportunity",
    ),
    "approved at another time than waived": (
        change_rows("agreed", WAIVER_REQUEST, f"answered_at = {LATER}"),
        "has a request that was approved with another waiver than its own",
    ),
    "asked for and waived": (
        change_rows("agreed", WAIVER_REQUEST, WAITING),
        "a request to waive “Customer need” still waits for an answer, and it is waived",
    ),
    "asked for and met": (
        change_rows("unneeded", WAIVER_REQUEST, WAITING),
        "a request to waive “Customer need” still waits for an answer, and it is met",
    ),
    "asked for and closed": (
        change_rows("dropped", WAIVER_REQUEST, WAITING),
        "is closed, and a request to waive “Estimated budget” still waits for an answer",
    ),
    "a withdrawal gone": (
        change_rows("withdrawn", WAIVER, "withdrawn_at = NULL, withdrawn_by_id = NULL, withdraw_reason = ''"),
        "its history has a waiver",
    ),
    "withdrawn by another": (change_rows("withdrawn", WAIVER, "withdrawn_by_id = %(rep)s"), "its history has a waiver"),
    "withdrawn without a reason": (
        change_rows("withdrawn", WAIVER, "withdraw_reason = ' '"),
        "has a withdrawal of a waiver without a reason",
    ),
    "a withdrawal without its event": (
        event("withdrawn", "waiver_changes = '[]'", "withdrew_waiver"),
        "has a waiver of step",
    ),
    "changes of requests that are no list": (
        event("asking", "waiver_changes = '7'", "asked_waiver"),
        "has malformed changes of requests and waivers",
    ),
    "changes of requests of an unknown kind": (
        event("asking", """waiver_changes = '[{"step": {"id": 1}, "what": "lost"}]'""", "asked_waiver"),
        "has malformed changes of requests and waivers",
    ),
    # closings and requests
    "no closing": (without("won", CLOSING), "is won, and has 0 closings in force"),
    "outcome of the closing": (
        change_rows("won", CLOSING, "outcome = 'lost'"),
        "its outcome is not that of its closing",
    ),
    "stage of the closing": (
        change_rows("won", CLOSING, "stage_id = %(stage_propose)s"),
        "its stage is not that of its closi",
    ),
    "reason of the closing": (
        change_rows("lost", CLOSING, "status_reason_id = %(canceled)s"),
        "its reason is not that of its",
    ),
    "reason of another outcome": (
        change_rows("lost", CLOSING, "status_reason_id = %(won_reason)s"),
        "was closed as lost, but the reason of that closing is “Won”",
    ),
    "closed by another": (change_rows("won", CLOSING, "by_id = %(colleague)s"), "its history has a closing"),
    "out-sold to no competitor": (
        change_rows("lost", CLOSING, "competitor_id = NULL"),
        "is lost because of “Out-sold”, and does not say to which competitor",
    ),
    "out-sold to a stranger": (
        change_rows("lost", CLOSING, "competitor_id = %(rival)s"),
        "is lost to a competitor that is not among its competitors",
    ),
    "a reopening gone": (
        change_rows("reopened", CLOSING, "reopened_at = NULL, reopened_by_id = NULL"),
        "is open, and has 1 closings in force",
    ),
    "reopened without a reason": (
        change_rows("reopened", CLOSING, "reopen_reason = ''"),
        "has a reopening without a reason",
    ),
    "reopened by another": (change_rows("reopened", CLOSING, "reopened_by_id = %(colleague)s"), "has a closing as won"),
    "a request gone": (without("lost", REQUEST), "its history has a request"),
    "a request that still waits": (
        change_rows("lost", REQUEST, "answered_at = NULL, answered_by_id = NULL, outcome = ''"),
        "is closed, and a request to close it still waits",
    ),
    "another answer": (change_rows("declined", REQUEST, "answer = 'Yes'"), "its history has a request to close"),
    "an answer by another": (change_rows("declined", REQUEST, "answered_by_id = %(rep)s"), "has a request to close"),
    "an answer without its event": (
        without("declined", EVENT, "kind = 'declined'"),
        "which is not in its history",
    ),
    "a request without a reason": (
        change_rows("asked", REQUEST, "status_reason_id = NULL, closed_on = NULL, description = ''"),
        "has a request to close without a reason",
    ),
    "a request with a reason for Won": (
        change_rows("asked", REQUEST, "status_reason_id = %(won_reason)s"),
        "has a request to close it as lost because of “Won”",
    ),
    "a request without the competitor that its reason asks for": (
        change_rows("sold", REQUEST, "competitor_id = NULL"),
        "has a request to close it because of “Out-sold”, which does not say to which competitor",
    ),
    "a request for a day that was in the future": (
        change_rows("asked", REQUEST, "closed_on = '2026-03-09'"),
        "has a request to close it on a day that was in the future",
    ),
    "a request that was declined instead of taken back": (
        change_rows("taken_back", REQUEST, "outcome = 'declined'"),
        "has a request to close",
    ),
    "taken back without its event": (
        without("taken_back", EVENT, "kind = 'withdrew'"),
        "which is not in its history",
    ),
    "a request answered without an event": (
        change_rows("asked", REQUEST, f"answered_at = {LATER}, answered_by_id = %(rep)s, outcome = 'closed'"),
        "has a request to close",
    ),
}

# name: (SQL, what the fault is about, what verify says)
ELSEWHERE = {
    "a mail gone": (without("develop", MAIL)[1], "outbox", "is for a mail that does not exist"),
    "a preview in no known state": (f"UPDATE {PREVIEW} SET state = 'lost'", "preview ", "has an unknown state: “lost”"),
    "a digest of a day that is to come": (
        "UPDATE opportunities_reminders SET digest_sent_on = '2999-01-01'",
        "rep",
        "which is to come",
    ),
    "a calendar with another secret": (
        "UPDATE opportunities_reminders SET calendar_nonce = 'guess me'",
        "rep",
        "has a calendar whose secret is malformed",
    ),
    "an unknown status of a reason": (
        "UPDATE opportunities_statusreason SET status = 'odd' WHERE \"key\" = 'canceled'",
        "status reason",
        "has an unknown status: “odd”",
    ),
    "a template with an unknown placeholder": (
        f"UPDATE {TEMPLATE} SET body_nb = '{{whom}}'",
        "Thank you",
        "There is no placeholder {whom}",
    ),
    "a template of a step gone": (f"DELETE FROM {TEMPLATE}", "mail templates", "“thank_you”, is missing"),
    "no default process": ("UPDATE stages_process SET is_default = FALSE", "processes", "none is used for new opp"),
    "a process without stages": (
        "UPDATE stages_stage SET is_archived = TRUE WHERE process_id = %(tenders)s",
        "Tenders",
        "has no stage in use",
    ),
    "an unknown field": ("UPDATE stages_step SET field = 'shoe_size' WHERE id = %(step)s", "›", "is not known: shoe_"),
    "a shipped reason gone": (
        'UPDATE opportunities_statusreason SET "key" = NULL WHERE "key" = \'on_hold\'',
        "status reasons",
        "the one that moves set as “on_hold” is missing",
    ),
    "search text of an account": ("UPDATE customers_account SET search_text = 'x'", "account", "is not found by"),
    "search text of a contact": ("UPDATE customers_contact SET search_text = 'x'", "contact", "is not found by"),
    "search text of a competitor": (
        "UPDATE customers_competitor SET search_text = 'x'",
        "competitor",
        "is not found by",
    ),
    **{
        f"version in the history of the {noun}s": (
            f"UPDATE customers_historical{noun} SET version = 7",
            noun,
            "is at version 0, its history at 7",
        )
        for noun in ("account", "contact", "competitor")
    },
    "version of an account": (
        "UPDATE customers_account SET version = 7",
        "account",
        "is at version 7, its history at 0",
    ),
    "version of a competitor": (
        "UPDATE customers_competitor SET version = 7",
        "competitor",
        "is at version 7, its history at 0",
    ),
    "a look at a version that is to come": (
        "UPDATE opportunities_lastlook SET version = 98 WHERE opportunity_id = %(develop)s",
        "Fleet",
        "was seen by rep at version 98, but is at",
    ),
    "name key of a contact": ("UPDATE customers_contact SET name_key = 'x'", "contact", "is not compared by its name"),
    "a merged row that is there": (
        "UPDATE customers_merge SET gone_id = %(contact)s, noun = 'contact'",
        "merge",
        "is gone by it, and is there",
    ),
    "a merge into a row that never was": (
        "UPDATE customers_merge SET survivor_id = 9999",
        "merge",
        "9999, which",
    ),
    "a merge in a circle": (
        """INSERT INTO customers_merge (noun, gone_id, survivor_id, gone_name, survivor_name, gone, moved, at, by_id)
           SELECT noun, survivor_id, gone_id, gone_name, survivor_name, gone, moved, at, by_id FROM customers_merge""",
        "merge",
        "leads in a circle",
    ),
    "a bulk run that left a row": (
        f"UPDATE {BULK_ROW} SET outcome = '', written_version = NULL",
        "bulk run",
        "was done or refused",
    ),
    "a bulk run that was not started": (
        f"UPDATE {BULK_RUN} SET started_at = NULL, finished_at = NULL",
        "bulk run",
        "was not started, but",
    ),
    "a bulk run that wrote nothing": (
        f"UPDATE {BULK_ROW} SET written_version = 98, version = 97",
        "bulk run",
        "which has no such event",
    ),
    "a bulk run of another person": (
        f"UPDATE {BULK_RUN} SET by_id = %(colleague)s",
        "bulk run",
        "which has no such event",
    ),
    "a bulk run of another version": (
        f"UPDATE {BULK_ROW} SET version = 0",
        "bulk run",
        "at another version than",
    ),
    "a bulk run with missing steps of what it did": (
        f"UPDATE {BULK_ROW} SET steps = '[1]'",
        "bulk run",
        "which was not refused",
    ),
    "a bulk run without rows": (f"DELETE FROM {BULK_ROW}", "bulk run", "has no rows"),
    "sort text of an account": ("UPDATE customers_account SET sort_text = 'x'", "account", "is not sorted by"),
    "sort text of a user": ("UPDATE users_user SET sort_text = 'x'", "user", "is not sorted by its name"),
    "sort text of a process": ("UPDATE stages_process SET sort_text = 'x'", "process", "is not sorted by its name"),
    "a contact without a name": (
        "UPDATE customers_contact SET name = '\u3164' WHERE id = %(contact)s",
        "contact",
        "has no name that can be seen",
    ),
}


NO_CORRUPTION = {
    **dict.fromkeys(
        ("historicalstage", "historicalstep", "historicalstatusreason"),
        "what was asked when; a row more or less can make a fault one of “stricter later”, and never one by itself",
    ),
    **dict.fromkeys(("historicalprocess", "historicalmailtemplate"), "a log that only the admin shows"),
    **dict.fromkeys(("privacyact", "erasure", "passage", "handover"), "a log of what a person did; no row rests on it"),
    "absence": "its constraints keep the days in order and the two persons apart",
    "unit": "its circles are in test_units.py",
}
"""The tables that no corruption changes, and why."""


def run(sql, names):
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: value for name, value in names.items() if f"%({name})s" in sql})
        return cursor.rowcount


def faults():
    return [fault for fault in verification.faults() if not fault.is_stricter_later]


def found_after(*statements, names):
    """The faults after that SQL, which is rolled back."""
    with transaction.atomic():
        for sql in statements:
            assert run(sql, names), f"changed nothing: {sql}"
        found = faults()
        transaction.set_rollback(True)
    return found


def rounds():
    """The names of the corruptions in lists, in which no two have to do with the same opportunity or other row.

    Verify runs once for a list.
    """
    lists, named = [], []
    for name, ((opportunity, sql), _sentence) in CORRUPTIONS.items():
        its = {opportunity} | set(re.findall(r"%\((\w+)\)s", sql))
        at = next((at for at, others in enumerate(named) if not its & others), len(lists))
        if at == len(lists):
            lists.append([])
            named.append(set())
        lists[at].append(name)
        named[at] |= its
    return lists


def test_there_are_at_least_sixty_corruptions():
    assert len(CORRUPTIONS) + len(ELSEWHERE) >= 60


def test_each_table_of_ours_has_a_corruption_or_a_reason():
    words = " ".join([*(sql for (_, sql), _ in CORRUPTIONS.values()), *(sql for sql, *_ in ELSEWHERE.values())]).split()

    untouched = {model._meta.model_name for model in row_checks.our_models() if model._meta.db_table not in words}

    assert untouched == NO_CORRUPTION.keys()


def test_each_corruption_of_an_opportunity_is_reported_and_stops_no_check(row_ids):
    assert faults() == []
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for names in rounds():
        made = [CORRUPTIONS[name][0][1] for name in names]
        found = [(fault.opportunity_id, fault.what) for fault in found_after(*made, names=row_ids)]
        for name in names:
            (opportunity, _sql), sentence = CORRUPTIONS[name]
            of_this = [what for pk, what in found if pk == row_ids[opportunity]]
            if not any(sentence in what for what in of_this):
                missed[name] = of_this
            if any("cannot be checked" in what for what in of_this):
                missed[f"{name}: not foreseen"] = of_this
        if (row_ids["last"], "is at version 99, its history at 3") not in found:
            missed[f"{names}: stopped the rest"] = found

    assert missed == {}


def test_each_corruption_of_other_rows_is_reported_and_stops_no_check(row_ids):
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for name, (sql, about, sentence) in ELSEWHERE.items():
        found = found_after(sql, names=row_ids)
        if not any(about in fault.name and sentence in fault.what for fault in found):
            missed[name] = found
        if not any(fault.opportunity_id == row_ids["last"] for fault in found):
            missed[f"{name}: stopped the rest"] = found

    assert missed == {}


def test_all_corruptions_at_once_do_not_crash_verify(row_ids):
    for (_opportunity, sql), _sentence in CORRUPTIONS.values():
        try:
            with transaction.atomic():
                run(sql, row_ids)
        except DatabaseError:
            continue  # a constraint refuses it together with another one
    printed = io.StringIO()

    with pytest.raises(CommandError, match="Faults: "):
        call_command("verify", stdout=printed)

    assert {int(line.split()[0]) for line in printed.getvalue().splitlines()[:-1] if line[0].isdigit()} >= {
        row_ids[opportunity] for (opportunity, sql), sentence in CORRUPTIONS.values()
    }


ODD_VALUES = {
    "a moment": record("develop", "created_at = 'yesterday'"),
    "a moment of a month that is none": record("develop", "modified_at = '2026-13-45 10:00:00'"),
    "a day": record("won", "decision_date = 'soon'"),
    "a number in a day": record("won", "decision_date = 7"),
    "a moment of a visit": change_rows("develop", VISIT, "entered_at = 'yesterday'", OPEN_VISIT),
    "a moment of an event": change_rows("develop", EVENT, "at = 'yesterday'", "version = 1"),
    "a day of a closing": change_rows("won", CLOSING, "closed_on = 'then'"),
}


UNREADABLE = {
    "an account": "UPDATE customers_account SET name = x'ff41'",
    "a contact": "UPDATE customers_contact SET name = x'ff41' WHERE id = %(contact)s",
    "a competitor": "UPDATE customers_competitor SET name = x'ff41'",
    "a process": "UPDATE stages_process SET name_en = x'ff41'",
}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores no value that its column cannot hold")
@pytest.mark.parametrize("sql", UNREADABLE.values(), ids=UNREADABLE)
def test_a_name_that_is_not_text_is_reported_and_stops_no_check(row_ids, sql):
    run(*record("last", "version = 99")[1:], row_ids)

    found = found_after(sql, names=row_ids)

    assert any("cannot be checked" in fault.what for fault in found)
    assert any(fault.opportunity_id == row_ids["last"] for fault in found)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores no value that its column cannot hold")
def test_an_unreadable_row_is_reported_and_stops_no_check(row_ids):
    run(*record("last", "version = 99")[1:], row_ids)
    missed = {}

    for name, (opportunity, sql) in ODD_VALUES.items():
        found = [(fault.opportunity_id, fault.what) for fault in found_after(sql, names=row_ids)]
        if not any(pk == row_ids[opportunity] for pk, what in found) or not any(
            pk == row_ids["last"] for pk, what in found
        ):
            missed[name] = found

    assert missed == {}


@pytest.mark.parametrize("column", ["changes", "children", "waiver_changes"])
def test_json_nested_too_deep_is_reported_and_stops_no_check(row_ids, column):
    run(*record("last", "version = 99")[1:], row_ids)
    sql = change_rows("develop", EVENT, f"{column} = '{'[' * 3000}{']' * 3000}'", "version = 1")[1]

    with unchecked():
        found = [(fault.opportunity_id, fault.what) for fault in found_after(sql, names=row_ids)]

    assert any(pk == row_ids["develop"] and "cannot be read" in what for pk, what in found)
    assert any(pk == row_ids["last"] for pk, what in found)


@contextmanager
def unchecked():
    """Switches off the check of SQLite that JSON has fewer than 3,000 levels, as a tool or a restore may."""
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = ON", {})
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            run("PRAGMA ignore_check_constraints = OFF", {})


# A changed definition hides no fault


def reword():
    factories.change_stage(QUALIFY, guidance_en="Ask about the money.", guidance_nb="Spør om pengene.", target_days=9)
    factories.change_stage(DEVELOP, name_en="Work out", probability=45)
    factories.change_step("estimated_budget", help_en="A guess will do.", name_nb="Budsjett")


def loosen_something_else():
    factories.change_step("customer_need", required=False)


def add_a_stage_behind():
    factories.add_stage(stage(QUALIFY).process, "After", order=9)


@pytest.mark.parametrize("change", [reword, loosen_something_else, add_a_stage_behind])
@pytest.mark.parametrize("made", ["passed", "jumped over"])
def test_a_change_without_new_requirements_hides_no_fault(rep, change, made):
    opportunity = factories.fill(factories.opportunity_in(QUALIFY, owner=rep), QUALIFY, DEVELOP)
    target = stage(DEVELOP if made == "passed" else PROPOSE)
    transitions.jump(opportunity=opportunity, by=rep, at=NOW, to_stage=target)
    column = "estimated_budget" if made == "passed" else "competitors_identified"

    change()
    nothing = "NULL" if made == "passed" else "FALSE"
    run(f"UPDATE {OPPORTUNITY} SET {column} = {nothing} WHERE id = %(opportunity)s", {"opportunity": opportunity.pk})

    found = list(verification.faults())
    assert any(fault.what.startswith("has passed ") for fault in found)
    assert [fault.what for fault in found if fault.is_stricter_later] == []


def test_a_step_that_was_optional_for_some_time_is_reported_as_stricter_later(rep):
    opportunity = factories.opportunity_in(DEVELOP, owner=rep)
    with time_machine.travel(NOW + DAY):
        factories.change_step("estimated_budget", required=False)
    factories.edit(opportunity, at=NOW + 2 * DAY, estimated_budget=None)

    with time_machine.travel(NOW + 3 * DAY):
        factories.change_step("estimated_budget", required=True)

    assert faults() == []
    assert [fault.what for fault in verification.faults()] == ["Qualify now asks for “Estimated budget”"]


def test_a_reason_that_asks_for_the_competitor_later_is_no_fault(rep):
    factories.lost_opportunity(owner=rep)
    canceled = reason("canceled")

    canceled.asks_competitor = True
    canceled.save()

    assert faults() == []

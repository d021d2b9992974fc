"""Corruptions of opportunities and their rows."""

from tests.support.corruptions.sql import (
    ATTEMPT,
    CLOSING,
    DEBRIEF,
    EVENT,
    FILE,
    HOLD,
    IN_QUALIFY,
    INSTANCE,
    LATER,
    LONG_AGO,
    MAIL,
    NOTE,
    ONE_MORE_STAKEHOLDER,
    OPEN_TASK,
    OPEN_VISIT,
    OUTBOX,
    PRESENTATION,
    REQUEST,
    RIVAL,
    STAKEHOLDER,
    TASK,
    TEAM,
    VISIT,
    WAITING,
    WAIVER,
    WAIVER_REQUEST,
    change_rows,
    done_task,
    event,
    preview,
    record,
    step_of_the_waiver,
    visit,
    without,
)

# name: ((opportunity, SQL), what verify says of that opportunity)
CORRUPTIONS = {
    # the opportunity
    "name gone": (record("develop", "name = ' '"), "has no name that can be seen"),
    "name of nothing visible": (record("develop", "name = '\u2800'"), "has no name that can be seen"),
    "search text": (record("develop", "search_text = 'another'"), "is not found by its name"),
    "text by which it is found": (record("develop", "found_by = 'another'"), "is not found by its names"),
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
        visit("develop", "requirements = '[]'"),
        "its visit of Qualify does not say whether “Identify contact” was met when it was left",
    ),
    "requirements that are no list": (
        visit("develop", "requirements = '{}'"),
        "its visit of Qualify has malformed requirements",
    ),
    "requirements of an odd form": (
        visit("develop", """requirements = '[{"step": "x"}, 7, null]'"""),
        "its visit of Qualify has malformed requirements",
    ),
    "left through the gate with a step unmet": (
        visit("develop", """requirements = '[{"step": 1, "field": "contact", "state": "unmet"}]'"""),
        "has passed the gate of Qualify while step 1 was unmet",
    ),
    "waived without a waiver": (
        visit("develop", """requirements = '[{"step": 1, "field": "contact", "state": "waived"}]'"""),
        "its visit of Qualify says that step 1 was waived, but there is no waiver",
    ),
    # visits
    "first visit deleted": (without("develop", VISIT, IN_QUALIFY), "its history has a visit of Qualify"),
    "last visit deleted": (without("develop", VISIT, OPEN_VISIT), "its history has a visit of Develop"),
    "a visit of another stage": (visit("won", "stage_id = %(stage_close)s"), "its history has a visit of Qualify"),
    "a visit that began earlier": (
        visit("develop", f"entered_at = {LONG_AGO}"),
        "has a visit of Qualify, entered 2020-01-01",
    ),
    "a visit that ended later": (visit("develop", f"left_at = {LATER}"), "was in Qualify and Develop at the same time"),
    "a visit entered by another": (visit("develop", "entered_by_id = %(colleague)s"), "which is not in its history"),
    "a visit left by another": (visit("develop", "left_by_id = %(colleague)s"), "which is not in its history"),
    "a visit given to another opportunity": (
        visit("develop", "opportunity_id = %(last)s"),
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
    "another text": (done_task("text = 'Other'"), "its history has other values than its task"),
    "an invisible text": (done_task("text = '\u2065'"), "without a visible text"),
    "done by another": (done_task("done_by_id = %(colleague)s"), "other values than its task"),
    "done at another moment": (done_task(f"done_at = {LATER}"), "other values than its task"),
    "open again": (done_task("done_at = NULL, done_by_id = NULL"), "other values than its task"),
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
    # imports
    "an imported waiver as an exception": (
        change_rows("imported", WAIVER, "kind = 'exception'"),
        "its history has an imported waiver",
    ),
    "an exception as imported": (change_rows("waived", WAIVER, "kind = 'imported'"), "has an imported waiver"),
    "an imported waiver gone": (without("imported", WAIVER), "its history has an imported waiver"),
    "a move of the past without its import": (
        event("imported", "imported_at = NULL", "started"),
        "does not agree with the import about when it was written",
    ),
    "a move of the past imported at another time": (
        event("imported", f"imported_at = {LATER}", "advanced"),
        "does not agree with the import about when it was written",
    ),
    "a move of today as imported": (
        event("develop", f"imported_at = {LATER}", "advanced"),
        "does not agree with the import about when it was written",
    ),
    "imported twice": (event("imported", "kind = 'imported'", "advanced"), "was imported 2 times"),
    "the steps to catch up on": (record("imported", "steps_to_catch_up = 0"), "steps_to_catch_up is 0"),
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

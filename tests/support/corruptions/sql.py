"""SQL that breaks rows past every rule, as a tool or a restore may. The names in it, such as `%(develop)s`, are ids."""

OPPORTUNITY, VISIT, EVENT = "opportunities_opportunity", "opportunities_stagevisit", "opportunities_event"
INSTANCE, HOLD, WAIVER = "opportunities_processinstance", "opportunities_hold", "opportunities_waiver"
CLOSING, REQUEST = "opportunities_closing", "opportunities_closerequest"
WAIVER_REQUEST = "opportunities_waiverrequest"
STAKEHOLDER, RIVAL, TEAM = (
    "opportunities_stakeholder",
    "opportunities_opportunitycompetitor",
    "opportunities_teammember",
)
HAND_OVER = "opportunities_handover"
BULK_RUN, BULK_ROW = "opportunities_bulkrun", "opportunities_bulkrow"
IMPORT, IMPORT_ROW = "opportunities_import", "opportunities_importrow"
IMPORT_ACT, IMPORT_ACT_ROW = "opportunities_importact", "opportunities_importactrow"
TASK, NOTE = "opportunities_task", "opportunities_note"
DEBRIEF, PRESENTATION = "opportunities_debrief", "opportunities_presentation"
FILE, PREVIEW = "opportunities_attachment", "opportunities_attachmentpreview"
MAIL, OUTBOX, ATTEMPT, TEMPLATE = (
    "opportunities_opportunitymail",
    "mail_outboxmail",
    "mail_attempt",
    "opportunities_mailtemplate",
)

OPEN_TASK, DONE_TASK = "done_at IS NULL", "done_at IS NOT NULL"
IN_QUALIFY, OPEN_VISIT = "stage_id = %(stage_qualify)s", "left_at IS NULL"


def change_rows(opportunity, table, change, which="1 = 1"):
    """SQL that changes these rows of that opportunity."""
    return opportunity, f"UPDATE {table} SET {change} WHERE opportunity_id = %({opportunity})s AND {which}"


def record(opportunity, change):
    return opportunity, f"UPDATE {OPPORTUNITY} SET {change} WHERE id = %({opportunity})s"


def without(opportunity, table, which="1 = 1"):
    return opportunity, f"DELETE FROM {table} WHERE opportunity_id = %({opportunity})s AND {which}"


def event(opportunity, change, kind):
    return change_rows(opportunity, EVENT, change, f"kind = '{kind}'")


def visit(opportunity, change):
    """SQL that changes the visit of Qualify."""
    return change_rows(opportunity, VISIT, change, IN_QUALIFY)


def done_task(change):
    """SQL that changes the task that is done."""
    return change_rows("planned", TASK, change, DONE_TASK)


def preview(opportunity, change):
    """SQL that changes the preview of the file of that opportunity."""
    files = f"SELECT id FROM {FILE} WHERE opportunity_id = %({opportunity})s"
    return opportunity, f"UPDATE {PREVIEW} SET {change} WHERE attachment_id IN ({files})"


def step_of_the_waiver(opportunity):
    return f"step_id = (SELECT MAX(step_id) FROM {WAIVER} WHERE opportunity_id = %({opportunity})s)"


LONG_AGO, LATER = "'2020-01-01 10:00:00'", "'2026-03-02 18:00:00'"

WAITING = "outcome = '', answer = '', answered_at = NULL, answered_by_id = NULL, waiver_id = NULL"

ONE_MORE_STAKEHOLDER = f"""
    INSERT INTO {STAKEHOLDER} (opportunity_id, contact_id, roles, attitude, influence, note)
    VALUES (%(develop)s, %(contact)s, 'champion', 'unknown', 'unknown', '')
"""

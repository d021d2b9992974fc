"""Values that a column of SQLite holds and that cannot be read."""

from tests.support.corruptions.sql import CLOSING, EVENT, OPEN_VISIT, VISIT, change_rows, record

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

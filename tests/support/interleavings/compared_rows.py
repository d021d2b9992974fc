"""The rows of two results, made comparable: without ids, random values and times of the history of the process."""

IGNORED = {"id", "history_id", "history_date", "message_id", "storage_name", "revision", "digest", "places"}
"""Ids and random values differ between runs, and the history of the process has the time of the clock.

A review that finds a text while it is written knows only those of its places that it has not read yet. A decision
replaces the text in all.
"""

RANDOM_IN_THE_LOG = {"storage_name", "series"}
"""The columns of child rows whose random values the log has."""

OF_NEW_ROWS = {
    "outbox_id": "mail_outboxmail",
    "attachment_id": "opportunities_attachment",
    "waiver_id": "opportunities_waiver",
    "opportunity_id": "opportunities_opportunity",
    "instance_id": "opportunities_processinstance",
    "erasure_id": "opportunities_erasure",
    "file_id": "opportunities_attachment",
    "opportunities": "opportunities_opportunity",  # of an erasure
    "opportunity": "opportunities_opportunity",  # of a merge
}
"""The tables of the rows that the operations make, by the keys that refer to them. The ids of new rows differ."""


def ids_of_new_rows(contents, beginning):
    """The ids that were not there at the beginning, by the keys that refer to them."""
    ids = {table: {row["id"] for row in contents[table]} for table in OF_NEW_ROWS.values()}
    return {key: ids[table] - {row["id"] for row in beginning[table]} for key, table in OF_NEW_ROWS.items()}


def comparable_rows(contents, new):
    """The rows of each table in an order that does not depend on their ids."""
    return tuple((table, tuple(sorted(comparable(rows, new), key=repr))) for table, rows in contents.items())


def comparable(value, new):
    """The value without ignored keys and without the ids of new rows, in a form that can be compared and hashed."""
    if isinstance(value, dict):
        if value.get("field") in RANDOM_IN_THE_LOG:
            return (value["field"],)
        kept = {key: inner for key, inner in value.items() if key not in IGNORED}
        return tuple((key, without_new(inner, new.get(key, ()), new)) for key, inner in kept.items())
    if isinstance(value, list):
        return tuple(comparable(inner, new) for inner in value)
    return value


def without_new(value, ids, new):
    if isinstance(value, list) and ids:
        return tuple("new" if inner in ids else inner for inner in value)
    return "new" if isinstance(value, int) and value in ids else comparable(value, new)

"""Corruptions of other rows, and the tables that no corruption changes."""

from tests.support.corruptions.sql import (
    BULK_ROW,
    BULK_RUN,
    HAND_OVER,
    IMPORT,
    IMPORT_ACT,
    IMPORT_ACT_ROW,
    IMPORT_ROW,
    MAIL,
    PREVIEW,
    TEMPLATE,
    without,
)

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
    "a target within a month": (
        "UPDATE opportunities_salestarget SET month = '2026-03-15'",
        "sales target",
        "is for 2026-03-15, which is not the first day of a month",
    ),
    "a target whose history says another amount": (
        "UPDATE opportunities_historicalsalestarget SET amount = 7",
        "sales target",
        "its history says 7",
    ),
    "a target gone": ("DELETE FROM opportunities_salestarget", "sales target", "is in its history, and does not exist"),
    "a target without history": (
        "DELETE FROM opportunities_historicalsalestarget",
        "sales target",
        "is not in its history",
    ),
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
    "a merge of an unknown noun": (
        "UPDATE customers_merge SET noun = 'boat'",
        "merge",
        "is about an unknown noun: boat",
    ),
    "a presentation to a contact that was merged": (
        """INSERT INTO customers_merge (noun, gone_id, survivor_id, gone_name, survivor_name, gone, moved, at, by_id)
           SELECT 'contact', %(attended)s, %(contact)s, gone_name, survivor_name, gone, moved, at, by_id
           FROM customers_merge""",
        "presentation",
        "which was merged into another one",
    ),
    "a merge in a circle": (
        """INSERT INTO customers_merge (noun, gone_id, survivor_id, gone_name, survivor_name, gone, moved, at, by_id)
           SELECT noun, survivor_id, gone_id, gone_name, survivor_name, gone, moved, at, by_id FROM customers_merge""",
        "merge",
        "leads in a circle",
    ),
    "a unit in a circle": (
        "UPDATE users_unit SET parent_id = %(unit)s WHERE parent_id IS NULL",
        "unit",
        "is part of itself",
    ),
    "a person with two deputies on a day": (
        """INSERT INTO users_absence (person_id, deputy_id, set_by_id, first_day, last_day)
           SELECT person_id, set_by_id, set_by_id, last_day, last_day FROM users_absence""",
        "absence",
        "is on days of absence",
    ),
    "a hand-over of an unknown thing": (
        f'UPDATE {HAND_OVER} SET rows = \'[{{"kind": "boat", "pk": 1, "version": 1, "outcome": ""}}]\'',
        "hand-over",
        "has a row that is malformed",
    ),
    "a hand-over with an unknown outcome": (
        f'UPDATE {HAND_OVER} SET rows = \'[{{"kind": "task", "pk": 1, "version": 1, "outcome": "x"}}]\'',
        "hand-over",
        "has a row that is malformed",
    ),
    "a hand-over of a row without a version": (
        f'UPDATE {HAND_OVER} SET rows = \'[{{"kind": "task", "pk": 1, "outcome": ""}}]\'',
        "hand-over",
        "has a row that is malformed",
    ),
    "a hand-over of no list": (f"UPDATE {HAND_OVER} SET rows = '{{}}'", "hand-over", "has a row that is malformed"),
    "a hand-over of the same thing twice": (
        f"""UPDATE {HAND_OVER} SET rows = '[{{"kind": "task", "pk": 1, "version": 1, "outcome": ""}},
            {{"kind": "task", "pk": 1, "version": 2, "outcome": "moved"}}]'""",
        "hand-over",
        "has a row twice",
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
    "a bulk run of another version": (f"UPDATE {BULK_ROW} SET version = 0", "bulk run", "at another version than"),
    "a bulk run with missing steps of what it did": (
        f"UPDATE {BULK_ROW} SET steps = '[1]'",
        "bulk run",
        "which was not refused",
    ),
    "a bulk run without rows": (f"DELETE FROM {BULK_ROW}", "bulk run", "has no rows"),
    "an import that left a row": (
        f"UPDATE {IMPORT_ROW} SET outcome = '', written_version = NULL WHERE number = 3",
        "import ",
        "ended before row 3",
    ),
    "an import that was not started": (
        f"UPDATE {IMPORT} SET started_at = NULL, finished_at = NULL",
        "import ",
        "was not started, but",
    ),
    "an import that wrote nothing": (
        f"UPDATE {IMPORT_ROW} SET written_version = 98 WHERE number = 2",
        "import ",
        "which has no such event",
    ),
    "an act on an import that left a row": (
        f"UPDATE {IMPORT_ACT_ROW} SET outcome = '' WHERE run_id IN (SELECT id FROM {IMPORT_ACT} )",
        "act on import",
        "ended before row 2",
    ),
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
    **dict.fromkeys(("savedview", "viewchoice"), "what a person chose for a list; a view says itself what is gone"),
    **dict.fromkeys(
        ("historicalprocess", "historicalpipelinephase", "historicalmailtemplate"), "a log that only the admin shows"
    ),
    "savedmapping": "what a person chose for files; an import says itself what is gone",
    "pipelinephase": "a name and a place among the others; a stage needs none",
    **dict.fromkeys(
        ("privacyact", "erasure", "passage", "listexport"), "a log of what a person did; no row rests on it"
    ),
}
"""The tables that no corruption changes, and why."""

UNCHECKED = {
    "a target of nothing": ("UPDATE opportunities_salestarget SET amount = 0", "sales target", "is not more than 0"),
    "a target of nobody": (
        "UPDATE opportunities_salestarget SET person_id = NULL",
        "sales target",
        "is not for a person or for a unit",
    ),
    "a deputy of oneself": ("UPDATE users_absence SET deputy_id = person_id", "absence", "as their own deputy"),
    "an absence that ends before it begins": (
        "UPDATE users_absence SET last_day = '2020-01-01'",
        "absence",
        "ends before it begins",
    ),
    "a hand-over to the same person": (
        f"UPDATE {HAND_OVER} SET taker_id = giver_id",
        "hand-over",
        "is to the same person",
    ),
}
"""Corruptions that constraints refuse. SQLite takes them when a tool switches its checks off."""
